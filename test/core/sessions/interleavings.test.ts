// Random concurrent use of one session by several hosts, some of whose replies are lost, against a model of what was acknowledged.
import fc from 'fast-check'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, inject, it, onTestFailed } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { itemKey, useProxy } from '../../support/proxy.ts'

type Data = Record<string, unknown>

const HOSTS = 5
/** A thousand in all, on however many engines. */
const RUNS = Number(process.env.INTERLEAVINGS ?? Math.ceil(1000 / inject('engines').length))
const BATCH = 10

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), pause: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), pause: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), pause: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('touch' as const), pause: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('regenerate' as const), pause: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), pause: fc.nat(12) }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** What each host does, one operation after the other, and whether replies get lost. */
const scenario = fc.record({
  hosts: fc.array(fc.array(operation, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: HOSTS }),
  losesReplies: fc.boolean(),
})

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  let stores: SessionStore<Data>[] = []

  describe('concurrent hosts', () => {
    it(`lose no acknowledged change and revive nothing, in ${RUNS} random interleavings`, async () => {
      const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
      onTestFailed(() => console.log(`interleavings on ${engine.name}: SEED=${seed} repeats them`))
      stores = Array.from({ length: HOSTS }, () =>
        createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), touchAfter: 0 }),
      )
      const lossy = new Set<string>()
      let lost = 0
      proxy.fault = (request) => {
        if (request.operation === 'GetItem' || lossy.size === 0) return undefined
        if (!lossy.has(itemKey(request)) || Math.random() > 0.15) return undefined
        lost++
        return 'reset after'
      }
      const arbitrary = fc.array(scenario, { minLength: BATCH, maxLength: BATCH })
      let writes = 0
      await fc.assert(
        fc.asyncProperty(arbitrary, async (batch) => {
          const counts = await Promise.all(batch.map((one) => run(one.hosts, one.losesReplies ? lossy : undefined)))
          writes += counts.reduce((sum, count) => sum + count, 0)
        }),
        { seed, numRuns: Math.ceil(RUNS / BATCH), endOnFailure: true },
      )
      expect(writes).toBeGreaterThan(RUNS)
      expect(lost).toBeGreaterThan(0)
    }, 240_000)
  })

  async function run(hosts: Operation[][], lossy: Set<string> | undefined): Promise<number> {
    const observer = stores[0] as SessionStore<Data>
    const created = await observer.create({ shared: 'kept' })
    /** Every id that was ever acknowledged, the current one last. */
    const ids = [created.id]
    const destroyed = new Set<string>()
    lossy?.add(created.key)
    /** By host: what its own key holds after its last acknowledged write, and all that it tried since. */
    const models = hosts.map(() => ({ acknowledged: undefined as unknown, tried: [undefined] as unknown[] }))
    let writes = 0

    await Promise.all(
      hosts.map(async (operations, host) => {
        const store = stores[host] as SessionStore<Data>
        const model = models[host] as (typeof models)[number]
        const name = `host${host}`
        let record: SessionRecord<Data> | null = await store.read(created.id)
        let n = 0
        for (const { do: what, pause } of operations) {
          await sleep(pause)
          if (!record) {
            // As a browser would: with the cookie that it has now.
            record = await store.read(ids.at(-1) as string)
            if (!record) return
          }
          const { id } = record
          const wasDestroyed = destroyed.has(id)
          let answer: SessionRecord<Data> | null
          if (what === 'write' || what === 'remove') {
            const value: number | undefined = what === 'write' ? ++n : undefined
            model.tried.push(value)
            answer = await store.update(record, { ...record.data, [name]: value })
            if (answer) {
              writes++
              model.acknowledged = value
              model.tried = [value]
              expect(answer.data[name]).toBe(value)
            }
          } else if (what === 'read') answer = await store.read(id)
          else if (what === 'touch') answer = await store.touch(record)
          else if (what === 'regenerate') {
            answer = await store.regenerate(record)
            if (answer) {
              ids.push(answer.id)
              lossy?.add(answer.key)
              expect(answer.id).not.toBe(id)
            }
          } else {
            await store.destroy(id)
            destroyed.add(id)
            answer = null
          }
          // What needs no write asks nobody, and so returns what was known.
          if (wasDestroyed) expect([undefined, record.version], `${what} of a destroyed id`).toContain(answer?.version)
          record = answer
        }
      }),
    )

    const live: SessionRecord<Data>[] = []
    for (const id of ids) {
      const found = await observer.read(id)
      if (found) live.push(found)
    }
    expect(live.length, 'live ids').toBeLessThanOrEqual(1)
    for (const id of destroyed) expect(await observer.read(id), 'a destroyed id').toBe(null)
    const [last] = live
    if (!last) expect(destroyed.size, 'nobody destroyed it, and it is gone').toBeGreaterThan(0)
    else {
      expect(last.data.shared).toBe('kept')
      for (const [host, model] of models.entries()) {
        // A write that answered null was not done, or not to this session; one that was acknowledged is there.
        expect(model.tried, `host${host} acknowledged ${String(model.acknowledged)}`).toContain(last.data[`host${host}`])
      }
    }
    return writes
  }
})
