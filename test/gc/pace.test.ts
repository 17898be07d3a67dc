// How well the rates of garbage collection are used, on a clock that no busy machine disturbs. What engines see is in rates.alone.e2e.ts.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Dynamo, Item } from '../../src/core/dynamodb/dynamo.ts'
import { createDeleter } from '../../src/gc/delete.ts'
import { createScan } from '../../src/gc/scan.ts'
import { resolveOptions } from '../../src/core/options/options.ts'
import { createPacer } from '../../src/gc/pacer.ts'

/** Milliseconds until an answer. */
const LATENCIES = [2, 40, 200]
/** Bytes of records. */
const SIZES = {
  small: [300],
  '4 KB': [4000],
  mixed: [300, 300, 900, 2500],
  // Rarer than any estimate can foresee.
  'now and then a large one': [...Array.from({ length: 49 }, () => 700), 20_000],
}
const CASES = Object.entries(SIZES).flatMap(([what, sizes]) =>
  [5, 100, 1000, 20_000].flatMap((rate) => LATENCIES.map((latency) => ({ what, sizes, rate, latency }))),
)
const SECONDS = 5

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))

// More than 16 batches or 8 pages of what a request may cost are not under way at once.
describe.each(CASES.filter(({ rate, latency }) => rate * latency <= 200_000))(
  '$what, $rate units a second, answers after $latency ms',
  ({ sizes, rate, latency }) => {
    const tally = {
      scanned: 0,
      matched: 0,
      kept: 0,
      ignored: 0,
      deleted: 0,
      spared: 0,
      failed: 0,
      consumedReadUnits: 0,
      consumedWriteUnits: 0,
    }
    const options = resolveOptions({})
    const answer = (): Promise<void> => new Promise((resume) => void setTimeout(resume, latency))
    // In no order, and the same in each run.
    const sizeOf = (n: number): number => sizes[Math.floor(((n * 0.618_033_988_75) % 1) * sizes.length)] as number

    test('writes', async () => {
      const stop = new AbortController()
      const spent: [number, number][] = []
      const unitsOf = (size: number): number => Math.ceil(size / 1024)
      const dynamo = {
        table: 'sessions',
        async executeBatch(statements: { Parameters: { S: string }[] }[]) {
          const units = statements.reduce((sum, { Parameters }) => sum + unitsOf(sizeOf(Number(Parameters[0]?.S))), 0)
          spent.push([performance.now(), units])
          await answer()
          return { errors: statements.map(() => {}), units }
        },
      } as unknown as Dynamo
      const pacer = createPacer(rate, stop.signal)
      const shared = { dynamo, options, tally, stop: stop.signal, progress: () => {} }
      const deleter = createDeleter({ ...shared, concurrency: 16, pacer, fail: (error) => expect.unreachable(String(error)) })
      const feed = async (): Promise<void> => {
        for (let n = 0; !stop.signal.aborted; n++) await deleter.add({ item: { session_id: { S: String(n) } }, settled: () => {} })
      }
      void feed()
      await vi.advanceTimersByTimeAsync(SECONDS * 1000)
      stop.abort()
      expectPace(spent, rate, Math.max(...sizes.map(unitsOf)), sizes.length < 10)
    })

    test('reads', async () => {
      const stop = new AbortController()
      const spent: [number, number][] = []
      const dynamo = {
        async scan({ Limit, ExclusiveStartKey }: { Limit: number; ExclusiveStartKey?: Item }) {
          const from = Number(ExclusiveStartKey?.session_id?.S ?? 0)
          const items = Array.from({ length: Limit }, (_, n) => ({ session_id: { S: String(from + n) } }))
          const bytes = items.reduce((sum, _, n) => sum + sizeOf(from + n), 0)
          const units = Math.ceil(bytes / 4096) / 2
          spent.push([performance.now(), units])
          await answer()
          return { items, units, next: { session_id: { S: String(from + Limit) } } }
        },
      } as unknown as Dynamo
      const pacer = createPacer(rate, stop.signal)
      const positions = Array.from({ length: 8 }, () => ({ from: null, left: [] }))
      const shared = { dynamo, options, tally, stop: stop.signal, progress: () => {} }
      void createScan({ ...shared, positions, pacer, judge: () => 'kept', now: () => 0, collect: async () => {} }).run()
      await vi.advanceTimersByTimeAsync(SECONDS * 1000)
      stop.abort()
      // A page costs one unit, and half of one more where it was guessed too large.
      expectPace(spent, rate, Math.max(1.5, ...sizes.map((size) => Math.ceil(size / 4096) / 2)), sizes.length < 10)
    })
  },
)

/** `largest`: units of a request that cannot be divided. */
function expectPace(spent: readonly [number, number][], rate: number, largest: number, isUniform: boolean): void {
  const end = performance.now()
  const between = (from: number, to: number): number => spent.reduce((sum, [at, units]) => sum + (at >= from && at < to ? units : 0), 0)
  const seconds = [...new Set(spent.map(([at]) => Math.floor(at / 10)))].map((at) => between(at * 10, at * 10 + 1000))
  const busiest = Math.max(...seconds)
  const average = between(end - (SECONDS - 2) * 1000, end) / (SECONDS - 2)
  expect(busiest).toBeLessThanOrEqual(isUniform ? Math.max(rate * 1.1, rate * 1.05 + largest) : rate * 1.1 + 3 * largest)
  expect(between(0, Infinity)).toBeLessThan(rate * (SECONDS + 0.1) + largest)
  expect(average).toBeGreaterThan(rate * (isUniform ? 0.9 : 0.7))
}
