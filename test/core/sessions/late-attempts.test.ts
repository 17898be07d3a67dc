import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import { createDynamoSessionStorage } from '../../../src/remix3.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { itemKey } from '../../support/proxy.ts'
import type { Fault } from '../../support/proxy.ts'
import { must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

onEveryEngine(
  (table) => {
    const { client: _client, options, proxy, host, itemAt, reads } = useStores(table)
    /** What becomes of the creations, one after the other. */
    const creations = (...faults: (Fault | undefined)[]): void => {
      proxy.fault = ({ operation }) => (operation === 'PutItem' ? faults.shift() : undefined)
    }
    const ofCreation = (): string[] => proxy.operations().filter((name) => !reads.includes(name))
    const keysPut = (): string[] => proxy.requests.filter(({ operation }) => operation === 'PutItem').map(itemKey)
    /** Carries out once more what was sent first, as a late attempt does: past the proxy, which verifies signatures. */
    const arrive = async (index: number): Promise<void> => {
      const { operation, body } = proxy.requests[index] as { operation: string; body: Data }
      await fetch(table.engine.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          authorization:
            'AWS4-HMAC-SHA256 Credential=test/20270115/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0',
          'x-amz-date': '20270115T000000Z',
        },
        body: JSON.stringify(body),
      })
    }

    describe('a creation of which an attempt got a 5xx (guarantees 2 and 4)', () => {
      it('gets another id, which is put before the first is deleted', async () => {
        const store = host()
        proxy.reset()
        creations('error')
        const record = await store.create({ n: 1 })
        expect(ofCreation()).toEqual(['PutItem', 'PutItem', 'PutItem', 'DeleteItem'])
        const [first, again, second] = keysPut()
        expect(again).toBe(first)
        expect([record.key, (await store.read(record.id))?.data]).toEqual([second, { n: 1 }])
        expect(await itemAt(first as string)).toBe(undefined)
        await store.destroy(record.id)
        await arrive(0)
        expect(await itemAt(first as string), 'it comes back under an id that nobody knows').toBeDefined()
        expect(await store.read(record.id)).toBe(null)
      })

      it('keeps its id where the attempt is known to be the one that was carried out', async () => {
        const store = host()
        proxy.reset()
        creations('error after')
        const record = await store.create({ n: 1 })
        expect(ofCreation()).toEqual(['PutItem', 'PutItem'])
        expect(record.key).toBe(keysPut()[0])
      })

      it('is exchanged once, whatever becomes of the second', async () => {
        const store = host()
        proxy.reset()
        creations('error', undefined, 'error', undefined)
        const record = await store.create({ n: 1 })
        expect(ofCreation()).toEqual(['PutItem', 'PutItem', 'PutItem', 'PutItem', 'DeleteItem'])
        expect((await store.read(record.id))?.data).toEqual({ n: 1 })
      })

      it('keeps what is stored where the second cannot be had', async () => {
        const store = createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 2 }) })
        proxy.reset()
        let puts = 0
        proxy.fault = ({ operation }) => (operation === 'PutItem' && ++puts !== 2 ? 'error' : undefined)
        const record = await store.create({ n: 1 })
        proxy.fault = () => undefined
        expect(record.key).toBe(keysPut()[0])
        expect((await store.read(record.id))?.data).toEqual({ n: 1 })
        // Both requests are sent again a bounded number of times, and no third one begins.
        expect(new Set(keysPut()).size).toBe(2)
        expect(puts).toBeLessThanOrEqual(2 * 9 * 2)
      })

      it('keeps an id that was given', async () => {
        const store = host()
        creations('error')
        const id = 'given-0123456789-abcdef-' + proxy.endpoint.slice(-5)
        expect((await store.create({ n: 1 }, { id })).id).toBe(id)
      })

      it('and so does the new record of a regeneration, before the old id names it', async () => {
        const store = host()
        const record = await store.create({ n: 1 })
        proxy.reset()
        creations('error')
        const moved = must(await store.regenerate(record))
        expect(ofCreation()).toEqual(['PutItem', 'PutItem', 'PutItem', 'DeleteItem', 'UpdateItem'])
        expect((await itemAt(record.key))?.moved_to?.S).toBe(moved.key)
        await store.destroy(moved.id)
        await arrive(0)
        expect(await store.read(moved.id)).toBe(null)
      })

      it('leaves the user without sessions, when it arrives after the last look', async () => {
        const store = host({ userIdKey: 'user' })
        proxy.reset()
        creations('error')
        const record = await store.create({ user: 'eve' })
        expect(await store.destroyByUser('eve')).toBe(1)
        await arrive(0)
        expect(await store.read(record.id)).toBe(null)
        expect(await store.destroyByUser('eve')).toBe(1)
      })

      it('gets another id in Remix 3 too, which its cookie and later saves follow', async () => {
        const storage = createDynamoSessionStorage({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }) })
        const session = await storage.read(null)
        session.set('n', 1)
        proxy.reset()
        creations('error')
        const cookie = must(await storage.save(session))
        expect(cookie).not.toBe(session.id)
        expect((await storage.read(cookie)).get('n')).toBe(1)
        expect((await storage.read(session.id)).get('n')).toBe(undefined)
        session.set('n', 2)
        expect([null, cookie]).toContain(await storage.save(session))
        expect((await storage.read(cookie)).get('n')).toBe(2)
        session.regenerateId(true)
        creations('error')
        const moved = must(await storage.save(session))
        expect([session.id, cookie]).not.toContain(moved)
        expect((await storage.read(moved)).get('n')).toBe(2)
        session.destroy()
        expect(await storage.save(session)).toBe('')
        for (const id of [cookie, moved]) expect((await storage.read(id)).get('n')).toBe(undefined)
      })
    })

    describe('other attempts that arrive late', () => {
      it('of a touch: lengthen no life that was cut since, and revive nothing', async () => {
        const store = host({ maxStale: 1000, touchAfter: 0 })
        const record = await store.create({ n: 1 })
        proxy.reset()
        const touched = must(await store.touch(record, { expiresAt: new Date(Date.now() + 900_000) }))
        const cut = must(await store.touch(touched, { expiresAt: new Date(Date.now() + 60_000) }))
        await arrive(0)
        expect((await store.read(record.id))?.expiresAt).toEqual(cut.expiresAt)
        await store.destroy(record.id)
        await arrive(0)
        expect(await itemAt(record.key)).toBe(undefined)
      })

      it('of a write or a move: change nothing of what came after them', async () => {
        const store = host()
        const record = await store.create({ n: 1 })
        proxy.reset()
        const written = must(await store.update(record, { n: 2 }))
        const latest = must(await store.update(written, { n: 3 }))
        await arrive(0)
        expect((await store.read(record.id))?.data).toEqual({ n: 3 })
        proxy.reset()
        const moved = must(await store.regenerate(latest))
        await store.destroy(moved.id)
        const move = proxy.operations().indexOf('UpdateItem')
        await arrive(move)
        await arrive(0)
        expect(await store.read(record.id)).toBe(null)
      })

      it('of a lock: keep nobody for longer than its lease', async () => {
        const store = host({ lockExpiryTime: 200, lockMaxWaitTime: 10, lockRetryDelay: 20 })
        const { id, key } = await store.create({ n: 1 })
        proxy.reset()
        await store.withLock(id, async () => 1)
        await arrive(0)
        expect(await itemAt(key)).toHaveProperty('lock_token')
        expect(await store.withLock(id, async () => 'free')).toBe('free')
        expect(await itemAt(key)).not.toHaveProperty('lock_token')
      })
    })
  },
  { userIdKey: 'user' },
)
