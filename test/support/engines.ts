import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, inject, it } from 'vitest'
import { createSessionTable, deleteSessionTable } from '../../src/index.ts'
import type { TableOptions } from '../../src/index.ts'
import type { EngineInfo } from '../engines/index.ts'

let tables = 0

/** A table of its own on one engine, made before the suite's tests and deleted after them. */
export interface TestTable {
  readonly engine: EngineInfo
  /** Options that reach the table, and wait for it: a busy machine must not make a client send what it counts again. */
  readonly options: {
    readonly tableName: string
    readonly endpoint: string
    readonly requestTimeout: number
    readonly transport: Transport
  }
  /** A bare client, to look at what the table really holds and to write what others would. */
  readonly client: DynamoDBClient
}

/** Whether an engine knows items only: no time to live, no PartiQL, no tags, no index that is added later. */
export function isBasic({ name }: EngineInfo): boolean {
  return name === 'dynalite' || name === 'memory'
}

type Transport = 'http' | 'sdk'

const TRANSPORT_VARIABLE = 'AWS_DYNAMO_DB_SESSION_TRANSPORT'

/** Each engine takes one transport, so that a run tries both and takes no longer; `TRANSPORT` pins it. */
function transportOf({ name }: EngineInfo): Transport {
  const { TRANSPORT: pinned } = process.env
  if (pinned === 'http' || pinned === 'sdk') return pinned
  return name === 'dynalite' ? 'sdk' : 'http'
}

/** `tables`: a suite that looks at what a table has besides items. */
type About = 'items' | 'tables'

/** Whether a suite runs on an engine. */
export type Turn = (engine: EngineInfo) => boolean

/**
 * For one of several ways in which a suite is run: the majors of a framework, the kinds of a client. Of all pairs of a way and an engine,
 * `npm test` runs one for each way, by turns, and `npm run test:e2e` the others, as the variable `PAIRS` says: `some`, `others` or `all`.
 * Files of tests call it by this name, by which vitest.e2e.config.ts finds them.
 */
export function inTurn(way: number): Turn {
  const { PAIRS } = process.env
  if (PAIRS !== 'some' && PAIRS !== 'others') return () => true
  const engines = inject('engines')
  const own = engines[way % engines.length]?.name
  return ({ name }) => (name === own) === (PAIRS === 'some')
}

/** Runs a suite on every engine at hand that has what it is about. */
export function onEngines(title: string, suite: (engine: EngineInfo) => void, about: About, isTurn: Turn = () => true): void {
  const engines = inject('engines').filter(isTurn)
  if (engines.length === 0) it.skip('is left out: on the one engine at hand `npm test` runs all of it')
  describe.each(engines)(title, (engine) => {
    if (about === 'tables' && engine.name === 'memory')
      it.skip('is left out: dynamodb-sessions/testing keeps items, not what a table has besides')
    else suite(engine)
  })
}

/** Runs a suite on every engine at hand, each with a fresh table. */
export function onEveryEngine(suite: (table: TestTable) => void, options: TableOptions = {}, about: About = 'items'): void {
  onEngines('on $name', withTable(suite, options), about)
}

/** The same on the engines whose turn it is: see `inTurn`. */
export function onEnginesOf(isTurn: Turn, suite: (table: TestTable) => void, options: TableOptions = {}): void {
  onEngines('on $name', withTable(suite, options), 'items', isTurn)
}

function withTable(suite: (table: TestTable) => void, options: TableOptions): (engine: EngineInfo) => void {
  return (engine) => {
    const tableName = `test-${process.pid}-${Date.now()}-${tables++}`
    const transport = transportOf(engine)
    const own = { tableName, endpoint: engine.endpoint, requestTimeout: 20_000, transport }
    const client = bareClient(engine.endpoint)
    // For options that a test puts together by itself.
    let before: string | undefined
    beforeAll(async () => {
      before = process.env[TRANSPORT_VARIABLE]
      process.env[TRANSPORT_VARIABLE] = transport
      await createSessionTable({ ...options, ...own })
    })
    afterAll(async () => {
      await deleteSessionTable(own)
      if (before === undefined) Reflect.deleteProperty(process.env, TRANSPORT_VARIABLE)
      else process.env[TRANSPORT_VARIABLE] = before
      client.destroy()
    })
    suite({ engine, options: own, client })
  }
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
