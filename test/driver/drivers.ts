// Drivers on the table of a suite, and a look at their items.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import type { DynamoDBDriverOptions } from '../../src/driver.ts'
import { useProxy } from '../support/proxy.ts'
import type { Proxy } from '../support/proxy.ts'
import type { TestTable } from '../support/engines.ts'

/** Moves the clock without touching timers. */
export function atTime(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: milliseconds })
}

export interface Drivers {
  readonly proxy: Proxy
  /** A driver behind the proxy, whose keys no other test sees. */
  make(more?: DynamoDBDriverOptions): Driver
  itemAt(key: string): Promise<Record<string, AttributeValue> | undefined>
  put(item: Record<string, AttributeValue>): Promise<unknown>
}

export function useDrivers({ engine, options, client }: TestTable): Drivers {
  const proxy = useProxy(engine)
  let prefixes = 0
  const make = (more: DynamoDBDriverOptions = {}): Driver =>
    dynamodbDriver({ ...options, endpoint: proxy.endpoint, keyPrefix: `t${prefixes++}:`, ...more })

  const itemAt = async (key: string): Promise<Record<string, AttributeValue> | undefined> =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item
  const put = (item: Record<string, AttributeValue>): Promise<unknown> =>
    client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
  return { proxy, make, itemAt, put }
}

type Driver = ReturnType<typeof dynamodbDriver>
