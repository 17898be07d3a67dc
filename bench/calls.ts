// One call of ours beside the same by the SDK alone. Run alone, it prints that: `tsx bench/calls.ts`.
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { VISITOR } from './contenders.ts'
import { createSessionStore, createSessionTable } from '../src/index.ts'
import { median, table } from './results.ts'
import { startEngine, stopAll } from './start.ts'

type Calls = Record<'read' | 'update' | 'create', () => Promise<unknown>>

/** On one client, given to the store, and as either comes: the store makes a client that is set up for little CPU. */
export async function measureCalls(endpoint: string, tableName: string, rounds: number, calls: number): Promise<string> {
  const shared = new DynamoDBClient({ endpoint })
  const ways = {
    'one client, given to the store': [bare(shared, tableName), await ours({ tableName, client: shared })],
    'a default client, and the store by itself': [bare(new DynamoDBClient({ endpoint }), tableName), await ours({ tableName, endpoint })],
  } as const
  for (const [plain] of Object.values(ways)) await plain.update()
  const rows: string[][] = []
  for (const [way, pair] of Object.entries(ways)) {
    for (const name of ['read', 'update', 'create'] as const) {
      const costs: [number[], number[]] = [[], []]
      for (let round = -2; round < rounds * 2; round++) {
        // Whichever runs second finds a warmer machine, so they take turns.
        for (const which of round % 2 ? ([0, 1] as const) : ([1, 0] as const)) {
          const cost = await cpuOf(pair[which][name], calls)
          if (round >= 0) costs[which].push(cost)
        }
      }
      const ratio = median(costs[1].map((cost, round) => cost / (costs[0][round] ?? NaN)))
      rows.push([`${name}, ${way}`, median(costs[0]).toFixed(0), median(costs[1]).toFixed(0), `×${ratio.toFixed(2)}`])
    }
  }
  return table(['client CPU, µs', 'bare SDK', 'createSessionStore', 'ratio'], rows)
}

/** Without conditions: what an application would write that loses updates. */
function bare(client: DynamoDBClient, TableName: string): Calls {
  const Key = { session_id: { S: 'bare' } }
  const attributes = () => ({
    ':d': { S: data() },
    ':u': { N: String(Date.now() / 1000) },
    ':e': { N: '2000000000' },
    ':v': { S: 'version' },
  })
  const update = (): Promise<unknown> =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #d = :d, updated_at = :u, expire_at = :e, version = :v',
        ExpressionAttributeNames: { '#d': 'data' },
        ExpressionAttributeValues: attributes(),
      }),
    )
  const create = (): Promise<unknown> => {
    const { ':d': d, ':u': updated_at, ':e': expire_at, ':v': version } = attributes()
    const Item = { session_id: { S: randomUUID() }, data: d, created_at: updated_at, updated_at, expire_at, version }
    return client.send(new PutItemCommand({ TableName, Item }))
  }
  return { read: () => client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })), update, create }
}

async function ours(options: Parameters<typeof createSessionStore>[0]): Promise<Calls> {
  const store = createSessionStore<typeof VISITOR>(options)
  let record = await store.create(VISITOR)
  return {
    read: () => store.read(record.id),
    update: async () => (record = (await store.update(record, JSON.parse(data()) as typeof VISITOR)) as typeof record),
    create: () => store.create(JSON.parse(data()) as typeof VISITOR),
  }
}

let count = 0
const data = (): string => JSON.stringify({ ...VISITOR, count: count++ })

async function cpuOf(call: () => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage()
  for (let n = 0; n < calls; n++) await call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

// Without this, and the region and credentials that `start.ts` sets, it asked the network for both and never came back.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { endpoint } = await startEngine()
  await createSessionTable({ tableName: 'bench', endpoint })
  console.log(await measureCalls(endpoint, 'bench', Number(process.env.ROUNDS ?? 9), Number(process.env.CALLS ?? 200)))
  await stopAll()
  process.exit(0)
}
