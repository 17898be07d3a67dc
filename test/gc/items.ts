// What garbage collection finds in a table, and leaves there.
import { BatchWriteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { afterEach } from 'vitest'
import type { GarbageCollectionOptions } from '../../src/index.ts'
import { isBasic } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import type { Proxy } from '../support/proxy.ts'

export const DAY: number = 24 * 60 * 60
export const hex = (n: number | string): string => String(n).padStart(64, '0')
/** A time so many seconds ago, as the store and as the gem writes it. */
export const at = (ago: number): AttributeValue => ({ N: String(Date.now() / 1000 - ago) })
export const asText = (ago: number): AttributeValue => ({ S: String(Date.now() / 1000 - ago) })
/** Of an item that is due by `maxAge: DAY`. */
export const old = (): Record<string, AttributeValue> => ({ created_at: at(2 * DAY), updated_at: at(2 * DAY) })
/** What an engine says whose caller may not do that. */
export const DENIED = { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'no' } } as const

export interface Items {
  readonly proxy: Proxy
  /** The table's options through the proxy. */
  proxied(): GarbageCollectionOptions
  readonly hasPartiQL: boolean
  put(key: string, attributes: Record<string, AttributeValue>): Promise<void>
  /** Puts items with the keys `hex(0)`, `hex(1)` and so on. */
  fill(count: number, attributes: (n: number) => Record<string, AttributeValue>): Promise<void>
  /** The keys that are left, sorted. */
  keys(): Promise<string[]>
}

/** The items of a table, which each test finds empty. */
export function useItems({ engine, options, client }: TestTable): Items {
  const proxy = useProxy(engine)
  const proxied = (): GarbageCollectionOptions => ({ ...options, endpoint: proxy.endpoint })
  const hasPartiQL = !isBasic(engine)

  async function put(key: string, attributes: Record<string, AttributeValue>): Promise<void> {
    await client.send(
      new PutItemCommand({ TableName: options.tableName, Item: { session_id: { S: key }, data: { S: '{}' }, ...attributes } }),
    )
  }
  async function fill(count: number, attributes: (n: number) => Record<string, AttributeValue>): Promise<void> {
    for (let from = 0; from < count; from += 25) {
      const puts = Array.from({ length: Math.min(25, count - from) }, (_, n) => ({
        PutRequest: { Item: { session_id: { S: hex(from + n) }, data: { S: '{}' }, ...attributes(from + n) } },
      }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: puts } }))
    }
  }
  async function keys(): Promise<string[]> {
    const found: string[] = []
    let next: Record<string, AttributeValue> | undefined
    do {
      const page = await client.send(
        new ScanCommand({ TableName: options.tableName, ConsistentRead: true, ...(next ? { ExclusiveStartKey: next } : {}) }),
      )
      found.push(...(page.Items ?? []).map((item) => item.session_id?.S as string))
      next = page.LastEvaluatedKey
    } while (next)
    return found.toSorted()
  }

  afterEach(async () => {
    const all = await keys()
    for (let from = 0; from < all.length; from += 25) {
      const deletes = all.slice(from, from + 25).map((key) => ({ DeleteRequest: { Key: { session_id: { S: key } } } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: deletes } }))
    }
  })

  return { proxy, proxied, hasPartiQL, put, fill, keys }
}
