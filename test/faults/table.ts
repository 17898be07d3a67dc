// What readers would find in the table, past the proxy and past the package's own reading.
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { LiveItem } from './checker.ts'

type Item = Record<string, AttributeValue>

export async function liveItems(client: DynamoDBClient, TableName: string): Promise<LiveItem[]> {
  const live: LiveItem[] = []
  let ExclusiveStartKey: Item | undefined
  do {
    const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }),
    )
    live.push(...(page.Items ?? []).filter(({ moved }) => !moved).map(toLive))
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
  return live
}

export async function liveItem(client: DynamoDBClient, TableName: string, key: string): Promise<LiveItem | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { session_id: { S: key } }, ConsistentRead: true }))
  return Item && !Item.moved ? toLive(Item) : undefined
}

function toLive({ session_id, data, updated_at, expire_at, lock_expires_at }: Item): LiveItem {
  if (!data?.S) throw new Error(`an item without data was made: ${session_id?.S}`)
  return {
    key: String(session_id?.S),
    data: JSON.parse(data.S) as Record<string, unknown>,
    updatedAt: Number(updated_at?.N),
    expireAt: Number(expire_at?.N),
    ...(lock_expires_at?.N === undefined ? {} : { lockedUntil: Number(lock_expires_at.N) * 1000 }),
  }
}
