// Whether a call costs the same in a large table: two tables of one engine, in turns.
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore, createSessionTable } from '../src/index.ts'
import { VISITOR } from './contenders.ts'
import { median, table } from './results.ts'

const SMALL = 1000
const CALLS = 500
const ROUNDS = 9

export async function measureScale(endpoint: string, records: number): Promise<string> {
  const calls = await Promise.all([SMALL, records].map((size) => filled(endpoint, size)))
  const costs = calls.map(() => ({
    read: { cpu: [] as number[], time: [] as number[] },
    update: { cpu: [] as number[], time: [] as number[] },
  }))
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, { read, update }] of calls.entries()) {
      for (const [name, call] of Object.entries({ read, update }) as ['read' | 'update', () => Promise<unknown>][]) {
        const began = performance.now()
        const before = process.cpuUsage()
        for (let n = 0; n < CALLS; n++) await call()
        const { user, system } = process.cpuUsage(before)
        if (round < 0) continue
        costs[index]?.[name].cpu.push((user + system) / CALLS)
        costs[index]?.[name].time.push(((performance.now() - began) * 1000) / CALLS)
      }
    }
  }
  const rows = [SMALL, records].map((size, index) => {
    const { read, update } = costs[index] as (typeof costs)[number]
    const medians = [read.cpu, read.time, update.cpu, update.time].map((list) => median(list).toFixed(0))
    return [size.toLocaleString('en')].concat(medians)
  })
  const text = table(['records', 'read, µs CPU', 'read, µs', 'update, µs CPU', 'update, µs'], rows)
  console.log(`\nScale\n\n${text}`)
  return `### Scale\n\n${text}`
}

async function filled(endpoint: string, records: number): Promise<Record<'read' | 'update', () => Promise<unknown>>> {
  const tableName = `bench-${records}`
  await createSessionTable({ tableName, endpoint })
  const client = new DynamoDBClient({ endpoint })
  const now = Math.floor(Date.now() / 1000)
  const data = { S: JSON.stringify(VISITOR) }
  const times = { created_at: { N: String(now) }, updated_at: { N: String(now) }, expire_at: { N: String(now + 86_400) } }
  const item = (n: number) => ({ session_id: { S: String(n).padStart(64, '0') }, data, ...times, version: { S: 'filler' } })
  let next = 0
  const fill = async (): Promise<void> => {
    while (next < records) {
      const first = next
      next += 25
      const requests = Array.from({ length: Math.min(25, records - first) }, (_, n) => ({ PutRequest: { Item: item(first + n) } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }))
    }
  }
  await Promise.all([fill(), fill(), fill(), fill()])
  const store = createSessionStore<typeof VISITOR>({ tableName, endpoint })
  let record = await store.create(VISITOR)
  return {
    read: () => store.read(record.id),
    update: async () => (record = (await store.update(record, { ...VISITOR, count: record.data.count + 1 })) as typeof record),
  }
}
