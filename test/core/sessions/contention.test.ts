// How many writes hosts need that change one session at once, in virtual time: pauses and latency pass at once, and chance has a seed.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import type { Operation } from '../../../src/core/dynamodb/model.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionStore } from '../../../src/index.ts'
import { createEngine } from '../../../src/testing/engine.ts'
import { createFaults } from '../../../src/testing/faults.ts'
import { clientOf, createTransport } from '../../../src/testing/transport.ts'
import { resolveTableOptions } from '../../../src/table/definition.ts'
import { alive } from './stores.ts'
import type { Data } from './stores.ts'

const virtual = vi.hoisted(() => {
  const due: { readonly at: number; readonly go: () => void }[] = []
  let time = 0
  return {
    now: () => time,
    sleep: (milliseconds: number): Promise<void> => new Promise((go) => void due.push({ at: time + milliseconds, go })),
    /** Lets time pass until `work` is done. */
    async until<Result>(work: Promise<Result>): Promise<Result> {
      let isDone = false
      const done = work.finally(() => (isDone = true))
      for (;;) {
        await new Promise(setImmediate)
        if (isDone) return done
        const first = due.reduce((one, other) => (other.at < one.at ? other : one))
        due.splice(due.indexOf(first), 1)
        time = first.at
        first.go()
      }
    },
  }
})
vi.mock('node:timers/promises', async (original) => ({ ...(await original<object>()), setTimeout: virtual.sleep }))

const ROUNDS = 15
const START = Date.parse('2026-01-01')

interface Measured {
  readonly writes: number
  readonly reads: number
  /** Milliseconds until each host's change was stored. */
  readonly took: readonly number[]
}

/** That many hosts change a key each of one session, `apart` milliseconds one after the other. */
async function race(hosts: number, latency: number, apart = 0): Promise<Measured> {
  const engine = createEngine()
  const { definition } = resolveTableOptions({})
  engine.run('CreateTable', { TableName: definition.tableName, ...definition.request })
  const sent: Operation[] = []
  const transport = createTransport(engine, createFaults().next, (operation) => sent.push(operation))
  const half = (): Promise<void> => virtual.sleep((latency / 2) * (0.9 + 0.2 * Math.random()))
  const send: typeof transport.send = async (...request) => {
    await half()
    try {
      return await transport.send(...request)
    } finally {
      await half()
    }
  }
  const client = clientOf({ ...transport, send, clock: () => performance.now() })
  const stores: SessionStore<Data>[] = Array.from({ length: hosts }, () => createSessionStore({ driver: dynamodbDriver({ client }) }))
  const record = await stores[0]!.create({})
  await virtual.sleep(1000)
  const read = await Promise.all(stores.map((store) => alive(store, record)))
  sent.splice(0)
  const took = await Promise.all(
    stores.map(async (store, n) => {
      await virtual.sleep(n * apart)
      const began = virtual.now()
      await store.update(read[n]!, { [`k${n}`]: n })
      return virtual.now() - began
    }),
  )
  const count = (name: Operation): number => sent.filter((operation) => operation === name).length
  const counts = { writes: count('UpdateItem'), reads: count('GetItem'), took }
  expect(Object.keys((await alive(stores[0]!, record)).data)).toHaveLength(hosts)
  return counts
}

async function races(hosts: number, latency: number, apart?: number): Promise<Measured[]> {
  const all: Measured[] = []
  for (let round = 0; round < ROUNDS; round++) all.push(await virtual.until(race(hosts, latency, apart)))
  return all
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number
}

/** https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48271) % 2147483647) / 2147483647
}

describe('hosts that change one session at once', () => {
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockImplementation(seeded(20260101))
    vi.spyOn(performance, 'now').mockImplementation(virtual.now)
    vi.spyOn(Date, 'now').mockImplementation(() => START + Math.floor(virtual.now()))
  })
  afterEach(() => void vi.restoreAllMocks())

  it.each([1, 5, 20])('are ten, %i ms away: 25 writes at most, as a rule', async (latency) => {
    const all = await races(10, latency)
    if (process.env.MEASURE) report(`10 hosts, ${latency} ms`, all, latency)
    expect(median(all.map(({ writes }) => writes))).toBeLessThanOrEqual(25)
    // Each look is paid for by a write that is not in vain, and nobody waits for long.
    expect(median(all.map(({ reads }) => reads))).toBeLessThanOrEqual(20)
    expect(median(all.flatMap(({ took }) => took))).toBeLessThan(20 * (latency + 1))
  })

  it.each([1, 5, 20])('are two, %i ms away, one after the other: the second writes twice and never waits', async (latency) => {
    // The first has been answered before the second, which had read before, writes.
    for (const { writes, reads, took } of await races(2, latency, 2 * latency)) {
      expect([writes, reads]).toEqual([3, 0])
      expect(took[1]).toBeLessThan(2.3 * latency)
    }
  })

  it('are two that meet on the way: the second looks first, at most once, and writes twice', async () => {
    const all = await races(2, 5)
    if (process.env.MEASURE) report('2 hosts, 5 ms', all, 5)
    expect(new Set(all.map(({ writes }) => writes))).toEqual(new Set([3]))
    expect(Math.max(...all.map(({ reads }) => reads))).toBe(1)
    expect(Math.max(...all.flatMap(({ took }) => took))).toBeLessThan(4 * 5 * 1.1 + 1)
  })
})

function report(name: string, all: readonly Measured[], latency: number): void {
  const mean = (numbers: readonly number[]): string => (numbers.reduce((a, b) => a + b) / numbers.length).toFixed(1)
  const writes = all.map((each) => each.writes)
  const took = all.flatMap((each) => each.took)
  const last = median(all.map((each) => Math.max(...each.took)))
  console.log(
    `${name}: writes ${median(writes)} (mean ${mean(writes)}, most ${Math.max(...writes)}), reads ${mean(all.map((each) => each.reads))}, ` +
      `a change after ${(median(took) / latency).toFixed(1)} round trips, the last after ${(last / latency).toFixed(1)}`,
  )
}
