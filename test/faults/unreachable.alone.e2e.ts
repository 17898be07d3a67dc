import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { connect } from '../../src/core/dynamodb/connection.ts'
import { createDynamo } from '../../src/core/dynamodb/dynamo.ts'
import { createSessionStore, DynamoSessionError } from '../../src/index.ts'
import { watchEventLoop } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { OUTAGES, useGate } from '../support/gate.ts'

const LIMITS = { requestTimeout: 800, maxAttempts: 2 }
/** As docs/configuration.md says, with the SDK's pauses, connections, and a busy machine. */
const ONE = LIMITS.requestTimeout * LIMITS.maxAttempts + 2000
/** Milliseconds that a busy machine takes for the requests of a moment. */
const LONGEST_HOLD = 600
const CODES = {
  silent: 'TIMEOUT',
  'breaking connections': 'UNREACHABLE',
  'refusing connections': 'UNREACHABLE',
  frozen: 'TIMEOUT',
  'answering byte by byte': 'TIMEOUT',
} as const

onEveryEngine(({ engine, options }) => {
  describe.concurrent.each(OUTAGES)('an endpoint that is %s', (outage) => {
    const gate = useGate(engine, outage)
    const code = CODES[outage]

    it('fails each of many requests in time, blocks nothing, and serves when it is back', { timeout: 60_000 }, async () => {
      const store = createSessionStore({ ...options, endpoint: gate.endpoint, ...LIMITS })
      // Past the gate, and without the limits: a busy machine may need longer.
      const nearby = createSessionStore(options)
      const [record, ...others] = await Promise.all(Array.from({ length: 40 }, () => nearby.create({ n: 1 })))
      if (!record) throw new Error('none was created')
      // An engine that is busy with all that was created may not answer at once; the client needs a connection that breaks.
      await vi.waitFor(() => store.read(record.id), { timeout: 20_000 })
      await gate.close()
      await sleep(50) // until the client has seen its connections end
      const eventLoop = watchEventLoop()
      await expect(store.read(record.id)).rejects.toMatchObject({
        code,
        // Of this machine: an engine that does not run is in no other region.
        message: expect.stringMatching(
          code === 'TIMEOUT' ? /`endpoint`.*`region`/ : /start the engine there, or check `endpoint`/,
        ) as string,
      })
      const slowest: Promise<number>[] = []
      for (const { id } of others) {
        const from = performance.now()
        const failed = expect(store.read(id)).rejects.toThrow(DynamoSessionError)
        slowest.push(failed.then(() => performance.now() - from))
        // Making so many requests in one go would hold the event loop by itself.
        await setImmediate()
      }
      expect(Math.max(...(await Promise.all(slowest)))).toBeLessThan(ONE)

      const write = performance.now()
      const lock = expect(store.withLock(record.id, async () => 1)).rejects.toMatchObject({ code })
      const locked = lock.then(() => expect(performance.now() - write).toBeLessThan(1000 + ONE))
      await expect(store.update(record, { n: 2 })).rejects.toMatchObject({ code })
      expect(performance.now() - write).toBeLessThan(10_000 + ONE)
      await locked
      expect(eventLoop.stop(), 'milliseconds that the event loop was held at once').toBeLessThan(LONGEST_HOLD)

      // A write that is under way lives through the end of the outage.
      const late = store.update(record, { n: 3 })
      await sleep(500)
      await gate.open()
      const back = performance.now()
      expect(await store.read(record.id)).not.toBe(null)
      expect(performance.now() - back, 'milliseconds to recover').toBeLessThan(1500)
      expect((await late)?.data).toEqual({ n: 3 })
      expect((await store.read(record.id))?.data).toEqual({ n: 3 })
    })
  })
  describe.concurrent.each(OUTAGES)('an endpoint of garbage collection that is %s', (outage) => {
    const gate = useGate(engine, outage)

    it('fails its requests in time', async () => {
      const dynamo = createDynamo(connect(options.tableName, { ...options, endpoint: gate.endpoint, ...LIMITS }))
      await gate.close()
      const from = performance.now()
      await expect(dynamo.scan({})).rejects.toMatchObject({ code: CODES[outage] })
      expect(performance.now() - from).toBeLessThan(ONE)
    })
  })
})
