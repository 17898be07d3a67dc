// Garbage collection beside the way of the Ruby gem: scan a page, delete it in unconditional batches of 25, one after the other.
// The engine and the latency are processes of their own, so that their work is not counted as ours.
import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { readFileSync } from 'node:fs'
import { collectGarbage, createSessionTable, deleteSessionTable } from '../src/index.ts'
import { median, writeSection } from './results.ts'
import { start, startEngine, stopAll } from './start.ts'

const RECORDS = Number(process.env.RECORDS ?? 10_000)
const ROUNDS = Number(process.env.ROUNDS ?? 9)
/** Rounds that are not counted, in which code gets compiled. */
const WARM_UP = 3
const MAX_AGE = 86_400

const tableName = 'bench-gc'
const ways = { 'as the gem does it': likeTheGem, collectGarbage: ours }
type Way = keyof typeof ways
interface Run {
  readonly rate: number
  readonly cpu: number
  readonly engine: number
  /** The share of a core that the engine used. */
  readonly busy: number
}
const { name, endpoint: direct, pid } = await startEngine()
const engineLines = await compare(direct, fill)
const stubLines = await compare(await start('stub.ts', String(RECORDS)))
await stopAll()
writeSection(
  'Garbage collection',
  'npm run bench:gc',
  `${RECORDS} records on ${name}, all due, ${ROUNDS} interleaved rounds; the latency is added to every request by a proxy.

| latency | | deletes/s | client CPU, µs a record | engine CPU, µs a record | engine's share of a core |
|---|---|---|---|---|---|
${engineLines.join('\n')}

The two clients alone, without an engine: the same against a server that answers at once, from memory, and deletes nothing.

| latency | | deletes/s, if the engine took no time | client CPU, µs a record |
|---|---|---|---|
${stubLines.join('\n')}`,
)

/** Both ways, without and with latency. @param prepare fills the engine before each run; without it there is no engine to measure. */
async function compare(to: string, prepare?: () => Promise<void>): Promise<string[]> {
  const lines: string[] = []
  for (const latency of [0, 10]) {
    const endpoint = latency === 0 ? to : await start('delay.ts', to, String(latency))
    const runs: Record<Way, Run[]> = { 'as the gem does it': [], collectGarbage: [] }
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const way of Object.keys(ways) as Way[]) {
        await prepare?.()
        const run = await measure(way, endpoint)
        if (round >= 0) runs[way].push(run)
      }
    }
    const of = (way: Way, figure: keyof Run): number => median(runs[way].map((run) => run[figure]))
    const line = (label: string, ...cells: string[]): void =>
      void lines.push(`| ${[`${latency} ms`, label, ...(prepare ? cells : cells.slice(0, 2))].join(' | ')} |`)
    for (const way of Object.keys(ways) as Way[]) {
      const busy = `${(of(way, 'busy') * 100).toFixed(0)} %`
      line(way, of(way, 'rate').toFixed(0), of(way, 'cpu').toFixed(1), of(way, 'engine').toFixed(0), busy)
    }
    // Each round against its own neighbour: what else the machine does changes from round to round.
    const ratio = (figure: keyof Run): string =>
      `×${median(runs.collectGarbage.map((run, round) => run[figure] / (runs['as the gem does it'][round] as Run)[figure])).toFixed(2)}`
    line('**ratio**, median of rounds', ratio('rate'), ratio('cpu'), ratio('engine'), '')
    console.log(lines.slice(-3).join('\n'))
  }
  return lines
}

async function measure(way: Way, endpoint: string): Promise<Run> {
  const engine = engineCpu()
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const deleted = await ways[way](endpoint)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  if (deleted !== RECORDS) throw new Error(`${way} deleted ${deleted} of ${RECORDS}`)
  const spent = engineCpu() - engine
  return { rate: deleted / seconds, cpu: (user + system) / deleted, engine: spent / deleted, busy: spent / 1e6 / seconds }
}

/** Microseconds of CPU that the engine's processes used so far; NaN where there is no /proc. */
function engineCpu(): number {
  try {
    const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    const ticks = [pid, ...own].map((id) => {
      // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name may hold blanks; utime and stime are fields 14 and 15.
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
      return Number(fields[11]) + Number(fields[12])
    })
    return ticks.reduce((sum, one) => sum + one, 0) * 10_000
  } catch {
    return NaN
  }
}

async function ours(endpoint: string): Promise<number> {
  return (await collectGarbage({ tableName, endpoint, maxAge: MAX_AGE })).deleted
}

/** https://github.com/aws/aws-sessionstore-dynamodb-ruby: keys of what a filtered scan finds, unprocessed ones sent again. */
async function likeTheGem(endpoint: string): Promise<number> {
  const client = new DynamoDBClient({ endpoint })
  let deleted = 0
  let from: Record<string, AttributeValue> | undefined
  let held: Record<string, AttributeValue>[] = []
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        ProjectionExpression: 'session_id',
        FilterExpression: 'created_at < :at',
        ExpressionAttributeValues: { ':at': { N: String(Date.now() / 1000 - MAX_AGE) } },
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    )
    const items = [...held, ...(page.Items ?? [])]
    // The engine answers nothing for a start that is gone, so a page's last key goes with the next page.
    held = page.LastEvaluatedKey ? items.splice(-1) : []
    for (let index = 0; index < items.length; index += 25) {
      let writes = items.slice(index, index + 25).map((Key) => ({ DeleteRequest: { Key } }))
      deleted += writes.length
      while (writes.length > 0) {
        const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: writes } }))
        writes = (answer.UnprocessedItems?.[tableName] ?? []) as typeof writes
      }
    }
    from = page.LastEvaluatedKey
  } while (from)
  client.destroy()
  return deleted
}

async function fill(): Promise<void> {
  await deleteSessionTable({ tableName, endpoint: direct })
  await createSessionTable({ tableName, endpoint: direct })
  const client = new DynamoDBClient({ endpoint: direct })
  const time = { N: String(Date.now() / 1000 - 2 * MAX_AGE) }
  for (let n = 0; n < RECORDS; n += 25) {
    const puts = Array.from({ length: Math.min(25, RECORDS - n) }, (_, index) => ({
      PutRequest: {
        Item: {
          session_id: { S: String(n + index).padStart(64, '0') },
          data: { S: '{"user":"ada"}' },
          created_at: time,
          updated_at: time,
        },
      },
    }))
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: puts } }))
  }
  client.destroy()
}
