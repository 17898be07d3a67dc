import type { Item, Operation } from './core/dynamodb/model.ts'
import { CONNECTION } from './core/options/types.ts'
import { withProvided } from './core/options/provided.ts'
import type { SessionOptions } from './core/options/options.ts'
import { createSessionStore } from './core/sessions/store.ts'
import type { SessionStore } from './core/sessions/store.ts'
import dynamodbDriver from './driver.ts'
import type { DynamoDBDriver } from './driver.ts'
import { resolveTableOptions } from './table/definition.ts'
import { createClock } from './testing/clock.ts'
import type { TestClock } from './testing/clock.ts'
import { createEngine } from './testing/engine.ts'
import { createFaults } from './testing/faults.ts'
import type { TestFaults } from './testing/faults.ts'
import { createTestStorage } from './testing/storage.ts'
import type { TestStorage } from './testing/storage.ts'
import { clientOf, createTransport } from './testing/transport.ts'

export type { TestClock } from './testing/clock.ts'
export type { FaultKind, FaultOptions, TestFaults } from './testing/faults.ts'
export type { TestSession, TestStorage } from './testing/storage.ts'

/** Any options of sessions. What says how to reach DynamoDB is left out: nothing is sent anywhere. */
export type TestSessionsOptions = Omit<SessionOptions, 'client' | 'driver'>

/** Sessions in memory, and what tests do to them. */
export interface TestSessions<Data> {
  /** The storage of React Router and Remix 2, without either. */
  readonly storage: TestStorage<Data>
  readonly store: SessionStore<Data>
  /** For unstorage, and for every adapter's option `driver`. */
  readonly driver: DynamoDBDriver
  /** For every adapter, as in `createDynamoSessionStorage(sessions.options)`: the given options, the driver and a secret. */
  readonly options: SessionOptions & { readonly driver: DynamoDBDriver }
  readonly clock: TestClock
  readonly faults: TestFaults
  /** The operations of DynamoDB that were sent, in their order: `GetItem`, `UpdateItem`, ... A test may empty it. */
  readonly requests: Operation[]
  /** What the table holds, in DynamoDB's JSON and in no particular order; copies. */
  items(): Item[]
  /** Ends the test: the clock is the machine's again, and no fault is left. */
  dispose(): void
}

const SECRET = 'a secret for tests, which no application has'

/**
 * Sessions on a table in memory, for the unit tests of an application: no engine, no network, no AWS. It does what DynamoDB does with the
 * requests of this package; other requests fail by a `DynamoDBRequestError` that says so.
 *
 * @param options those of the application, `secretKey` included or not.
 * @throws InvalidOptionError for an unknown or ill-typed option, and for a `keyPrefix` without a separator at its end.
 * @example
 * const { storage, clock } = createTestSessions<{ userId: string }>({ maxStale: 60 })
 * const session = await storage.getSession()
 * session.set('userId', '42')
 * const cookie = await storage.commitSession(session)
 * clock.advance(61)
 * expect((await storage.getSession(cookie)).has('userId')).toBe(false)
 */
export function createTestSessions<Data extends object = Record<string, unknown>>(options: TestSessionsOptions = {}): TestSessions<Data> {
  const { region: _region, endpoint: _endpoint, credentials: _credentials, transport: _transport, ...given } = withProvided(options)
  const engine = createEngine()
  const clock = createClock()
  const { faults, next } = createFaults()
  const requests: Operation[] = []
  const transport = createTransport(engine, next, (operation) => requests.push(operation))
  const own = Object.entries(given).filter(([name, value]) => name !== 'driver' && value !== undefined)
  const { definition } = resolveTableOptions(Object.fromEntries(own))
  const { tableName: TableName } = definition
  engine.run('CreateTable', { TableName, ...definition.request })

  const driver = dynamodbDriver({ ...Object.fromEntries(own), client: clientOf(transport) })
  const ofSessions = own.filter(([name]) => !(CONNECTION as readonly string[]).includes(name))
  const all = { secretKey: SECRET, ...Object.fromEntries(ofSessions), driver }
  return {
    storage: createTestStorage<Data>(all),
    store: createSessionStore<Data>(all),
    driver,
    options: all,
    clock,
    faults,
    requests,
    items() {
      const found: Item[] = []
      let from: Item | undefined
      do {
        const { Items = [], LastEvaluatedKey } = engine.run('Scan', { TableName, ...(from ? { ExclusiveStartKey: from } : {}) })
        found.push(...Items)
        from = LastEvaluatedKey
      } while (from)
      return found
    },
    dispose() {
      clock.reset()
      faults.clear()
    },
  }
}
