// A client and a document of one's own, without conditions: one read a page, and last writer wins.
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { randomUUID } from 'node:crypto'
import { LIFETIME, VISITOR, found } from './contender.ts'
import type { Contender, Visitor } from './contender.ts'

export function bare(endpoint: string, table: string): Contender {
  const client = new DynamoDBClient({ endpoint })
  const key = (id: string): { session_id: { S: string } } => ({ session_id: { S: id } })
  const inAFortnight = (): { N: string } => ({ N: String(Math.ceil(Date.now() / 1000) + LIFETIME) })
  const put = (id: string, data: Visitor): Promise<unknown> =>
    client.send(
      new PutItemCommand({ TableName: table, Item: { ...key(id), data: { S: JSON.stringify(data) }, expire_at: inAFortnight() } }),
    )
  const get = async (id: string): Promise<Visitor> => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key(id), ConsistentRead: true }))
    return JSON.parse(found(Item?.data?.S)) as Visitor
  }
  return {
    async create() {
      const id = randomUUID()
      await put(id, VISITOR)
      return id
    },
    view: get,
    async rolling(id) {
      await get(id)
      const set = { UpdateExpression: 'SET expire_at = :e', ExpressionAttributeValues: { ':e': inAFortnight() } }
      await client.send(new UpdateItemCommand({ TableName: table, Key: key(id), ...set }))
    },
    async change(id) {
      const data = await get(id)
      await put(id, { ...data, count: data.count + 1 })
    },
    end: (id) => client.send(new DeleteItemCommand({ TableName: table, Key: key(id) })),
  }
}
