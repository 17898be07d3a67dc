// What the table holds of a browser's sessions, past the package.
import { BatchGetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'

export interface Found {
  readonly key: string
  readonly data: Record<string, unknown>
  readonly updatedAt: number
  readonly expireAt: number
  /** Of an old id in its grace time, which can be read; else the record is live. */
  readonly isMoved: boolean
}

type Item = Record<string, AttributeValue>

export async function foundOf(client: DynamoDBClient, table: string, keys: readonly string[]): Promise<Found[]> {
  if (keys.length === 0) return []
  const Keys = keys.slice(-100).map((key) => ({ session_id: { S: key } }))
  const { Responses } = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }))
  return (Responses?.[table] ?? []).flatMap(toFound)
}

export async function allFound(client: DynamoDBClient, TableName: string): Promise<Found[]> {
  const all: Item[] = []
  let ExclusiveStartKey: Item | undefined
  do {
    const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }),
    )
    all.push(...(page.Items ?? []))
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
  return all.flatMap(toFound)
}

/** By a clock that is right. Throws where a write made an item of nothing. */
function toFound({ session_id, data, moved, max_expire_at, updated_at, expire_at }: Item): Found[] {
  const now = performance.timeOrigin + performance.now()
  const end = Number(expire_at?.N ?? Infinity)
  if (!data?.S && !moved) throw new Error(`an item without data was made: ${session_id?.S}`)
  if (!data?.S || end * 1000 <= now) return []
  if (moved && !(Number(max_expire_at?.N) * 1000 > now)) return []
  return [
    {
      key: String(session_id?.S),
      data: JSON.parse(data.S) as Record<string, unknown>,
      updatedAt: Number(updated_at?.N),
      expireAt: end,
      isMoved: moved !== undefined,
    },
  ]
}
