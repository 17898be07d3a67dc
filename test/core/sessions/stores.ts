// Stores on a table of their own, as on several hosts, and what the table holds.
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord, SessionStore } from '../../../src/index.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'

export type Data = Record<string, unknown>
type Item = Record<string, AttributeValue>

export interface Stores extends TestTable {
  readonly proxy: Proxy
  /** What a failed condition costs besides: dynalite has no ALL_OLD there. */
  readonly reads: readonly string[]
  /** A store with a client and a queue of its own, as on another host. */
  host(more?: SessionOptions): SessionStore<Data>
  store(more?: SessionOptions): SessionStore<Data>
  itemAt(key: string): Promise<Item | undefined>
  put(item: Item): Promise<unknown>
  setAttribute(key: string, name: string, value: AttributeValue): Promise<unknown>
}

export function useStores(table: TestTable): Stores {
  const { engine, options, client } = table
  const { tableName: TableName } = options
  const proxy = useProxy(engine)
  const keyOf = (key: string): Item => ({ session_id: { S: key } })
  let stores = 0
  return {
    ...table,
    proxy,
    reads: engine.name === 'dynalite' ? ['GetItem'] : [],
    host: (more = {}) => createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), ...more }),
    store: (more = {}) => createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, maxAttempts: 4 + (stores++ % 3), ...more }),
    itemAt: async (key) => (await client.send(new GetItemCommand({ TableName, Key: keyOf(key), ConsistentRead: true }))).Item,
    put: (Item) => client.send(new PutItemCommand({ TableName, Item })),
    setAttribute: (key, name, value) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: keyOf(key),
          UpdateExpression: 'SET #n = :v',
          ExpressionAttributeNames: { '#n': name },
          ExpressionAttributeValues: { ':v': value },
        }),
      ),
  }
}

/** The record as it is now. */
export async function alive(of: SessionStore<Data>, { id }: SessionRecord<Data>): Promise<SessionRecord<Data>> {
  return must(await of.read(id))
}

export function must<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('there is nothing')
  return value
}
