// A storage of one of the frameworks, on a table of its own.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import dynamodbDriver from '../../../src/driver.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { cookieOf } from '../../support/cookie.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'

export interface Session {
  readonly id: string
  readonly data: Record<string, unknown>
  has(name: string): boolean
  get(name: string): unknown
  set(name: string, value: unknown): void
  flash(name: string, value: unknown): void
  unset(name: string): void
}

interface SerializeOptions {
  maxAge?: number
  expires?: Date
  path?: string
  grace?: number
}

export interface Storage {
  getSession(header?: string | null): Promise<Session>
  commitSession(session: Session, options?: SerializeOptions): Promise<string>
  destroySession(session: Session, options?: SerializeOptions): Promise<string>
  regenerateSession(session: Session, options?: SerializeOptions): Promise<string>
  withSession<T>(header: string | null, fn: (session: Session) => T | Promise<T>): Promise<{ value: T; setCookie?: string }>
}

interface Cookie {
  readonly name: string
  serialize(value: unknown): Promise<string>
}

type StorageOptions = Omit<SessionOptions, 'cookie'> & { cookie?: object }

export interface Framework {
  createDynamoSessionStorage(options: StorageOptions): Storage
  createCookie(name: string, options?: object): Cookie
  createSession(data?: Record<string, unknown>, id?: string): Session
  isSession(value: unknown): boolean
}

/** What each suite works with; a proxy counts the requests. */
export interface Storages extends TestTable {
  readonly proxy: Proxy
  make(more?: StorageOptions): Storage
  /** On another host: a client and a queue of its own. */
  elsewhere(more?: StorageOptions): Storage
  /** Stores a session and gives the Cookie header back. */
  stored(storage: Storage, data?: Record<string, unknown>): Promise<string>
  /** All that the table holds. */
  items(): Promise<Record<string, AttributeValue>[]>
}

export const SECRET = 'a long and random secret'

export function useStorages({ createDynamoSessionStorage }: Framework, table: TestTable): Storages {
  const { engine, options, client } = table
  const proxy = useProxy(engine)
  return {
    ...table,
    proxy,
    make: (more = {}) => createDynamoSessionStorage({ ...options, endpoint: proxy.endpoint, secretKey: SECRET, ...more }),
    elsewhere: (more = {}) =>
      createDynamoSessionStorage({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), secretKey: SECRET, ...more }),
    async stored(storage, data = { a: 1 }) {
      const session = await storage.getSession()
      for (const [name, value] of Object.entries(data)) session.set(name, value)
      return cookieOf(await storage.commitSession(session))
    },
    items: async () => (await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))).Items ?? [],
  }
}
