// One read and one write of ours beside the same by the SDK alone.
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { VISITOR } from './contenders.ts'
import { createSessionStore } from '../src/index.ts'
import { median, table } from './results.ts'

/** Pairs of a bare call and ours. */
export async function measureCalls(endpoint: string, tableName: string, rounds: number, calls: number): Promise<string> {
  const client = new DynamoDBClient({ endpoint })
  const store = createSessionStore<typeof VISITOR>({ tableName, endpoint })
  let record = await store.create(VISITOR)
  let count = 0
  const Key = { session_id: { S: record.key } }
  const bareGet = (): Promise<unknown> => client.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }))
  const bareUpdate = (): Promise<unknown> =>
    client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { session_id: { S: 'bare' } },
        UpdateExpression: 'SET #d = :d, updated_at = :u, expire_at = :e, version = :v',
        ExpressionAttributeNames: { '#d': 'data' },
        ExpressionAttributeValues: {
          ':d': { S: JSON.stringify({ ...VISITOR, count: count++ }) },
          ':u': { N: String(Date.now() / 1000) },
          ':e': { N: '2000000000' },
          ':v': { S: String(count) },
        },
      }),
    )
  const update = async (): Promise<void> => {
    record = (await store.update(record, { ...VISITOR, count: count++ })) as typeof record
  }
  const pairs = { read: [bareGet, () => store.read(record.id)], write: [bareUpdate, update] } as const
  const rows: string[][] = []
  for (const [name, [bare, ours]] of Object.entries(pairs)) {
    const costs: [number[], number[]] = [[], []]
    for (let round = -2; round < rounds * 2; round++) {
      // Whichever runs second finds a warmer machine, so they take turns.
      for (const which of round % 2 ? ([0, 1] as const) : ([1, 0] as const)) {
        const cost = await cpuOf(which === 0 ? bare : ours, calls)
        if (round >= 0) costs[which].push(cost)
      }
    }
    const ratio = median(costs[1].map((cost, round) => cost / (costs[0][round] ?? NaN)))
    rows.push([name, median(costs[0]).toFixed(0), median(costs[1]).toFixed(0), `×${ratio.toFixed(2)}`])
  }
  return table(['client CPU, µs', 'bare SDK', 'createSessionStore', 'ratio'], rows)
}

async function cpuOf(call: () => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage()
  for (let n = 0; n < calls; n++) await call()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}
