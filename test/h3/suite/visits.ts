// A server with one of the majors of h3, and a browser that visits it.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { once } from 'node:events'
import { request as sendRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { useDynamoSession } from '../../../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions, SessionEvent, SessionMiddleware } from '../../../src/h3.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionStore } from '../../../src/index.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'
import { listen } from '../../support/serve.ts'

/** What a test puts into the application before it asks for something. */
export interface Routes {
  middleware: SessionMiddleware | undefined
  handler: (event: SessionEvent) => unknown
}

export interface H3 {
  /** Whether a middleware gets `next`. */
  readonly hasNext: boolean
  listener(routes: Routes): RequestListener
  redirect(event: SessionEvent, location: string): unknown
  setCookie(event: SessionEvent, name: string, value: string): void
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
  readonly location: string | undefined
  readonly cacheControl: string | undefined
  readonly headers: IncomingHttpHeaders
}

export interface Values {
  a?: unknown
  b?: unknown
  count?: number
  list?: number[]
  userId?: string
}

type Jar = Map<string, string>
type Handler = (event: SessionEvent) => unknown

interface Asked {
  host?: string
  path?: string
  headers?: Record<string, string>
}

interface Visit extends Asked {
  /** Another browser's cookies. */
  jar?: Jar
}

/** What each suite works with: an application on a table of its own, whose requests a proxy counts. */
export interface Visits extends TestTable {
  readonly proxy: Proxy
  /** Options for the table, behind the proxy. */
  make(more?: DynamoSessionOptions): DynamoSessionOptions
  use(event: SessionEvent, more?: DynamoSessionOptions): Promise<DynamoSession<Values>>
  readonly store: SessionStore<Values>
  readonly routes: Routes
  readonly server: { readonly port: number }
  /** The browser's cookies, none at the start of a test. */
  readonly jar: Jar
  /** Returns what the handler returns, or the message of what it throws. */
  visit(handler: Handler, request?: Visit): Promise<Answer>
  /** Runs `fn` on the session of a request and gives its answer back. */
  within<Result>(
    fn: (session: DynamoSession<Values>, event: SessionEvent) => Result,
    more?: DynamoSessionOptions,
    request?: Visit,
  ): Promise<Awaited<Result>>
  dataNow(more?: DynamoSessionOptions): Promise<Values>
  /** Stores data and gives the id back. */
  stored(data: Values, more?: DynamoSessionOptions): Promise<string>
  itemOf(id: string): Promise<Record<string, AttributeValue> | undefined>
}

export const SECRET = 'a long and random secret'

/** `fetch` sends no Host of one's own. */
export async function ask(port: number, jar: Jar, { host = '', path = '/', headers: more = {} }: Asked = {}): Promise<Answer> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...(host ? { host } : {}), ...(cookie ? { cookie } : {}), ...more }
  const outgoing = sendRequest({ host: '127.0.0.1', port, path, headers })
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const cookies = response.headers['set-cookie'] ?? []
  for (const text of cookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    cookies,
    location: response.headers.location,
    cacheControl: response.headers['cache-control'],
    headers: response.headers,
  }
}

export function useVisits(h3: H3, table: TestTable): Visits {
  const { engine, options, client } = table
  const proxy = useProxy(engine)
  const make: Visits['make'] = (more = {}) => ({ ...options, endpoint: proxy.endpoint, secretKey: SECRET, ...more })
  const use: Visits['use'] = (event, more = {}) => useDynamoSession<Values>(event, make(more))
  const store = createSessionStore<Values>(options)
  const routes: Routes = { middleware: undefined, handler: () => '' }
  const jar: Jar = new Map()
  const server = { port: 0, stop: () => {} }

  beforeAll(async () => {
    Object.assign(server, await listen(h3.listener(routes)))
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    jar.clear()
    routes.middleware = undefined
  })

  const visit: Visits['visit'] = (handler, request = {}) => {
    routes.handler = handler
    return ask(server.port, request.jar ?? jar, request)
  }
  const within = async <Result>(
    fn: (session: DynamoSession<Values>, event: SessionEvent) => Result,
    more: DynamoSessionOptions = {},
    request: Visit = {},
  ): Promise<Awaited<Result>> => {
    let result: { value: Awaited<Result> } | { error: unknown } | undefined
    await visit(async (event) => {
      try {
        result = { value: await fn(await use(event, more), event) }
      } catch (error) {
        result = { error }
      }
      return 'done'
    }, request)
    if (!result) throw new Error('the handler did not run')
    if ('error' in result) throw result.error
    return result.value
  }
  return {
    ...table,
    proxy,
    make,
    use,
    store,
    routes,
    server,
    jar,
    visit,
    within,
    dataNow: (more = {}) => within(({ data }) => data, more),
    stored: (data, more = {}) => within(async (session) => (await session.update(data)).id as string, more),
    async itemOf(id) {
      const Key = { session_id: { S: store.keyOf(id) } }
      return (await client.send(new GetItemCommand({ TableName: options.tableName, Key, ConsistentRead: true }))).Item
    },
  }
}
