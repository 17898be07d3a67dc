// What a log-in leaves beside the data: nothing that an application stores, and no old id, can make one look fresh.
import { inspect } from 'node:util'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord, SessionStore } from '../../../src/index.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

type Data = Record<string, unknown>
type Stored = SessionRecord<Data>

onEveryEngine(
  ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const host = (more: SessionOptions = {}): SessionStore<Data> =>
      createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, userIdKey: 'userId', ...more })
    const itemAt = async (key: string) =>
      (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item
    const logIn = async (store: SessionStore<Data>, user = 'ada', more = {}): Promise<Stored> =>
      (await store.regenerate(await store.create({ visits: 1 }), { data: { userId: user }, authenticated: true, ...more })) as Stored
    const again = async (store: SessionStore<Data>, { id }: { id: string }): Promise<Stored> => (await store.read(id)) as Stored

    /** Stops the clock, and returns what lets seconds pass. */
    function startClock(): (seconds: number) => void {
      let at = START
      atTime(at)
      return (seconds) => atTime((at += seconds))
    }

    describe('a log-in', () => {
      it('is fresh for as long as is asked', async () => {
        const pass = startClock()
        const store = host()
        const record = await logIn(store)
        expect(record.authenticatedAt).toEqual(new Date(START * 1000))
        expect(store.isFresh(record, 60)).toBe(true)
        pass(59)
        expect(store.isFresh(await again(store, record), 60)).toBe(true)
        pass(2)
        expect(store.isFresh(await again(store, record), 60)).toBe(false)
        expect(() => store.isFresh(record, -1)).toThrow(/seconds/)
      })

      it('costs no request more, and no byte of an item without it', async () => {
        const store = host()
        const plain = await store.create({ userId: 'ada' })
        const fields = Object.keys((await itemAt(plain.key)) ?? {}).toSorted()
        expect(fields).toEqual(['created_at', 'data', 'expire_at', 'session_id', 'updated_at', 'user_id', 'version'])
        proxy.reset()
        const moved = await store.regenerate(plain)
        expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem'])
        expect(Object.keys((await itemAt(moved?.key as string)) ?? {}).toSorted()).toEqual(fields)
        proxy.reset()
        const fresh = await store.regenerate(moved as Stored, { authenticated: true, device: { label: 'phone' } })
        expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem'])
        expect(await itemAt(fresh?.key as string)).toMatchObject({
          authenticated_at: { N: expect.any(String) },
          device: { S: '{"label":"phone"}' },
        })
        proxy.reset()
        await again(store, fresh as Stored)
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('goes on through updates, merges, touches, locks and moves', async () => {
        const pass = startClock()
        const store = host({ maxStale: 1000, touchAfter: 10 })
        const record = await logIn(store)
        const at = new Date(START * 1000)
        pass(20)
        const [one, other] = [await again(store, record), await again(store, record)]
        await store.update(one, { ...one.data, a: 1 })
        const merged = await store.update(other, { ...other.data, b: 2 })
        expect(merged).toMatchObject({ data: { a: 1, b: 2 }, authenticatedAt: at })
        pass(20)
        expect((await store.touch(merged as Stored))?.authenticatedAt).toEqual(at)
        const locked = await store.withLock(record.id, (session) => session.update({ userId: 'ada', c: 3 }))
        expect(locked?.authenticatedAt).toEqual(at)
        const [stale, current] = [await again(store, record), await again(store, record)]
        await store.update(current, { ...current.data, d: 4 })
        const moved = await store.regenerate(stale)
        expect(moved).toMatchObject({ data: { d: 4 }, authenticatedAt: at })
        expect((await again(store, moved as Stored)).authenticatedAt).toEqual(at)
      })

      it('is nothing that data can say', async () => {
        const store = host()
        const faked = { userId: 'ada', authenticatedAt: Date.now(), authenticated_at: Date.now() / 1000, authenticated: true, device: 'x' }
        const record = await store.create(faked)
        const updated = await store.update(record, { ...faked, more: 1 })
        const moved = await store.regenerate(updated as Stored, { data: { ...faked, userId: 'bob' } })
        for (const one of [record, updated, moved]) {
          expect(one?.authenticatedAt).toBeUndefined()
          expect(store.isFresh(one as Stored, 3600)).toBe(false)
        }
        expect(await itemAt(moved?.key as string)).not.toHaveProperty('authenticated_at')
      })

      it.for([
        ['another user', { userId: 'bob' }],
        ['nobody', {}],
      ] as const)('ends when the session gets %s, by an update or a move', async ([, data]) => {
        const store = host()
        const updated = await store.update(await logIn(store), data)
        expect(updated?.authenticatedAt).toBeUndefined()
        expect(await itemAt(updated?.key as string)).not.toHaveProperty('authenticated_at')
        const moved = await store.regenerate(await logIn(store), { data })
        expect(moved?.authenticatedAt).toBeUndefined()
        expect(await itemAt(moved?.key as string)).not.toHaveProperty('authenticated_at')
      })

      it('ends when a merge brings another user', async () => {
        const store = host()
        const record = await logIn(store)
        const stale = await again(store, record)
        await store.update(record, { userId: 'bob' })
        const merged = await store.update(stale, { ...stale.data, cart: 1 })
        expect(merged).toMatchObject({ data: { userId: 'bob', cart: 1 } })
        expect(merged?.authenticatedAt).toBeUndefined()
        // And one that authenticates ada does not make bob fresh.
        const before = await logIn(store)
        await store.update(await again(store, before), { userId: 'bob' })
        const moved = await store.regenerate(before, { authenticated: true })
        expect(moved?.data).toMatchObject({ userId: 'bob' })
        expect(moved?.authenticatedAt).toBeUndefined()
      })

      it('is not to be had by an old id, in its grace time or after', async () => {
        const pass = startClock()
        const store = host()
        const record = await logIn(store)
        const moved = await store.regenerate(record, { grace: 30 })
        expect(moved?.authenticatedAt).toEqual(new Date(START * 1000))
        expect(await itemAt(record.key)).not.toHaveProperty('authenticated_at')
        const old = await again(store, record)
        expect(old.data).toMatchObject({ userId: 'ada' })
        expect(old.authenticatedAt).toBeUndefined()
        expect(store.isFresh(old, 3600)).toBe(false)
        // Nor does it become one.
        expect(await store.regenerate(old, { authenticated: true })).toBeNull()
        const sibling = await store.regenerate(old, { data: { userId: 'bob' } })
        expect(sibling?.authenticatedAt).toBeUndefined()
        pass(40)
        expect(await store.read(record.id)).toBeNull()
      })

      it('is not taken along by a log-in that meets the move', async () => {
        const store = host({ userIdKey: undefined })
        const first = await store.create({ a: 1 }, { authenticated: true })
        const late = await again(store, first)
        await store.regenerate(first)
        const sibling = await store.regenerate(late, { data: { a: 2 } })
        expect(sibling).not.toBeNull()
        expect(sibling?.authenticatedAt).toBeUndefined()
        expect(await itemAt(sibling?.key as string)).not.toHaveProperty('authenticated_at')
      })

      it('reads as none where another program wrote nonsense', async () => {
        const store = host()
        const record = await logIn(store)
        const nonsense = { authenticated_at: { S: 'soon' }, device: { S: '[' } }
        await client.send(new PutItemCommand({ TableName: options.tableName, Item: { ...(await itemAt(record.key)), ...nonsense } }))
        expect(store.isFresh(await again(store, record), 3600)).toBe(false)
        for await (const { device } of store.userSessions('ada')) expect(device === undefined || typeof device === 'object').toBe(true)
      })
    })

    describe('a device', () => {
      const secrets = { encryptionKey: '0'.repeat(64) }
      it('is encrypted where data is, and goes on with a move', async () => {
        const store = host({ ...secrets })
        const record = await logIn(store, 'eve', { device: { label: 'Firefox on Windows', trusted: true } })
        expect((await itemAt(record.key))?.device).toHaveProperty('B')
        const moved = (await store.regenerate(record)) as Stored
        for await (const session of store.userSessions('eve', { current: moved }))
          expect(session).toMatchObject({ key: moved.key, isCurrent: true, device: { label: 'Firefox on Windows', trusted: true } })
        expect(await itemAt(record.key)).not.toHaveProperty('device')
      })

      it('is bounded, and flat', async () => {
        const store = host()
        const record = await logIn(store, 'gus', { device: { label: `${'x'.repeat(199)}\u{1F600}` } })
        expect((await itemAt(record.key))?.device).toEqual({ S: JSON.stringify({ label: 'x'.repeat(199) }) })
        const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 1]))
        for (const device of [many, { deep: {} }, 'text', [1], { n: NaN }])
          await expect(logIn(store, 'gus', { device })).rejects.toThrow(/device/)
        expect(await itemAt((await logIn(store, 'gus', { device: {} })).key)).not.toHaveProperty('device')
      })

      it('is not shown with an id in logs', async () => {
        const store = host({ hashIds: false })
        const record = await logIn(store, 'ida')
        for await (const session of store.userSessions('ida', { current: record })) {
          expect(session.key).toBe(record.id)
          expect(inspect(session, { depth: 9, showHidden: true })).not.toContain(record.id)
        }
        expect(inspect(store.userSessions('ida', { current: record }), { depth: 9, showHidden: true })).not.toContain(record.id)
      })
    })
  },
  { userIdKey: 'userId' },
)
