import { setTimeout as sleep } from 'node:timers/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { createDynamo } from '../../src/core/dynamodb.ts'
import { createSessionStore, DynamoSessionError } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { OUTAGES, useGate } from '../support/gate.ts'

const LIMITS = { requestTimeout: 400, maxAttempts: 2 }
/** As docs/configuration.md says, with the SDK's pauses, connections, and a busy machine. */
const ONE = LIMITS.requestTimeout * LIMITS.maxAttempts + 2000
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

    it('fails each of many requests in time, blocks nothing, and serves when it is back', async () => {
      const store = createSessionStore({ ...options, endpoint: gate.endpoint, ...LIMITS })
      // Past the gate, and without the limits: a busy machine may need longer.
      const nearby = createSessionStore(options)
      const [record, ...others] = await Promise.all(Array.from({ length: 50 }, () => nearby.create({ n: 1 })))
      if (!record) throw new Error('none was created')
      await store.read(record.id)
      await gate.close()
      await sleep(50) // until the client has seen its connections end
      const delay = monitorEventLoopDelay({ resolution: 5 })
      delay.enable()
      await expect(store.read(record.id)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/`endpoint`.*`region`/) as string,
      })
      const from = performance.now()
      const slowest = await Promise.all(
        others.map(async ({ id }) => {
          await expect(store.read(id)).rejects.toThrow(DynamoSessionError)
          return performance.now() - from
        }),
      )
      expect(Math.max(...slowest)).toBeLessThan(ONE)

      const write = performance.now()
      const lock = expect(store.withLock(record.id, async () => 1)).rejects.toMatchObject({ code })
      const locked = lock.then(() => expect(performance.now() - write).toBeLessThan(1000 + ONE))
      await expect(store.update(record, { n: 2 })).rejects.toMatchObject({ code })
      expect(performance.now() - write).toBeLessThan(10_000 + ONE)
      await locked
      delay.disable()
      expect(delay.percentile(99) / 1e6, 'milliseconds that the event loop was held').toBeLessThan(250)

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
  describe.each(OUTAGES)('an endpoint of garbage collection that is %s', (outage) => {
    const gate = useGate(engine, outage)

    it('fails its raw requests in time', async () => {
      const dynamo = createDynamo(options.tableName, { ...options, endpoint: gate.endpoint, ...LIMITS })
      await gate.close()
      const from = performance.now()
      await expect(dynamo.scanRaw({})).rejects.toMatchObject({ code: CODES[outage] })
      expect(performance.now() - from).toBeLessThan(ONE)
    })
  })
})
