// Whether a call costs the same in a large table: two tables of one engine, in turns.
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore, createSessionTable } from 'dynamodb-sessions'
import { VISITOR } from '../contenders/contender.ts'
import type { Visitor } from '../contenders/contender.ts'
import { createReport } from '../measure/report.ts'
import { ROUNDS, cpuOf, inTurns, median } from '../measure/rounds.ts'
import { startEngine } from '../servers/start.ts'

const SIZES = [1000, Number(process.env.RECORDS ?? 1_000_000)]
const CALLS = 100

const { name, endpoint } = await startEngine()
const report = createReport('Scale', 'scale')
report.paragraph(`On ${name}; medians of ${ROUNDS} interleaved rounds of ${CALLS} calls, in brackets the lowest and the highest round.`)
const ways: Record<string, () => Promise<{ cpu: number; time: number }>> = {}
for (const size of SIZES) {
  for (const [action, call] of Object.entries(await filled(size))) {
    ways[`${size}, ${action}`] = async () => {
      const began = performance.now()
      const cpu = await cpuOf(call, CALLS)
      return { cpu, time: ((performance.now() - began) * 1000) / CALLS }
    }
  }
}
const measured = await inTurns(ways)
const rows = SIZES.map((size) => {
  const cells = ['read', 'update'].flatMap((action) => {
    const runs = measured.get(`${size}, ${action}`) ?? []
    const base = measured.get(`${SIZES[0]}, ${action}`) ?? []
    return (['cpu', 'time'] as const).map((figure) => {
      const list = runs.map((run) => run[figure])
      const others = base.map((run) => run[figure])
      const shown = median(list).toFixed(0)
      return runs === base ? `${shown} (×1)` : `${shown}, ${report.ratio(`${size} records: ${action}, ${figure}`, list, others)}`
    })
  })
  return [size.toLocaleString('en')].concat(cells)
})
report.table('A call in a large table', ['records', 'read, µs CPU', 'read, µs', 'update, µs CPU', 'update, µs'], rows)
report.write()
process.exit(0)

async function filled(records: number): Promise<Record<'read' | 'update', () => Promise<unknown>>> {
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
  const store = createSessionStore<Visitor>({ tableName, endpoint })
  let record = await store.create(VISITOR)
  return {
    read: () => store.read(record.id),
    update: async () => (record = (await store.update(record, { ...VISITOR, count: record.data.count + 1 })) as typeof record),
  }
}
