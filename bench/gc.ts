// Garbage collection beside the way of the Ruby gem: scan a page, delete it in unconditional batches of 25, one after the other.
// The engine and the latency are processes of their own, so that their work is not counted as ours.
import { BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { collectGarbage, createSessionTable, deleteSessionTable } from '../src/index.ts'

const RECORDS = Number(process.env.RECORDS ?? 10_000)
const ROUNDS = Number(process.env.ROUNDS ?? 3)
const MAX_AGE = 86_400

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
process.env.AWS_REGION ??= 'us-east-1'

const children: ChildProcess[] = []
const [name, direct] = (await start('engine.ts')).split(' ') as [string, string]
const tableName = 'bench-gc'
console.log(`engine ${name}, Node ${process.version}, ${RECORDS} records, medians of ${ROUNDS} rounds`)
for (const latency of [0, 10]) {
  const endpoint = latency === 0 ? direct : await start('delay.ts', direct, String(latency))
  const ways = { 'as the gem does it': () => likeTheGem(endpoint), collectGarbage: () => ours(endpoint) }
  const measured: Record<string, { rate: number; cpu: number }[]> = {}
  for (let round = -1; round < ROUNDS; round++) {
    for (const [way, run] of Object.entries(ways)) {
      await fill()
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      const deleted = await run()
      const seconds = (performance.now() - startedAt) / 1000
      const { user, system } = process.cpuUsage(cpu)
      if (deleted !== RECORDS) throw new Error(`${way} deleted ${deleted} of ${RECORDS}`)
      if (round >= 0) (measured[way] ??= []).push({ rate: deleted / seconds, cpu: (user + system) / deleted })
    }
  }
  for (const [way, runs] of Object.entries(measured)) {
    const rate = median(runs.map((run) => run.rate)).toFixed(0)
    const cpu = median(runs.map((run) => run.cpu)).toFixed(1)
    console.log(`${latency} ms latency  ${way.padEnd(20)} ${rate.padStart(7)} deletes/s  ${cpu.padStart(7)} µs CPU a record`)
  }
}
for (const child of children) child.kill('SIGKILL')
process.exit(0)

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

async function start(file: string, ...args: string[]): Promise<string> {
  const script = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}

function median(list: number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
}
