// Garbage collection beside the way of the Ruby gem: scan a page, delete it in unconditional batches of 25, one after the other.
// The engine and the latency are processes of their own, so that their work is not counted as ours.
import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { collectGarbage, createSessionTable, deleteSessionTable } from 'dynamodb-sessions'
import { readFileSync } from 'node:fs'
import { createReport } from '../measure/report.ts'
import { ROUNDS, inTurns, median } from '../measure/rounds.ts'
import { start, startEngine } from '../servers/start.ts'

const RECORDS = Number(process.env.RECORDS ?? 3000)
const MAX_AGE = 86_400

const tableName = 'bench-gc'
const GEM = 'as the gem does it'
const ways: Readonly<Record<string, (endpoint: string) => Promise<number>>> = {
  [GEM]: likeTheGem,
  collectGarbage: (endpoint) => ours(endpoint, 'http'),
  "collectGarbage, transport: 'sdk'": (endpoint) => ours(endpoint, 'sdk'),
}
interface Run {
  readonly rate: number
  readonly cpu: number
  readonly engine: number
  /** The share of a core that the engine used. */
  readonly busy: number
}
const report = createReport('Garbage collection', 'gc')
const { name, endpoint: direct, pid } = await startEngine()
report.paragraph(
  `${RECORDS} records, all due, medians of ${ROUNDS} interleaved rounds; ratios of each round to the gem's way in the same round, in brackets the lowest and the highest. The latency is added to every request by a proxy; all servers are processes of their own.`,
)
await compare(`On ${name}`, direct, fill)
await compare(
  'The clients alone, on a server that answers at once, from memory, and deletes nothing',
  await start('gc-stub.ts', String(RECORDS)),
)
report.write()
process.exit(0)

/** All ways, without and with latency. @param prepare fills the engine before each run; without it there is no engine to measure. */
async function compare(title: string, to: string, prepare?: () => Promise<void>): Promise<void> {
  const rows: string[][] = []
  for (const latency of [0, 10]) {
    const endpoint = latency === 0 ? to : await start('delay.ts', to, String(latency))
    const measured = await inTurns(
      Object.fromEntries(
        Object.keys(ways).map((way) => [
          way,
          async () => {
            await prepare?.()
            return measure(way, endpoint)
          },
        ]),
      ),
    )
    const base = measured.get(GEM) ?? []
    for (const [way, runs] of measured) {
      const beside = (figure: keyof Run, digits: number): string[] => {
        const figures = runs.map((run) => run[figure])
        const shown = median(figures).toFixed(digits)
        const others = base.map((run) => run[figure])
        return [shown, way === GEM ? '×1' : report.ratio(`${title}, ${latency} ms: ${way}, ${figure}`, figures, others)]
      }
      const engine = prepare ? [...beside('engine', 0), `${(median(runs.map(({ busy }) => busy)) * 100).toFixed(0)} %`] : []
      rows.push([`${latency} ms: ${way}`, ...beside('rate', 0), ...beside('cpu', 1), ...engine])
    }
  }
  const engine = prepare ? ['engine CPU, µs a record', 'ratio', "engine's share of a core"] : []
  report.table(title, ['latency', 'deletes/s', 'ratio', 'client CPU, µs a record', 'ratio', ...engine], rows)
}

async function measure(way: string, endpoint: string): Promise<Run> {
  const engine = engineCpu()
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const deleted = (await ways[way]?.(endpoint)) ?? 0
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

async function ours(endpoint: string, transport: 'http' | 'sdk'): Promise<number> {
  return (await collectGarbage({ tableName, endpoint, maxAge: MAX_AGE, transport })).deleted
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
