// What express-session asks of its store for a request, and @fastify/session for its own.
import cookiePlugin from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { DynamoDBStore } from 'dynamodb-sessions/express'
import connectDynamoDB from 'connect-dynamodb'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import fastify from 'fastify'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { randomUUID } from 'node:crypto'
import { createClient } from 'redis'
import { LIFETIME, SECRET, VISITOR, found, pair } from './contender.ts'
import type { Contender, Visitor } from './contender.ts'

type Kept = session.Session & session.SessionData & Visitor
type Asked = Parameters<session.Store['createSession']>[0]

/** As lib/session/ of express-session makes them: its default export has both classes. */
const { Session, Cookie } = session as unknown as {
  Session: new (request: Asked) => session.Session
  Cookie: new (options: object) => session.Cookie
}

/** A `get` for a request, `touch` at the end of each that changed nothing, else `set`. */
function express(store: session.Store): Contender {
  const call = <T>(method: 'get' | 'set' | 'destroy' | 'touch', ...args: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      const done = (error: unknown, value: T): void => (error ? reject(error as Error) : resolve(value))
      ;(store[method] as unknown as (...args: unknown[]) => void).call(store, ...args, done)
    })
  const generate = (request: Asked): void => {
    request.sessionID = randomUUID()
    request.session = new Session(request) as Asked['session']
    request.session.cookie = new Cookie({ maxAge: LIFETIME * 1000 })
  }
  // As express-session does, whose types do not know it.
  Object.assign(store, { generate })
  const requestOf = (sessionID: string): Asked => ({ sessionID, sessionStore: store, headers: {} }) as unknown as Asked
  const open = async (id: string): Promise<Kept> => {
    const data = found(await call<session.SessionData | null>('get', id))
    return store.createSession(requestOf(id), data) as unknown as Kept
  }
  const view = async (id: string): Promise<unknown> => call('touch', id, await open(id))
  return {
    async create() {
      const request = requestOf('')
      ;(store as unknown as { generate(request: Asked): void }).generate(request)
      await call('set', request.sessionID, Object.assign(request.session, VISITOR))
      return request.sessionID
    },
    view,
    rolling: view,
    async change(id) {
      const kept = await open(id)
      kept.count++
      await call('set', id, kept)
    },
    async end(id) {
      await open(id)
      await call('destroy', id)
    },
  }
}

export const ourExpress = (endpoint: string, tableName: string): Contender => express(new DynamoDBStore({ endpoint, tableName }))

export function connectDynamo(endpoint: string, table: string): Contender {
  const Store = connectDynamoDB(session) as unknown as new (options: object) => session.Store
  return express(new Store({ table, hashKey: 'session_id', client: new DynamoDBClient({ endpoint }), initialized: true }))
}

export async function connectRedis(url: string): Promise<Contender> {
  return express(new RedisStore({ client: await createClient({ url }).connect() }))
}

/** @fastify/session with requests and responses, but without a socket. */
async function onFastify(store: session.Store): Promise<Contender> {
  const app = fastify()
  await app.register(cookiePlugin)
  await app.register(fastifySession, {
    store: store as never,
    secret: SECRET,
    saveUninitialized: false,
    rolling: false,
    cookie: { maxAge: LIFETIME * 1000, secure: false },
  })
  const of = (request: { session: unknown }): Visitor => request.session as Visitor
  app.get('/create', async (request) => Object.assign(of(request), VISITOR) && 'ok')
  app.get('/view', async (request) => found(of(request).name))
  app.get('/change', async (request) => `${of(request).count++}`)
  app.get('/end', (request) => request.session.destroy().then(() => 'ok'))
  const ask = async (url: string, cookie?: string): Promise<LightMyRequestResponse> => {
    const asked: InjectOptions = { url, headers: cookie === undefined ? {} : { cookie } }
    const response = await app.inject(asked)
    if (response.statusCode >= 400) throw new Error(`${url}: ${response.statusCode} ${response.body}`)
    return response
  }
  return {
    create: async () => pair(String(found((await ask('/create')).headers['set-cookie']))),
    view: (cookie) => ask('/view', cookie),
    rolling: (cookie) => ask('/view', cookie),
    change: (cookie) => ask('/change', cookie),
    end: (cookie) => ask('/end', cookie),
  }
}

export const ourFastify = (endpoint: string, tableName: string): Promise<Contender> => onFastify(new DynamoDBStore({ endpoint, tableName }))

export async function fastifyRedis(url: string): Promise<Contender> {
  return onFastify(new RedisStore({ client: await createClient({ url }).connect(), prefix: 'fastify:' }))
}
