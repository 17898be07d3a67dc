// Several cookies of one name in one request (guarantee 5): one suite for every adapter that reads cookies.
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SessionOptions } from '../../src/index.ts'
import { onEnginesOf } from '../support/engines.ts'
import type { Turn } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

type Values = Record<string, unknown>

/** A session as every adapter can show it; each method has stored what it does when its promise resolves. */
export interface Shown {
  readonly data: Values
  set(name: string, value: unknown): Promise<void>
  /** Moves it to a new id, with `values` on top, as a log-in does. `grace` in seconds. */
  move(grace?: number, values?: Values): Promise<void>
  /** Logs out. */
  end(): Promise<void>
}

/** One request that brings `cookies`, under the session's lock with `enableLocking`. What `work` throws is thrown here. */
export type Visit = <Value>(
  options: SessionOptions,
  cookies: string,
  work: (session: Shown) => Promise<Value>,
) => Promise<{ value: Value; setCookies: readonly string[] }>

const SECRET = 'a long and random secret'
const START = 1_800_000_000
const LOCKING = { enableLocking: true, lockExpiryTime: 60_000 }

export function severalCookiesSuite(isTurn: Turn, visit: Visit): void {
  afterEach(() => {
    vi.useRealTimers()
  })

  onEnginesOf(isTurn, ({ engine, options: table, client }) => {
    const proxy = useProxy(engine)
    const make = (more: SessionOptions = {}): SessionOptions => ({ ...table, endpoint: proxy.endpoint, secretKey: SECRET, ...more })
    const items = async () => (await client.send(new ScanCommand({ TableName: table.tableName, ConsistentRead: true }))).Items ?? []
    const read = async (cookies: string, more: SessionOptions = {}): Promise<Values> =>
      (await visit(make(more), cookies, async ({ data }) => ({ ...data }))).value

    /** Stores a session and returns its cookie, as a browser sends it. */
    async function logIn(user: string, more: SessionOptions = {}): Promise<string> {
      const { setCookies } = await visit(make(more), '', (session) => session.set('user', user))
      return setCookies.at(-1)?.split(';')[0] as string
    }
    const logOut = async (cookies: string, more: SessionOptions = {}): Promise<void> => {
      await visit(make(more), cookies, (session) => session.end())
    }
    const graves: Promise<string>[] = []
    /** Cookies whose sessions ended. */
    const dead = (number = 0): Promise<string> =>
      (graves[number] ??= logIn(`gone ${number}`).then(async (cookie) => {
        await logOut(cookie)
        return cookie
      }))
    async function moved(user: string, grace?: number): Promise<{ before: string; after: string }> {
      const before = await logIn(user)
      const { setCookies } = await visit(make(), before, (session) => session.move(grace))
      return { before, after: setCookies.at(-1)?.split(';')[0] as string }
    }
    async function damage(user: string): Promise<void> {
      const item = (await items()).find(({ data }) => data?.S === `{"user":"${user}"}`)
      await client.send(new PutItemCommand({ TableName: table.tableName, Item: { ...item, data: { S: '{' } } }))
    }
    const renamed = (cookie: string, value: string): string => `${cookie.split('=')[0]}=${value}`

    describe('of several cookies of one name', () => {
      it('bad ones in front hide nothing and cost nothing', async () => {
        const live = await logIn('ada')
        const foreign = await logIn('eve', { secretKey: 'of another secret' })
        const unsigned = decodeURIComponent(live.slice(live.indexOf('=') + 1)).split('.')[0] as string
        const bad = ['', 'junk', 'abc.def', '%E0%A4%A', unsigned, `${unsigned}.`, 'x'.repeat(5000), foreign.slice(foreign.indexOf('=') + 1)]
        proxy.reset()
        for (const value of bad) expect(await read(`${renamed(live, value)}; ${live}`), value).toEqual({ user: 'ada' })
        expect(proxy.operations()).toEqual(bad.map(() => 'GetItem'))
        proxy.reset()
        expect(await read(`${bad.map((value) => renamed(live, value)).join(';')};a=b;${live}`)).toEqual({ user: 'ada' })
        expect(await read(bad.map((value) => renamed(live, value)).join('; '))).toEqual({})
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('the first sixteen are looked at', async () => {
        const live = await logIn('ada')
        const junk = (count: number): string => Array.from({ length: count }, (_, n) => `${renamed(live, `junk${n}`)}; `).join('')
        expect(await read(junk(15) + live)).toEqual({ user: 'ada' })
        expect(await read(junk(16) + live)).toEqual({})
      })

      it('also in a header of more than 16 KB', async () => {
        const live = await logIn('ada')
        const others = Array.from({ length: 12 }, (_, n) => `other${n}=${'x'.repeat(1000)}`).join('; ')
        expect(await read(`${others}; ${live}`)).toEqual({ user: 'ada' })
      })

      it('one whose session ended or expired does not stop a log-in, however long it lives', async () => {
        vi.useFakeTimers({ toFake: ['Date'], now: START * 1000 })
        const [ended, expired, live] = [await dead(), await logIn('old', { maxStale: 60 }), await logIn('ada')]
        vi.setSystemTime((START + 60) * 1000)
        proxy.reset()
        expect(await read(`${ended}; ${expired}; ${live}`)).toEqual({ user: 'ada' })
        expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'GetItem'])
        const again = await visit(make(), `${ended}; ${expired}`, (session) => session.set('user', 'again'))
        expect(await read(`${ended}; ${expired}; ${again.setCookies.at(-1)?.split(';')[0]}`)).toEqual({ user: 'again' })
      })

      it('the first live one counts, in one read', async () => {
        const [one, two] = [await logIn('one'), await logIn('two')]
        proxy.reset()
        expect([await read(`${one}; ${two}`), await read(`${two}; ${one}`)]).toEqual([{ user: 'one' }, { user: 'two' }])
        expect(proxy.operations()).toEqual(['GetItem', 'GetItem'])
      })

      it('the sessions of four are looked for, each once', async () => {
        const [first, second, third, fourth, live] = await Promise.all([dead(), dead(1), dead(2), dead(3), logIn('ada')])
        proxy.reset()
        expect(await read([first, first, second, first, second, third, live].join('; '))).toEqual({ user: 'ada' })
        expect(proxy.operations()).toHaveLength(4)
        expect(await read([first, second, third, fourth, live].join('; '))).toEqual({})
        expect(proxy.operations()).toHaveLength(8)
      })

      it('what is written goes to the live one, and no other cookie is sent', async () => {
        const [gone, one, two] = [await dead(), await logIn('one'), await logIn('two')]
        const { setCookies } = await visit(make(), `${gone}; ${one}; ${two}`, (session) => session.set('n', 1))
        expect(setCookies.filter((text) => !text.startsWith(`${one};`))).toEqual([])
        expect([await read(one), await read(two)]).toEqual([{ user: 'one', n: 1 }, { user: 'two' }])
      })

      it('one that has moved yields to a live one, and is read in its grace time where there is none', async () => {
        const [plain, graceful] = [await moved('plain'), await moved('graceful', 100)]
        const [gone, live] = [await dead(), await logIn('ada')]
        for (const { before } of [plain, graceful]) {
          expect(await read(`${before}; ${live}`)).toEqual({ user: 'ada' })
        }
        expect(await read(`${plain.before}; ${plain.after}`)).toEqual({ user: 'plain' })
        expect(await read(`${gone}; ${plain.before}; ${graceful.before}`)).toEqual({ user: 'graceful' })
        const { setCookies } = await visit(make(), `${gone}; ${graceful.before}; ${plain.before}`, (session) => session.set('n', 1))
        expect(setCookies.filter((text) => !/^[^=]+=;/.test(text))).toEqual([])
        expect([await read(graceful.before), await read(graceful.after)]).toEqual([{ user: 'graceful' }, { user: 'graceful' }])
      })

      it('one that has just moved is not replaced by a new session where no other is live', async () => {
        const { before } = await moved('plain')
        const gone = await dead()
        const cookies = `${gone}; ${before}; ${await dead(1)}`
        const { setCookies } = await visit(make(), cookies, (session) => session.set('user', 'late'))
        expect([setCookies, await read(cookies)]).toEqual([[], {}])
      })

      it.each([0, 60 - 1])('a log-in goes by one that moved %i s ago, so that both end together', async (seconds) => {
        vi.useFakeTimers({ toFake: ['Date'], now: START * 1000 })
        const { before, after } = await moved('visitor')
        vi.setSystemTime((START + seconds) * 1000)
        const { setCookies } = await visit(make(), `${await dead()}; ${before}`, (session) => session.move(0, { user: 'visitor', n: 1 }))
        const again = setCookies.at(-1)?.split(';')[0] as string
        expect((await read(again)).n).toBe(1)
        await logOut(after)
        expect(await read(again)).toEqual({})
      })

      it('one whose data cannot be decoded yields to a live one, and ends with it', async () => {
        const [broken, live] = [await logIn('broken'), await logIn('ada')]
        await damage('broken')
        const errorHandler = vi.fn()
        expect(await read(`${broken}; ${live}`, { errorHandler })).toEqual({ user: 'ada' })
        expect(errorHandler).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNREADABLE_DATA' }), { operation: 'read' })
        await logOut(`${broken}; ${live}`, { errorHandler })
        expect((await items()).filter(({ data }) => data?.S === '{')).toEqual([])
      })

      it('a failed read is a failed read, whatever comes after it', async () => {
        const [gone, live] = [await dead(), await logIn('ada')]
        const cookies = `${gone}; ${live}`
        const refuse = (): void => void (proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException' } }))
        refuse()
        await expect(read(cookies)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        proxy.reset()
        refuse()
        const more = { raiseErrors: false, errorHandler: () => {} }
        const { value } = await visit(make(more), cookies, async (session) => {
          expect(proxy.operations()).toEqual(['GetItem'])
          proxy.reset()
          await session.set('user', 'wiped')
          return proxy.operations()
        })
        expect([value, await read(live)]).toEqual([[], { user: 'ada' }])
      })
    })

    describe.each([
      ['without a lock', {}],
      ['under the lock', LOCKING],
    ])('a log-out %s', (_, more) => {
      it('ends the session of every good one, and asks nothing for those that were not there', async () => {
        const [gone, one, two] = [await dead(), await logIn('one'), await logIn('two')]
        const foreign = await logIn('eve', { secretKey: 'of another secret' })
        proxy.reset()
        await logOut(`${gone}; ${foreign}; ${one}; ${two}`, more)
        expect(proxy.operations().filter((name) => name === 'DeleteItem')).toHaveLength(2)
        expect([await read(one, more), await read(two, more)]).toEqual([{}, {}])
        expect(await read(foreign, { secretKey: 'of another secret' })).toEqual({ user: 'eve' })
      })

      it('ends what one of them moved on to', async () => {
        const [plain, graceful] = [await moved('plain'), await moved('graceful', 100)]
        const live = await logIn('ada')
        await logOut(`${plain.before}; ${graceful.before}; ${live}`, more)
        expect(await Promise.all([plain.after, graceful.after, graceful.before, live].map((cookie) => read(cookie)))).toEqual([
          {},
          {},
          {},
          {},
        ])
      })

      it('reaches those too that were not looked for', async () => {
        const gone = await Promise.all([dead(), dead(1), dead(2), dead(3)])
        const live = await Promise.all([logIn('one'), logIn('two')])
        await logOut([...gone.slice(1), ...live, gone[0]].join('; '), more)
        expect(await Promise.all(live.map((cookie) => read(cookie)))).toEqual([{}, {}])
        const unread = await Promise.all([logIn('one'), logIn('two')])
        await logOut([...gone, ...unread].join('; '), more)
        expect(await Promise.all(unread.map((cookie) => read(cookie)))).toEqual([{}, {}])
      })

      it('ends the others where one of them fails, which is raised', async () => {
        const [one, two, three] = [await logIn('one'), await logIn('two'), await logIn('three')]
        let deletions = 0
        proxy.fault = ({ operation }) =>
          operation === 'DeleteItem' && deletions++ === 1 ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
        await expect(logOut(`${one}; ${two}; ${three}`, more)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        const left = [await read(one), await read(two), await read(three)]
        expect(left.filter(({ user }) => user !== undefined)).toHaveLength(1)
        await logOut(`${one}; ${two}; ${three}`, more)
        expect([await read(one), await read(two), await read(three)]).toEqual([{}, {}, {}])
      })
    })

    describe('under the lock', () => {
      const locked = async (): Promise<(string | undefined)[]> =>
        (await items()).filter((item) => item.lock_token).map(({ data }) => data?.S)

      it('the live one of several is locked', async () => {
        const [gone, one, two] = [await dead(), await logIn('one'), await logIn('two')]
        proxy.reset()
        const { value } = await visit(make(LOCKING), `${renamed(one, 'junk')}; ${gone}; ${one}; ${two}`, async ({ data }) => [
          data.user,
          ...(await locked()),
        ])
        expect(value).toEqual(['one', '{"user":"one"}'])
        expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'UpdateItem', 'UpdateItem'])
        expect(await locked()).toEqual([])
      })

      it('one good cookie among bad ones is locked without a read', async () => {
        const live = await logIn('ada')
        proxy.reset()
        const { value } = await visit(make(LOCKING), `${renamed(live, 'junk')}; ${live}`, async ({ data }) => [
          data.user,
          ...(await locked()),
        ])
        expect(value).toEqual(['ada', '{"user":"ada"}'])
        expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
      })

      it('where none is live nothing is locked', async () => {
        const { before } = await moved('graceful', 100)
        const gone = await dead()
        const { value } = await visit(make(LOCKING), `${gone}; ${before}`, async ({ data }) => [data.user, ...(await locked())])
        expect(value).toEqual(['graceful'])
        expect((await visit(make(LOCKING), `${gone}; ${gone}x`, async ({ data }) => [data.user, ...(await locked())])).value).toEqual([
          undefined,
        ])
      })
    })
  })
}
