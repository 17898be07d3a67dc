// `maxWriteRate` and `maxReadRate`, by when requests are sent, and what the engine says that they cost.
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import { tracingChannel } from 'node:diagnostics_channel'
import { afterAll, describe, expect, test } from 'vitest'
import { collectGarbage, createSessionTable, deleteSessionTable } from '../../src/index.ts'
import type { GarbageCollectionOptions } from '../../src/index.ts'
import { isBasic, onEveryEngine } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const DAY = 24 * 60 * 60
/** Bytes of a record besides its data. */
const OVERHEAD = 250

onEveryEngine(({ engine, options, client }: TestTable) => {
  const proxy = useProxy(engine)
  const made: GarbageCollectionOptions[] = []
  /** Milliseconds that a request of a table waits. */
  const delays = new Map<string, number>()

  afterAll(async () => {
    for (const table of made) await deleteSessionTable(table)
  })

  /** A table of its own, full of records that are due, of so many bytes each; with `users`, all are in the index of users. */
  async function tableOf(sizes: readonly number[], users = false): Promise<GarbageCollectionOptions & { tableName: string }> {
    // Each test, since the start of another one forgets it.
    proxy.fault = ({ body: { TableName, Statements = [] } }) =>
      delays.get(String(TableName ?? (Statements as { Statement: string }[])[0]?.Statement.split('"')[1]))
    const table = { ...options, tableName: `${options.tableName}-${made.length}` }
    made.push(table)
    await createSessionTable({ ...table, ...(users ? { userIdKey: 'userId' } : {}) })
    for (let from = 0; from < sizes.length; from += 25) {
      const puts = sizes.slice(from, from + 25).map((size, n) => {
        const times = { created_at: { N: '1600000000.123' }, updated_at: { N: '1600000000.123' } }
        const data = { S: 'x'.repeat(Math.max(1, size - OVERHEAD)) }
        const key = String(from + n).padStart(64, '0')
        return { PutRequest: { Item: { session_id: { S: key }, data, ...times, ...(users ? { user_id: { S: `u${from + n}` } } : {}) } } }
      })
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table.tableName]: puts } }))
    }
    return { ...table, endpoint: proxy.endpoint, maxAge: DAY }
  }

  function expectRate(bill: Bill, average: number, { rate, most }: { rate: number; most: number }): void {
    expect(average).toBeLessThan(rate * 1.1)
    // Dynalite and a busy machine may well be slower than the rate: pace.test.ts is as strict downwards.
    if (!isBasic(engine)) expect(average).toBeGreaterThan(rate * 0.3)
    expect(bill.busiestSecond()).toBeLessThanOrEqual(most)
  }

  const equal = (count: number, size: number): number[] => Array.from({ length: count }, () => size)
  const KB = 1024

  describe.concurrent.each([
    { what: '1 KB', sizes: equal(250, 900), rate: 100, most: 110 },
    { what: '4 KB with the index of users', users: true, sizes: equal(60, 4 * KB), rate: 100, most: 110 },
    { what: '20 KB', sizes: equal(75, 20 * KB), rate: 500, most: 550 },
    { what: '20 KB over a slow network', sizes: equal(75, 20 * KB), rate: 500, most: 550, delay: 150 },
    // A record is a fifth of what a second may cost, and cannot be divided.
    { what: '20 KB under a low rate', sizes: equal(15, 20 * KB), rate: 100, most: 120 },
    // Some are larger than the last ones had let expect.
    { what: 'all sizes', sizes: equal(150, 0).map((_, n) => [500, 900, 3 * KB, 6 * KB][n % 4] as number), rate: 150, most: 177 },
  ])('writes of $what', ({ sizes, users, delay = 0, ...limits }) => {
    test('keep the rate on average and in every second, and use it', async () => {
      const table = await tableOf(sizes, users)
      delays.set(table.tableName, delay)
      const bill = billOf(table.tableName, 'DeleteItem', 'BatchExecuteStatement')
      const result = await collectGarbage({ ...table, maxWriteRate: limits.rate })
      expect(result).toMatchObject({ deleted: sizes.length, failed: 0 })
      expect(result.consumedWriteUnits).toBe(bill.units())
      expectRate(bill, result.consumedWriteUnits / result.seconds, limits)
    })
  })

  describe.concurrent.each([
    // Pages under way may each cost half a unit more than they should.
    { what: '200 bytes', sizes: equal(1500, 200), rate: 20, most: 23 },
    { what: '4 KB', sizes: equal(150, 4 * KB), rate: 40, most: 45 },
    { what: '20 KB', sizes: equal(60, 20 * KB), rate: 60, most: 66 },
    { what: '20 KB over a slow network', sizes: equal(90, 20 * KB), rate: 100, most: 110, delay: 150 },
    // A record is an eighth of what a second may cost, and cannot be divided.
    { what: '100 KB', sizes: equal(20, 100 * KB), rate: 100, most: 115 },
  ])('reads of $what', ({ sizes, delay = 0, ...limits }) => {
    test('keep the rate on average and in every second, and use it', async () => {
      const table = await tableOf(sizes)
      delays.set(table.tableName, delay)
      const bill = billOf(table.tableName, 'Scan')
      const result = await collectGarbage({ ...table, dryRun: true, maxReadRate: limits.rate })
      expect(result).toMatchObject({ matched: sizes.length })
      expect(result.consumedReadUnits).toBe(bill.units())
      expectRate(bill, result.consumedReadUnits / result.seconds, limits)
    })
  })

  test.concurrent('a low rate of reads costs time, and no more than twice the units', async () => {
    const table = await tableOf(equal(500, 0))
    const free = await collectGarbage({ ...table, dryRun: true })
    const bill = billOf(table.tableName, 'Scan')
    const slow = await collectGarbage({ ...table, dryRun: true, maxReadRate: 10 })
    expect(slow).toMatchObject({ scanned: 500, matched: 500 })
    expect(slow.consumedReadUnits).toBeLessThanOrEqual(2 * free.consumedReadUnits)
    expect(slow.consumedReadUnits / slow.seconds).toBeLessThan(11)
    expect(bill.busiestSecond()).toBeLessThanOrEqual(11)
  })

  test.concurrent('what is owed at the end is waited for, unless the run is stopped', async () => {
    const table = await tableOf(equal(1, 100 * KB))
    const stop = new AbortController()
    // While it waits for five seconds.
    const onProgress = (): void => void setTimeout(() => stop.abort(), 100)
    const stopped = await collectGarbage({ ...table, dryRun: true, maxReadRate: 0.1, signal: stop.signal, onProgress })
    expect(stopped.consumedReadUnits).toBeGreaterThan(0)
    expect(stopped.seconds).toBeLessThan(4)
    const { consumedWriteUnits, seconds } = await collectGarbage({ ...table, maxWriteRate: 50 })
    expect(consumedWriteUnits / seconds).toBeLessThan(55)
  })
})

interface Bill {
  /** Of all requests. */
  units(): number
  /** The most units that any second saw, by when requests were sent: a busy machine may well hand them on in bunches. */
  busiestSecond(): number
}

interface Told {
  readonly action: string
  readonly table: string
  readonly units: number
}

function billOf(tableName: string, ...operations: readonly string[]): Bill {
  const sent = new Map<Told, number>()
  const told = {
    start(message: unknown) {
      const { action, table } = message as Told
      if (table === tableName && operations.includes(action.slice('dynamodb:'.length))) sent.set(message as Told, performance.now())
    },
  }
  const channel = tracingChannel('dynamodb-sessions:request')
  channel.subscribe(told as Parameters<typeof channel.subscribe>[0])
  const sum = (list: readonly Told[]): number => list.reduce((total, { units }) => total + units, 0)
  return {
    units: () => sum([...sent.keys()]),
    busiestSecond() {
      const from = (start: number): Told[] => [...sent].filter(([, at]) => at >= start && at < start + 1000).map(([one]) => one)
      return Math.max(...[...sent.values()].map((start) => sum(from(start))))
    },
  }
}
