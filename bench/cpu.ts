// What a call costs: requests, and client CPU beside a bare SDK call on the same engine, in interleaved rounds.
// The engine runs in a process of its own, so that its work is not counted as ours.
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createSessionStore, createSessionTable } from '../src/index.ts'
import { createDynamoSessionStorage } from '../src/react-router.ts'

const CALLS = Number(process.env.CALLS ?? 400)
const ROUNDS = Number(process.env.ROUNDS ?? 15)

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
process.env.AWS_REGION ??= 'us-east-1'

const engine = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('engine.ts', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const [line] = (await once(createInterface(engine.stdout), 'line')) as [string]
const [name, endpoint] = line.split(' ') as [string, string]

const tableName = 'bench'
await createSessionTable({ tableName, endpoint })
const client = new DynamoDBClient({ endpoint })
const store = createSessionStore<{ user: string; n: number; cart: string[] }>({ tableName, endpoint, touchAfter: 3600 })
const storage = createDynamoSessionStorage({ tableName, endpoint, secretKey: 'bench', touchAfter: 3600 })

const data = { user: 'ada', n: 0, cart: Array.from({ length: 10 }, (_, n) => `item ${n}`) }
let record = await store.create(data)
const session = await storage.getSession()
for (const [key, value] of Object.entries(data)) session.set(key, value)
const cookie = (await storage.commitSession(session)).split(';')[0] as string
const Key = { session_id: { S: record.key } }
let n = 0

const rows: Record<string, () => Promise<unknown>> = {
  'bare SDK get': () => client.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true })),
  'store.read': () => store.read(record.id),
  'React Router getSession': () => storage.getSession(cookie),
  'bare SDK update': () =>
    client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { session_id: { S: 'bare' } },
        UpdateExpression: 'SET #d = :d, updated_at = :u, expire_at = :e, version = :v',
        ExpressionAttributeNames: { '#d': 'data' },
        ExpressionAttributeValues: {
          ':d': { S: JSON.stringify({ ...data, n: n++ }) },
          ':u': { N: String(Date.now() / 1000) },
          ':e': { N: '2000000000' },
          ':v': { S: String(n) },
        },
      }),
    ),
  'store.update': async () => (record = (await store.update(record, { ...data, n: n++ })) as typeof record),
}

const costs: Record<string, number[]> = Object.fromEntries(Object.keys(rows).map((row) => [row, []]))
for (let round = -2; round < ROUNDS; round++) {
  for (const [row, call] of Object.entries(rows)) {
    const before = process.cpuUsage()
    for (let i = 0; i < CALLS; i++) await call()
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) costs[row]?.push((user + system) / CALLS)
  }
}

console.log(`engine ${name}, Node ${process.version}, ${ROUNDS} rounds of ${CALLS} calls, medians`)
const base = (row: string): string => (row.includes('update') ? 'bare SDK update' : 'bare SDK get')
for (const row of Object.keys(rows)) {
  console.log(
    `${row.padEnd(26)} ${median(costs[row]).toFixed(0).padStart(5)} µs CPU   ×${(median(costs[row]) / median(costs[base(row)])).toFixed(2)}`,
  )
}
console.log(`\nimport time, fresh process, median of 9 (the SDK alone: ${importTime('@aws-sdk/client-dynamodb').toFixed(0)} ms)`)
for (const face of ['index', 'driver', 'react-router'])
  console.log(`${face.padEnd(26)} ${importTime(`./dist/${face}.mjs`).toFixed(0).padStart(5)} ms`)
engine.kill()
process.exit(0)

function importTime(specifier: string): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t)`
  return median(
    Array.from({ length: 9 }, () =>
      Number(execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { encoding: 'utf8' })),
    ),
  )
}

function median(list: number[] | undefined): number {
  return list?.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN
}
