// What has ended stays so, whatever comes late.
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord, SessionStore } from '../../../src/index.ts'
import { bareClient, onEveryEngine } from '../../support/engines.ts'
import { START, atTime } from '../../support/clock.ts'
import { itemKey } from '../../support/proxy.ts'
import { alive, must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { options, client, proxy, reads, host, store, itemAt, put } = useStores(table)

  describe('what is gone stays gone (guarantees 1, 2)', () => {
    const ways: Record<string, (sessions: SessionStore<Data>, record: SessionRecord<Data>) => Promise<unknown>> = {
      destroyed: (sessions, record) => sessions.destroy(record.id),
      'destroyed by key': (sessions, record) => sessions.destroyByKey(record.key),
      regenerated: (sessions, record) => sessions.regenerate(record),
      'regenerated with grace': async (sessions, record) => {
        await sessions.regenerate(record, { grace: 1000 })
        atTime(START + 1005)
      },
      expired: async () => atTime(START + 15 * 86_400),
      'expired by the shorter lifetime of another host': async (_, record) => {
        const hasty = host({ maxStale: 10, touchAfter: 0 })
        await hasty.touch(await alive(hasty, record))
        atTime(START + 20)
      },
      'deleted by TTL': (_, record) =>
        client.send(new DeleteItemCommand({ TableName: options.tableName, Key: { session_id: { S: record.key } } })),
      'a phantom of another program': async (_, record) => {
        await put({ session_id: { S: record.key }, expire_at: { N: '99999999999' } })
      },
    }
    for (const [way, vanish] of Object.entries(ways)) {
      it(`when it was ${way}: no read, update, touch or regenerate brings it back`, async () => {
        atTime(START)
        const sessions = host({ touchAfter: 0 })
        const record = await sessions.create({ a: 1 })
        const other = await alive(host({ touchAfter: 0 }), record)
        atTime(START + 5)
        await vanish(sessions, record)
        const before = await itemAt(record.key)
        expect(await sessions.read(record.id)).toBe(null)
        expect(await sessions.update(record, { a: 2 })).toBe(null)
        expect(await sessions.touch(record)).toBe(null)
        expect(await host({ touchAfter: 0 }).update(other, { a: 3 })).toBe(null)
        expect(await host({ touchAfter: 0 }).update(other, { a: 1 })).toBe(null)
        expect(await host().regenerate(other)).toBe(null)
        expect(await host().withLock(record.id, async () => 'locked')).toBe(null)
        expect(await itemAt(record.key)).toEqual(before)
      })
    }

    it('and what was never issued is not created by update, touch or regenerate', async () => {
      const sessions = store({ touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      await expect(sessions.update({ ...record }, { a: 2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'record' })
      await expect(sessions.touch({ ...record })).rejects.toMatchObject({ argument: 'record' })
      await expect(sessions.regenerate({ ...record })).rejects.toMatchObject({ argument: 'record' })
    })
  })

  describe('what reads as expired', () => {
    it('is not written, though expire_at says otherwise', async () => {
      atTime(START)
      const record = await host({ maxStale: 1000 }).create({ a: 1 })
      const store = host({ maxStale: 100 })
      atTime(START + 50)
      const mine = must(await store.read(record.id))
      atTime(START + 120)
      expect(await store.read(record.id)).toBe(null)
      expect(await store.update(mine, { a: 2 })).toBe(null)
      expect(await store.read(record.id)).toBe(null)
    })

    it('is not touched in the second that expire_at was rounded up by', async () => {
      atTime(START + 0.2)
      const store = host({ maxStale: 100 })
      const record = await store.create({ a: 1 })
      atTime(START + 100.5)
      expect(await store.touch(record)).toBe(null)
      expect(await store.read(record.id)).toBe(null)
    })

    it('is not left with a lock', async () => {
      atTime(START)
      const record = await host({ maxStale: 1000 }).create({ a: 1 })
      atTime(START + 500)
      expect(await host({ maxStale: 100 }).withLock(record.id, async () => 1)).toBe(null)
      expect(await itemAt(record.key)).not.toHaveProperty('lock_token')
    })
  })

  describe('an attempt of a creation that arrives late', () => {
    const clients = {
      'the client made here': () => ({ endpoint: proxy.endpoint, requestTimeout: 500 }),
      'a client of the application': () => ({
        endpoint: undefined,
        client: bareClient(proxy.endpoint, { requestHandler: { requestTimeout: 500, throwOnRequestTimeout: true } }),
      }),
    }
    const firstCreation = (fault: ReturnType<typeof proxy.fault>): void => {
      let left = 1
      proxy.fault = ({ operation }) => (operation === 'PutItem' && left-- > 0 ? fault : undefined)
    }
    /** The engine gets the first creation only after everything else is over. */
    const held: (() => void)[] = []
    const holdFirst = (): void => firstCreation(new Promise((resolve) => held.push(() => resolve(undefined))))

    it.each(Object.entries(clients))('brings no session back that ended meanwhile, by %s', async (_, connection) => {
      const sessions = createSessionStore<Data>({ ...options, ...connection() })
      proxy.reset()
      holdFirst()
      const record = await sessions.create({ user: 'ada' })
      // Each may be sent again on a busy machine, and a creation that is there already be asked for.
      const operations = proxy.operations().filter((name) => !reads.includes(name))
      expect(operations.join(' ')).toMatch(/^PutItem( PutItem)+( DeleteItem)+$/)
      const ids = proxy.requests.filter(({ operation }) => operation === 'PutItem').map(itemKey)
      expect(ids.at(1)).toBe(ids[0])
      expect(ids.at(-1)).toBe(record.key)
      expect(record.key).not.toBe(ids[0])
      await sessions.destroy(record.id)
      holdFirst()
      const old = await sessions.create({ user: 'bob' })
      holdFirst()
      const moved = await sessions.regenerate(old)
      await sessions.destroy(moved?.id as string)
      for (const release of held.splice(0)) release()
      await proxy.idle()
      for (const id of [record.id, old.id, moved?.id as string]) expect(await sessions.read(id)).toBe(null)
    })

    it('is none when it was throttled: the id stays', async () => {
      const sessions = createSessionStore<Data>({ ...options, endpoint: proxy.endpoint })
      proxy.reset()
      firstCreation('throttle')
      await sessions.create({ a: 1 })
      expect(proxy.operations()).toEqual(['PutItem', 'PutItem'])
    })
  })
})
