import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../../../src/core/base/deferred.ts'
import dynamodbDriver from '../../../src/driver.ts'
import type { SessionOptions, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const stores = useStores(table)
  const { options, proxy, itemAt } = stores
  /** A store with a client and a queue of its own, as on another host. */
  const host = (more: SessionOptions = {}): SessionStore<Data> => stores.host({ lockRetryDelay: 20, ...more })
  /** Leases that need no renewal, which would be a request, on a busy machine. */
  const unhurried = { lockExpiryTime: 60_000 }

  describe('a lock of a table that fails (guarantee 10)', () => {
    /** Milliseconds that a busy machine may take, and much less than a request may. */
    const MARGIN = 10_000
    /** A host whose SDK tries once. */
    const hasty = (more: SessionOptions): SessionStore<Data> =>
      host({ ...more, driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }) })
    const isRelease = (body: Data) => String(body.UpdateExpression).includes('REMOVE #locked_at')
    const isRenewal = (body: Data) => String(body.ConditionExpression).startsWith('attribute_exists(#data) AND #lock_token')

    it('is asked for again until lockMaxWaitTime, and no longer', async () => {
      const store = hasty({ lockMaxWaitTime: 0.4 })
      const { id } = await store.create({ n: 0 })
      const fn = vi.fn(async () => 1)
      proxy.reset()
      proxy.fault = ({ body }) => (isRelease(body) ? undefined : 'error')
      const began = performance.now()
      await expect(store.withLock(id, fn)).rejects.toMatchObject({ code: 'SERVER_ERROR' })
      expect(performance.now() - began).toBeGreaterThan(200)
      expect(performance.now() - began).toBeLessThan(400 + MARGIN)
      expect(proxy.requests.filter(({ body }) => !isRelease(body)).length).toBeGreaterThan(2)
      expect(fn).not.toHaveBeenCalled()
    })

    it('is given back when nobody knows whether it was acquired', async () => {
      const [one, two] = [hasty({ lockMaxWaitTime: 0, ...unhurried }), host({ lockMaxWaitTime: 5 })]
      const { id } = await one.create({ n: 0 })
      proxy.fault = ({ body }) => (isRelease(body) ? undefined : 'reset after')
      await expect(one.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'UNREACHABLE' })
      proxy.fault = () => undefined
      expect(await two.withLock(id, async () => 'free')).toBe('free')
    })

    it('keeps nobody who gives it back for longer than its lease, and is free after that', async () => {
      const told = vi.fn()
      const [one, two] = [hasty({ lockExpiryTime: 200, errorHandler: told }), host({ lockMaxWaitTime: 5 })]
      const { id } = await one.create({ n: 0 })
      const held = deferred<undefined>()
      for (const fault of ['error', held.promise] as const) {
        proxy.fault = ({ body }) => (isRelease(body) ? fault : undefined)
        const began = performance.now()
        expect(await one.withLock(id, async () => 'done')).toBe('done')
        expect(performance.now() - began).toBeLessThan(200 + MARGIN)
        expect(await two.withLock(id, async () => 'free')).toBe('free')
      }
      held.resolve(undefined)
      await proxy.idle()
      expect(told.mock.calls).toEqual([[expect.objectContaining({ code: 'SERVER_ERROR' }), { operation: 'unlock' }]])
    })

    it('keeps nobody for the sake of a renewal', async () => {
      const store = hasty({ lockExpiryTime: 150 })
      const { id, key } = await store.create({ n: 0 })
      const held = deferred<undefined>()
      let renewals = 0
      proxy.fault = ({ body }) => (isRenewal(body) && ++renewals ? held.promise : undefined)
      const began = performance.now()
      await store.withLock(id, () => vi.waitFor(() => expect(renewals).toBe(1), { timeout: MARGIN }))
      expect(performance.now() - began).toBeLessThan(100 + MARGIN)
      held.resolve(undefined)
      await proxy.idle()
      expect(await itemAt(key), 'a renewal that arrives late locks nothing').not.toHaveProperty('lock_token')
    })
  })
})
