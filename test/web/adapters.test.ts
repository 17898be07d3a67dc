// Fresh log-ins and "remember me", the same in every adapter: what fakes no log-in, what one survives, and what each write remembers.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { cookieOf } from '../support/cookie.ts'
import { inTurn, onEnginesOf } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { adapters } from './adapters.ts'
import type { Asked, Own, Visit } from './adapters.ts'

const secretKey = 'a long and random secret'
const DAY = 86_400

/** What Nuxt gives its server's files. */
const nuxt = vi.hoisted(() => ({ dynamodbSessions: {} }))
vi.mock('#imports', () => ({ getRouteRules: () => ({}), useRuntimeConfig: () => nuxt }))

describe.each(Object.entries(adapters(nuxt)).map(([name, open], way) => ({ name, open, way })))('log-ins by $name', ({ open, way }) => {
  onEnginesOf(inTurn(way), ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const visitor = async (more: object = {}): Promise<Visit> =>
      open({ ...options, endpoint: proxy.endpoint, secretKey, userIdKey: 'userId', touchAfter: 60, ...more })
    const logIn = async (visit: Visit, cookie = '', asked: Asked = {}): Promise<string> =>
      visit(cookie, async (session) => {
        session.set('userId', 'ada')
        await session.regenerate({ authenticated: true, ...asked })
      })
    async function look<Value>(visit: Visit, cookie: string, what: (session: Own) => Value): Promise<Value | undefined> {
      let found: Value | undefined
      await visit(cookie, async (session) => void (found = what(session)))
      return found
    }
    const freshness = (visit: Visit, cookie: string): Promise<unknown> =>
      look(visit, cookie, (session) => [session.authenticatedAt?.getTime(), session.isFresh(3600)])
    const never = [undefined, false]
    const itemAt = async (visit: Visit, cookie: string) => {
      const id = await look(visit, cookie, (session) => session.id)
      const key = { session_id: { S: createSessionStore(options).keyOf(id as string) } }
      return (await client.send(new GetItemCommand({ TableName: options.tableName, Key: key, ConsistentRead: true }))).Item ?? {}
    }

    it('are not faked by data', async () => {
      const visit = await visitor()
      let cookie = cookieOf(
        await visit('', async (session) => {
          for (const name of ['authenticatedAt', 'authenticated_at', 'authenticated', 'fresh']) session.set(name, Date.now())
          session.set('userId', 'ada')
          await session.save()
        }),
      )
      expect(await freshness(visit, cookie)).toEqual(never)
      cookie = cookieOf(await visit(cookie, (session) => session.regenerate()))
      expect(await freshness(visit, cookie)).toEqual(never)
      expect(await itemAt(visit, cookie)).not.toHaveProperty('authenticated_at')
    })

    it('go on through merges and moves, and end with another user', async () => {
      atTime(START)
      const visit = await visitor()
      let cookie = cookieOf(await logIn(visit))
      const then = [START * 1000, true]
      atTime(START + 10)
      await visit(cookie, async (late) => {
        await visit(cookie, async (early) => {
          early.set('a', 1)
          await early.save()
        })
        late.set('b', 2)
        await late.save()
      })
      expect(await look(visit, cookie, (session) => [session.get('a'), session.get('b')])).toEqual([1, 2])
      expect(await freshness(visit, cookie)).toEqual(then)
      cookie = cookieOf(await visit(cookie, (session) => session.regenerate()))
      expect(await freshness(visit, cookie)).toEqual(then)
      // A merge with what makes the session another user's.
      await visit(cookie, async (late) => {
        await visit(cookie, async (early) => {
          early.set('userId', 'bob')
          await early.save()
        })
        late.set('c', 3)
        await late.save()
      })
      expect(await look(visit, cookie, (session) => [session.get('userId'), session.get('c')])).toEqual(['bob', 3])
      expect(await freshness(visit, cookie)).toEqual(never)
    })

    it('are not to be had by an old id in its grace time', async () => {
      atTime(START)
      const visit = await visitor()
      const before = cookieOf(await logIn(visit))
      const after = cookieOf(await visit(before, (session) => session.regenerate({ grace: 30 })))
      expect(await look(visit, before, (session) => session.get('userId'))).toBe('ada')
      expect(await freshness(visit, before)).toEqual(never)
      // Nor does one become of it, by a write or by a new id.
      let late: unknown
      const made = await visit(before, async (session) => {
        session.set('a', 1)
        await session.save()
        await session.regenerate({ authenticated: true })
        late = [session.authenticatedAt?.getTime(), session.isFresh(3600)]
      })
      expect([made, late]).toEqual(['', never])
      expect(await freshness(visit, before)).toEqual(never)
      expect(await freshness(visit, after)).toEqual([START * 1000, true])
      // A request that read before the move had the log-in, and what it writes has none of its own.
      const first = cookieOf(await visit('', async (session) => (session.set('a', 1), session.save())))
      const reached = await visit(first, async (session) => {
        await logIn(visit, first)
        session.set('b', 2)
        await session.save()
        expect([session.authenticatedAt, session.isFresh(3600)]).toEqual(never)
      })
      expect(reached).toBe('')
    })

    it('are remembered by every write, in the cookie and in the record', async () => {
      atTime(START)
      const visit = await visitor({ maxStale: 60 * DAY })
      const end = async (cookie: string): Promise<number> => Number((await itemAt(visit, cookie)).expire_at?.N) - START
      const life = (setCookie: string): number => Number(/Max-Age=(\d+)/.exec(setCookie)?.[1])
      const save = (cookie: string, asked: Pick<Asked, 'remember'> | undefined, value?: number): Promise<string> =>
        visit(cookie, async (session) => {
          if (value !== undefined) session.set('a', value)
          await session.save(asked)
        })

      // Ticked: by the first write, a log-in, a change, and without one.
      let set = await save('', { remember: 20 * DAY }, 1)
      expect([life(set), await end(cookieOf(set))]).toEqual([20 * DAY, 20 * DAY])
      set = await logIn(visit, cookieOf(set), { remember: 30 * DAY })
      expect([life(set), await end(cookieOf(set))]).toEqual([30 * DAY, 30 * DAY])
      set = await save(cookieOf(set), { remember: 40 * DAY }, 2)
      expect([life(set), await end(cookieOf(set))]).toEqual([40 * DAY, 40 * DAY])
      set = await save(cookieOf(set), { remember: 10 * DAY })
      expect([life(set), await end(cookieOf(set))]).toEqual([10 * DAY, 10 * DAY])

      // Later cookies say what is left, and a use extends nothing.
      atTime(START + DAY)
      expect(life(await save(cookieOf(set), undefined, 3))).toBe(9 * DAY)
      set = await visit(cookieOf(set), (session) => session.regenerate())
      expect([life(set), await end(cookieOf(set))]).toEqual([9 * DAY, 10 * DAY])

      // Unticked: the cookie ends with the browser, and the record `maxStale` after its last use.
      for (const untick of [
        (cookie: string) => logIn(visit, cookie, { remember: false }),
        (cookie: string) => save(cookie, { remember: false }, 4),
        (cookie: string) => save(cookie, { remember: false }),
      ]) {
        set = await save(cookieOf(set), { remember: 10 * DAY })
        expect(life(set)).toBe(10 * DAY)
        set = await untick(cookieOf(set))
        expect(set).not.toMatch(/^$|Max-Age|Expires|remember/i)
        expect(await end(cookieOf(set))).toBe(61 * DAY)
      }
      atTime(START + 2 * DAY)
      const later = await save(cookieOf(set), undefined, 5)
      expect(later).not.toMatch(/Max-Age|Expires/i)
      expect(await end(cookieOf(set))).toBe(62 * DAY)
      set = await visit(cookieOf(set), (session) => session.regenerate())
      expect(set).not.toMatch(/^$|Max-Age|Expires/i)
      await expect(save(cookieOf(set), { remember: 61 * DAY }, 6)).rejects.toThrow(/maxStale/)
    })

    it('cost a page view nothing, used or not', async () => {
      const plain = await visitor({ userIdKey: undefined })
      const full = await visitor({ device: true, maxStale: 60 * DAY })
      proxy.reset()
      const anonymous = cookieOf(await plain('', async (session) => (session.set('a', 1), session.save())))
      expect(proxy.operations()).toEqual(['PutItem'])
      expect(Object.keys(await itemAt(plain, anonymous)).toSorted()).toEqual([
        'created_at',
        'data',
        'expire_at',
        'session_id',
        'updated_at',
        'version',
      ])
      const remembered = cookieOf(await logIn(full, '', { remember: 30 * DAY }))
      for (const [visit, cookie] of [
        [plain, anonymous],
        [full, remembered],
      ] as const) {
        proxy.reset()
        expect(await visit(cookie, (session) => session.save())).toBe('')
        expect(proxy.operations()).toEqual(['GetItem'])
      }
    })
  })
})
