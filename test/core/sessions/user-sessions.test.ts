// The sessions of a user on a page of devices.
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord, SessionStore } from '../../../src/index.ts'
import { labelOf } from '../../../src/core/sessions/record/device-label.ts'
import { atTime, START } from '../../support/clock.ts'
import { collect } from '../../support/collect.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

type Data = Record<string, unknown>

onEveryEngine(
  ({ engine, options }) => {
    const proxy = useProxy(engine)
    const host = (more: SessionOptions = {}): SessionStore<Data> =>
      createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, userIdKey: 'userId', ...more })
    let users = 0
    const someone = (): string => `user ${users++}`
    const logIn = async (store: SessionStore<Data>, userId: string, label = 'phone'): Promise<SessionRecord<Data>> =>
      store.create({ userId }, { authenticated: true, device: { label } })

    describe('the sessions of a user', () => {
      it('are listed without data or id, and tell which one asks', async () => {
        const [store, ada] = [host(), someone()]
        const [mine, other] = [await logIn(store, ada, 'phone'), await logIn(store, ada, 'desk')]
        await logIn(store, someone())
        const found = await collect(store.userSessions(ada, { current: mine }))
        expect(found).toHaveLength(2)
        const { createdAt, updatedAt, expiresAt, authenticatedAt } = mine
        const shown = {
          key: mine.key,
          createdAt,
          lastActiveAt: updatedAt,
          expiresAt,
          authenticatedAt,
          isCurrent: true,
          device: { label: 'phone' },
        }
        expect(found.find(({ isCurrent }) => isCurrent)).toEqual(shown)
        expect(found.find(({ isCurrent }) => !isCurrent)).toMatchObject({ key: other.key, device: { label: 'desk' } })
        expect((await collect(store.userSessions(ada, { current: mine.id }))).filter(({ isCurrent }) => isCurrent)).toHaveLength(1)
        expect((await collect(store.userSessions(ada))).some(({ isCurrent }) => isCurrent)).toBe(false)
      })

      it('take an order and a limit, and refuse others', async () => {
        const [store, ada] = [host(), someone()]
        const labels: string[] = []
        for (let n = 0; n < 4; n++) {
          atTime(START + n)
          labels.push((await logIn(store, ada, `device ${n}`)).key)
        }
        const keys = async (more: object): Promise<string[]> => (await collect(store.userSessions(ada, more))).map(({ key }) => key)
        expect(await keys({ order: 'oldest' })).toEqual(labels)
        expect(await keys({ order: 'newest', limit: 2 })).toEqual(labels.toReversed().slice(0, 2))
        await expect(keys({ limit: 0 })).rejects.toThrow(/limit/)
        await expect(keys({ order: 'random' })).rejects.toThrow(/order/)
        expect(() => store.userSessions(ada, { current: 'no id' })).toThrow(/current/)
        expect(() => host({ userIdKey: undefined }).userSessions(ada)).toThrow(/userIdKey/)
      })

      it('cost a Query and a BatchGetItem, with the one that asks while the index lags', async () => {
        const [store, ada] = [host(), someone()]
        const mine = await logIn(store, ada)
        proxy.reset()
        proxy.rewrite = ({ operation }, answer) => (operation === 'Query' ? { ...(answer as object), Items: [], Count: 0 } : answer)
        expect(await collect(store.userSessions(ada, { current: mine }))).toMatchObject([{ key: mine.key, isCurrent: true }])
        expect(proxy.operations()).toEqual(['Query', 'BatchGetItem'])
        // Not where that is another's, or went.
        expect(await collect(store.userSessions(someone(), { current: mine }))).toEqual([])
        await store.destroy(mine.id)
        expect(await collect(store.userSessions(ada, { current: mine }))).toEqual([])
      })

      it('say when they were last used, also where a fixed lifetime decides', async () => {
        const [store, ada] = [host({ maxAge: 3600, touchAfter: 100 }), someone()]
        atTime(START)
        const mine = await logIn(store, ada)
        const plain = await store.create({ userId: ada })
        atTime(START + 99)
        proxy.reset()
        await store.touch(mine)
        expect(proxy.operations()).toEqual([])
        atTime(START + 101)
        await store.touch(mine)
        expect(proxy.operations()).toEqual(['UpdateItem'])
        // One that keeps no device writes no more than before.
        await store.touch(plain)
        expect(proxy.operations()).toEqual(['UpdateItem'])
        const found = await collect(store.userSessions(ada))
        expect(found.find(({ key }) => key === mine.key)?.lastActiveAt).toEqual(new Date((START + 101) * 1000))
        expect(found.find(({ key }) => key === mine.key)?.expiresAt).toEqual(mine.expiresAt)
      })

      it('end one by one, and nobody ends those of another user', async () => {
        const [store, ada, eve] = [host(), someone(), someone()]
        const [mine, other, hers] = [await logIn(store, ada), await logIn(store, ada), await logIn(store, eve)]
        const sessions = store.userSessions(ada, { current: mine })
        expect(await sessions.revoke(other.key)).toBe(true)
        expect(await store.read(other.id)).toBeNull()
        expect(await sessions.revoke(other.key)).toBe(false)
        expect(await sessions.revoke(hers.key)).toBe(false)
        expect(await store.read(hers.id)).not.toBeNull()
        const anonymous = await store.create({ a: 1 })
        for (const key of [anonymous.key, 'x', '', hers.id, undefined, {}, ['a'], `${other.key}0`])
          expect(await sessions.revoke(key as string)).toBe(false)
        expect(await store.read(anonymous.id)).not.toBeNull()
        expect(await store.read(mine.id)).not.toBeNull()
      })

      it('end where they moved to since the page was made, unless another user is there now', async () => {
        const [store, ada, eve] = [host(), someone(), someone()]
        const [mine, other] = [await logIn(store, ada), await logIn(store, ada)]
        const moved = await store.regenerate(other)
        const sessions = store.userSessions(ada, { current: mine })
        expect(await sessions.revoke(other.key)).toBe(true)
        expect(await store.read(moved?.id as string)).toBeNull()
        const third = await logIn(store, ada)
        const hers = await store.regenerate(third, { data: { userId: eve }, authenticated: true })
        expect(await sessions.revoke(third.key)).toBe(false)
        expect(await store.read(hers?.id as string)).not.toBeNull()
      })

      it('end all but the one that asks, under whatever id that goes on', async () => {
        const [store, ada] = [host(), someone()]
        const [mine, other, third] = [await logIn(store, ada), await logIn(store, ada), await logIn(store, ada)]
        const moved = await store.regenerate(mine)
        expect(await store.userSessions(ada, { current: mine }).revokeOthers()).toBe(2)
        for (const { id } of [other, third]) expect(await store.read(id)).toBeNull()
        expect(await store.read(moved?.id as string)).not.toBeNull()
        await expect(store.userSessions(ada).revokeOthers()).rejects.toThrow(/current/)
      })
    })
  },
  { userIdKey: 'userId' },
)

it.for([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    'Safari on macOS',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 Safari/604.1',
    'Chrome on iPhone',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0',
    'Edge on Windows',
  ],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36', 'Chrome on Linux'],
  ['curl/8.5.0', undefined],
  ['<script>', undefined],
  ['', undefined],
] as const)('%s is a label', ([userAgent, label]) => {
  expect(labelOf(userAgent)).toBe(label)
})
