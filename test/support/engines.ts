import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { createSessionTable, deleteSessionTable } from '../../src/index.ts'
import type { TableOptions } from '../../src/index.ts'
import type { EngineInfo } from '../engines/index.ts'

let tables = 0

/** A table of its own on one engine, made before the suite's tests and deleted after them. */
export interface TestTable {
  readonly engine: EngineInfo
  /** Options that reach the table, and wait for it: a busy machine must not make a client send what it counts again. */
  readonly options: { readonly tableName: string; readonly endpoint: string; readonly requestTimeout: number }
  /** A bare client, to look at what the table really holds and to write what others would. */
  readonly client: DynamoDBClient
}

/** Runs a suite on every engine at hand, each with a fresh table. */
export function onEveryEngine(suite: (table: TestTable) => void, options: TableOptions = {}): void {
  describe.each(inject('engines'))('on $name', (engine) => {
    const tableName = `test-${process.pid}-${Date.now()}-${tables++}`
    const own = { tableName, endpoint: engine.endpoint, requestTimeout: 20_000 }
    const client = bareClient(engine.endpoint)
    beforeAll(async () => {
      await createSessionTable({ ...options, ...own })
    })
    afterAll(async () => {
      await deleteSessionTable(own)
      client.destroy()
    })
    suite({ engine, options: own, client })
  })
}

export function bareClient(endpoint: string, config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, ...config })
}

/** Counts the requests that a client sends, by operation. */
export function countRequests(client: DynamoDBClient): { readonly all: string[]; reset(): void } {
  const all: string[] = []
  client.middlewareStack.add(
    (next, context) => (args) => {
      all.push(String((context as { commandName?: string }).commandName).replace(/Command$/, ''))
      return next(args)
    },
    { step: 'initialize', name: 'countRequests' },
  )
  return { all, reset: () => void all.splice(0) }
}
