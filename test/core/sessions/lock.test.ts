import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { LockedSession, SessionOptions, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { bounds, pauses, sum } from '../../support/pauses.ts'
import { useStores } from './stores.ts'
import type { Data } from './stores.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) =>
  (await import('../../support/pauses.ts')).shortPauses(original, Infinity),
)

onEveryEngine((table) => {
  const stores = useStores(table)
  const { options, client, proxy, reads, itemAt, setAttribute } = stores
  /** A store with a client and a queue of its own, as on another host. */
  const host = (more: SessionOptions = {}): SessionStore<Data> => stores.host({ lockRetryDelay: 20, ...more })
  /** Leases that need no renewal, which would be a request, on a busy machine. */
  const unhurried = { lockExpiryTime: 60_000 }
  const increment = async ({ record, update }: LockedSession<Data>): Promise<void> => {
    const n = record.data.n as number
    await sleep(5)
    await update({ ...record.data, n: n + 1 })
  }

  describe('a lock (guarantee 10)', () => {
    it('is acquired with the data by one request, and released by one', async () => {
      const sessions = host(unhurried)
      const { id, key } = await sessions.create({ n: 1 })
      proxy.reset()
      const answer = await sessions.withLock(id, async ({ record, update }) => {
        expect(record.data).toEqual({ n: 1 })
        expect(await itemAt(key)).toMatchObject({
          locked_at: { N: expect.any(String) },
          lock_token: { S: expect.any(String) },
          lock_expires_at: { N: expect.any(String) },
        })
        await update({ n: 2 })
        await update({ n: 3 })
        return 'done'
      })
      expect(answer).toBe('done')
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'])
      const item = await itemAt(key)
      expect(item?.data).toEqual({ S: '{"n":3}' })
      for (const name of ['locked_at', 'lock_token', 'lock_expires_at']) expect(item).not.toHaveProperty(name)
    })

    it('lets 16 increments from 4 hosts all count', async () => {
      const hosts = Array.from({ length: 4 }, () => host({ lockMaxWaitTime: 60, lockExpiryTime: 2000 }))
      const { id } = await (hosts[0] as SessionStore<Data>).create({ n: 0 })
      await Promise.all(hosts.flatMap((sessions) => Array.from({ length: 4 }, () => sessions.withLock(id, increment))))
      expect((await host().read(id))?.data).toEqual({ n: 16 })
    })

    it('lets waiters within a process queue without requests', async () => {
      const sessions = host({ ...unhurried, lockMaxWaitTime: 10 })
      const { id } = await sessions.create({ n: 0 })
      proxy.reset()
      await Promise.all(Array.from({ length: 10 }, () => sessions.withLock(id, increment)))
      expect(proxy.requests).toHaveLength(30)
    })

    it('is waited for no longer than lockMaxWaitTime, which may be a fraction', async () => {
      const [one, two] = [host(unhurried), host({ lockMaxWaitTime: 0.2 })]
      const { id } = await one.create({ n: 0 })
      await one.withLock(id, async () => {
        for (const waiter of [two, host({ lockMaxWaitTime: 0.2, raiseErrors: false })]) {
          pauses.splice(0)
          await expect(waiter.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
          expect(sum(pauses)).toBeLessThanOrEqual(200)
        }
        // In the queue of one process as well.
        bounds.splice(0)
        await expect(Promise.all([two.withLock(id, async () => 1), two.withLock(id, async () => 2)])).rejects.toMatchObject({
          code: 'LOCK_WAIT_TIMEOUT',
        })
        expect(bounds).toHaveLength(2)
        expect(Math.max(...bounds)).toBeLessThanOrEqual(200)
      })
      expect(await two.withLock(id, async () => 'free')).toBe('free')
    })

    it('is polled with cheap reads', async () => {
      const [one, two] = [host(unhurried), host({ lockRetryDelay: 50, lockMaxWaitTime: 5 })]
      const { id } = await one.create({ big: 'x'.repeat(10_000) })
      let waiting: Promise<unknown> = Promise.resolve()
      await one.withLock(id, async () => {
        proxy.reset()
        waiting = two.withLock(id, async () => 1)
        const polled = (): number => proxy.requests.length - 1 - reads.length
        await vi.waitFor(() => expect(polled()).toBeGreaterThan(2), { timeout: 20_000 })
        expect(proxy.operations().slice(0, 1 + reads.length)).toEqual(['UpdateItem', ...reads])
        expect(
          proxy.requests
            .slice(1 + reads.length)
            .every(
              ({ operation, body }) =>
                operation === 'GetItem' && body.ConsistentRead !== true && String(body.ProjectionExpression).includes('lock_token'),
            ),
        ).toBe(true)
      })
      await waiting
    })

    it('is released when the callback throws', async () => {
      const sessions = host()
      const { id, key } = await sessions.create({ n: 0 })
      await expect(
        sessions.withLock(id, async () => {
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      expect(await itemAt(key)).not.toHaveProperty('lock_token')
    })

    it('is renewed while the callback runs, however long', async () => {
      const [one, two] = [host({ lockExpiryTime: 400 }), host({ lockMaxWaitTime: 1.2 })]
      const { id } = await one.create({ n: 0 })
      await one.withLock(id, async (session) => {
        await expect(two.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
        await increment(session)
      })
      expect((await one.read(id))?.data).toEqual({ n: 1 })
    })

    it('of a dead holder is taken after a full lease by the waiter’s own clock, whatever the clocks of hosts', async () => {
      const sessions = host({ lockMaxWaitTime: 5 })
      const { id, key } = await sessions.create({ n: 0 })
      for (const start of [Date.now() / 1000, 1, 4_000_000_000]) {
        await client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: { session_id: { S: key } },
            UpdateExpression: 'SET locked_at = :a, lock_token = :t, lock_expires_at = :e',
            ExpressionAttributeValues: { ':a': { N: String(start) }, ':t': { S: 'dead' }, ':e': { N: String(start + 0.3) } },
          }),
        )
        const began = performance.now()
        pauses.splice(0)
        expect(await sessions.withLock(id, async () => 'mine')).toBe('mine')
        expect(performance.now() - began).toBeGreaterThan(290)
        expect(sum(pauses)).toBeLessThan(310)
      }
    })

    it('that was lost makes the holder’s write an error, and the release none', async () => {
      const [one, two] = [host({ lockExpiryTime: 100 }), host({ lockMaxWaitTime: 5 })]
      const { id } = await one.create({ n: 0 })
      const isRenewal = (body: Data) => String(body.ConditionExpression).startsWith('attribute_exists(#data) AND #lock_token')
      proxy.fault = ({ body }) => (isRenewal(body) ? 'error' : undefined)
      await one.withLock(id, async ({ record, update }) => {
        await two.withLock(id, async (other) => {
          await other.update({ n: 10 })
          await expect(update({ n: 1 })).rejects.toMatchObject({ code: 'LOCK_LOST' })
          expect(record.data).toEqual({ n: 0 })
        })
      })
      expect((await one.read(id))?.data).toEqual({ n: 10 })
    })

    it('that was lost is noticed also when the new holder has written nothing yet', async () => {
      const [one, two] = [host({ lockExpiryTime: 100 }), host({ lockMaxWaitTime: 5 })]
      const { id } = await one.create({ n: 0 })
      proxy.fault = ({ body }) =>
        String(body.ConditionExpression).startsWith('attribute_exists(#data) AND #lock_token') ? 'error' : undefined
      await one.withLock(id, async ({ update }) => {
        await two.withLock(id, async () => {
          await expect(update({ n: 1 })).rejects.toMatchObject({ code: 'LOCK_LOST' })
        })
      })
      expect((await one.read(id))?.data).toEqual({ n: 0 })
    })

    it('does not stop writes outside it, which the holder merges', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ n: 0 })
      const other = await two.read(record.id)
      await one.withLock(record.id, async ({ update }) => {
        await two.update(other as typeof record, { n: 0, other: 1 })
        expect((await update({ n: 1 }))?.data).toEqual({ n: 1, other: 1 })
      })
      expect((await one.read(record.id))?.data).toEqual({ n: 1, other: 1 })
    })

    it('of a session that is gone returns null, and of an unknown id creates nothing', async () => {
      const sessions = host()
      const fn = vi.fn(async () => 1)
      const record = await sessions.create({ n: 0 })
      await sessions.destroy(record.id)
      expect(await sessions.withLock(record.id, fn)).toBe(null)
      expect(await sessions.withLock('never-issued-0123456789', fn)).toBe(null)
      expect(await sessions.withLock('bad', fn)).toBe(null)
      expect(fn).not.toHaveBeenCalled()
      expect(await itemAt(record.key)).toBe(undefined)
      expect(await itemAt(sessions.keyOf('never-issued-0123456789'))).toBe(undefined)
    })

    it('of a session destroyed under it returns null to the holder’s update', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ n: 0 })
      await one.withLock(record.id, async ({ update }) => {
        await two.destroy(record.id)
        expect(await update({ n: 1 })).toBe(null)
      })
      expect(await itemAt(record.key)).toBe(undefined)
    })

    it('whose answer was lost is still ours', async () => {
      const sessions = host()
      const { id } = await sessions.create({ n: 0 })
      let left = 1
      proxy.fault = ({ operation }) => (operation === 'UpdateItem' && left-- > 0 ? 'reset after' : undefined)
      expect(await sessions.withLock(id, async ({ record }) => record.data)).toEqual({ n: 0 })
    })

    it('is not carried over to a regenerated session', async () => {
      const sessions = host()
      const record = await sessions.create({ n: 0 })
      const moved = await sessions.withLock(record.id, async (session) => sessions.regenerate(session.record))
      expect(await itemAt(moved?.key ?? '')).not.toHaveProperty('lock_token')
      expect(await itemAt(record.key)).not.toHaveProperty('lock_token')
    })

    it('is waited for as long as lockMaxWaitTime says', async () => {
      const [one, two] = [host(unhurried), host({ lockMaxWaitTime: 60 })]
      const { id } = await one.create({ n: 0 })
      let got: Promise<string | null> | undefined
      await one.withLock(id, async () => {
        pauses.splice(0)
        got = two.withLock(id, async () => 'got')
        await vi.waitFor(() => expect(sum(pauses)).toBeGreaterThan(700), { timeout: 20_000 })
      })
      expect(await got).toBe('got')
    })

    it('that was not had in time names the time of the store that asked', async () => {
      const driver = dynamodbDriver({ ...options, endpoint: proxy.endpoint })
      const store = createSessionStore<Data>({ driver, lockMaxWaitTime: 0.2 })
      const { id } = await store.create({ n: 0 })
      await store.withLock(id, async () => {
        await expect(store.withLock(id, async () => 1)).rejects.toThrow('for 0.2 s')
      })
    })

    it('of a record that cannot be decoded is released, and it counts as absent', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'data', { S: '{broken' })
      expect(await store.withLock(record.id, async () => 'ran')).toBe(null)
      expect(errorHandler.mock.calls).toEqual([[expect.objectContaining({ code: 'UNREADABLE_DATA' }), { operation: 'read' }]])
      expect(await itemAt(record.key)).not.toHaveProperty('lock_token')
    })
  })
})
