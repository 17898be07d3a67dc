// Tables that a suite makes itself.
import type { TableOptions } from '../../src/index.ts'
import { bareClient, isBasic, onEngines } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { EngineInfo } from '../engines/index.ts'
import type { ProxiedRequest, Proxy } from '../support/proxy.ts'

export interface Tables {
  readonly proxy: Proxy
  readonly client: DynamoDBClient
  readonly hasTtl: boolean
  /** Options for a table that is not there yet, through the proxy. */
  fresh(more?: TableOptions): TableOptions
}

/** No table of a suite is one that another host may be making, unless it says so. */
export function asOld({ operation }: ProxiedRequest, answer: unknown): unknown {
  return operation === 'DescribeTable' ? { Table: { ...(answer as { Table: object }).Table, CreationDateTime: 1e9 } } : answer
}

/** Runs a suite on every engine that knows more of tables than their keys. */
export function onTables(suite: (engine: EngineInfo) => void): void {
  onEngines('tables on $name', suite, 'tables')
}

let tables = 0

export function useTables(engine: EngineInfo): Tables {
  const hasTtl = !isBasic(engine)
  const proxy = useProxy(engine)
  const { reset } = proxy
  proxy.reset = () => {
    reset()
    proxy.rewrite = asOld
  }
  const client = bareClient(engine.endpoint)
  const fresh = (more: TableOptions = {}): TableOptions => ({
    tableName: `table-${process.pid}-${Date.now()}-${tables++}`,
    endpoint: proxy.endpoint,
    ...more,
  })
  return { proxy, client, hasTtl, fresh }
}
