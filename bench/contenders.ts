// What is compared: each keeps the same data for a visitor, and does what its users do for a page.
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { createCookie as createRemixCookie } from '@remix-run/node'
import { createArcTableSessionStorage } from '@react-router/architect'
import connectDynamoDB from 'connect-dynamodb'
import session from 'express-session'
import { H3, useSession } from 'h3'
import type { H3Event } from 'h3'
import { randomUUID } from 'node:crypto'
import { createCookie } from 'react-router'
import createDriver from '../src/driver.ts'
import { dynamoSession, useDynamoSession } from '../src/h3.ts'
import { createSessionStore } from '../src/index.ts'
import type { SessionRecord } from '../src/index.ts'
import { createDynamoSessionStorage } from '../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../src/remix.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../src/remix3.ts'

/** Loaders of a page that ask for the session, all at once. */
export const LOADERS = 4
const SECRET = 'a secret of the benchmark, at least 32 characters'
const COOKIE = { secrets: [SECRET], maxAge: 1_209_600 }

export interface Visitor {
  name: string
  count: number
  cart: string[]
}
export const VISITOR: Visitor = { name: 'ada', count: 0, cart: Array.from({ length: 10 }, (_, n) => `article ${n}`) }

/** What a page view does; `at` is what `create` returned: a Cookie header, an id, or whatever finds the session again. */
export interface Contender {
  readonly name: string
  create(): Promise<string>
  /** Every loader reads. */
  view(at: string): Promise<unknown>
  /** Every loader reads, and the session is to live on from now. */
  rolling(at: string): Promise<unknown>
  /** Every loader reads, and one key changes. */
  change(at: string): Promise<unknown>
  end(at: string): Promise<unknown>
}

const loaders = <T>(load: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: LOADERS }, load))
const found = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('the session is gone')
  return value
}

/** A client and a document of one's own, without conditions: one read a page, and last writer wins. */
function bare(endpoint: string, table: string): Contender {
  const client = new DynamoDBClient({ endpoint })
  const key = (id: string): { session_id: { S: string } } => ({ session_id: { S: id } })
  const inAFortnight = (): { N: string } => ({ N: String(Math.ceil(Date.now() / 1000) + COOKIE.maxAge) })
  const put = (id: string, data: Visitor): Promise<unknown> =>
    client.send(
      new PutItemCommand({ TableName: table, Item: { ...key(id), data: { S: JSON.stringify(data) }, expire_at: inAFortnight() } }),
    )
  const get = async (id: string): Promise<Visitor> => {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key(id), ConsistentRead: true }))
    return JSON.parse(found(Item?.data?.S)) as Visitor
  }
  return {
    name: 'bare SDK, one read a page',
    async create() {
      const id = randomUUID()
      await put(id, VISITOR)
      return id
    },
    view: get,
    async rolling(id) {
      await get(id)
      const set = { UpdateExpression: 'SET expire_at = :e', ExpressionAttributeValues: { ':e': inAFortnight() } }
      await client.send(new UpdateItemCommand({ TableName: table, Key: key(id), ...set }))
    },
    async change(id) {
      const data = await get(id)
      await put(id, { ...data, count: data.count + 1 })
    },
    end: (id) => client.send(new DeleteItemCommand({ TableName: table, Key: key(id) })),
  }
}

function store(endpoint: string, tableName: string): Contender {
  const sessions = createSessionStore<Visitor>({ endpoint, tableName })
  const read = async (id: string): Promise<SessionRecord<Visitor>> => found((await loaders(() => sessions.read(id)))[0])
  return {
    name: 'createSessionStore',
    create: async () => (await sessions.create(VISITOR)).id,
    view: read,
    rolling: async (id) => sessions.touch(await read(id)),
    async change(id) {
      const record = await read(id)
      await sessions.update(record, { ...record.data, count: record.data.count + 1 })
    },
    end: (id) => sessions.destroy(id),
  }
}

/** Through unstorage, which knows neither changes nor touches. */
function driver(endpoint: string, tableName: string): Contender {
  const { getItem, setItem, removeItem } = createDriver({ endpoint, tableName, ttl: COOKIE.maxAge })
  const set = async (key: string, data: Visitor): Promise<void> => setItem(key, JSON.stringify(data))
  const get = async (key: string): Promise<Visitor> => JSON.parse(String(found((await loaders(async () => getItem(key)))[0]))) as Visitor
  return {
    name: 'driver (unstorage)',
    async create() {
      const key = randomUUID()
      await set(key, VISITOR)
      return key
    },
    view: get,
    rolling: async (key) => set(key, await get(key)),
    async change(key) {
      const data = await get(key)
      await set(key, { ...data, count: data.count + 1 })
    },
    end: async (key) => removeItem(key),
  }
}

interface RouterSession {
  readonly id: string
  get(key: string): unknown
  set(key: string, value: unknown): void
}
interface RouterStorage<Session extends RouterSession> {
  getSession(cookie?: string | null): Promise<Session>
  commitSession(session: Session): Promise<string>
  destroySession(session: Session): Promise<string>
}

/** React Router's and Remix 2's contract: `getSession` in every loader, `commitSession` where the cookie is to be renewed. */
function router<Session extends RouterSession>(name: string, storage: RouterStorage<Session>): Contender {
  const read = async (cookie: string): Promise<Session> => {
    const [session] = await loaders(() => storage.getSession(cookie))
    found(session?.get('name'))
    return session as Session
  }
  return {
    name,
    async create() {
      const session = await storage.getSession()
      for (const [key, value] of Object.entries(VISITOR)) session.set(key, value)
      return pair(await storage.commitSession(session))
    },
    view: read,
    rolling: async (cookie) => storage.commitSession(await read(cookie)),
    async change(cookie) {
      const session = await read(cookie)
      session.set('count', Number(session.get('count')) + 1)
      await storage.commitSession(session)
    },
    end: async (cookie) => storage.destroySession(await storage.getSession(cookie)),
  }
}

/** Its table is Architect's own client, as `arc.tables()` makes it, which finds tables by services that only AWS and its sandbox have. */
async function architect(endpoint: string, tableName: string): Promise<Contender> {
  const { default: createClient } = await import('@aws-lite/client')
  type Call = (parameters: object) => Promise<{ Item?: object }>
  const client = await createClient({ endpoint, region: process.env.AWS_REGION, plugins: [import('@aws-lite/dynamodb')] })
  const { dynamodb } = client as unknown as { dynamodb: Record<'GetItem' | 'PutItem' | 'DeleteItem', Call> }
  const table = {
    get: async (Key: object) => (await dynamodb.GetItem({ TableName: tableName, Key })).Item,
    put: (Item: object) => dynamodb.PutItem({ TableName: tableName, Item }),
    delete: (Key: object) => dynamodb.DeleteItem({ TableName: tableName, Key }),
  }
  const options = { cookie: { name: 'session', ...COOKIE }, idx: 'session_id', ttl: 'expire_at' }
  return router(
    'React Router createArcTableSessionStorage',
    createArcTableSessionStorage({ ...options, table: table as unknown as Parameters<typeof createArcTableSessionStorage>[0]['table'] }),
  )
}

/** `@remix-run/session`: its middleware reads once for a request and saves at its end. */
function remix3(endpoint: string, tableName: string): Contender {
  const storage = createRemix3Storage({ endpoint, tableName })
  const read = async (id: string): Promise<Awaited<ReturnType<typeof storage.read>>> => {
    const session = await storage.read(id)
    found(session.get('name'))
    return session
  }
  return {
    name: 'createDynamoSessionStorage (Remix 3)',
    async create() {
      const fresh = await storage.read(null)
      for (const [key, value] of Object.entries(VISITOR)) fresh.set(key, value)
      return found(await storage.save(fresh))
    },
    view: async (id) => storage.save(await read(id)),
    rolling: async (id) => storage.save(await read(id)),
    async change(id) {
      const session = await read(id)
      session.set('count', Number(session.get('count')) + 1)
      await storage.save(session)
    },
    async end(id) {
      const session = await read(id)
      session.destroy()
      await storage.save(session)
    },
  }
}

type Session = { readonly data: Partial<Visitor>; update(patch: Partial<Visitor>): Promise<unknown>; clear(): Promise<unknown> }

/** h3 2's handlers, with requests and responses but without a socket. */
function h3(name: string, open: (event: H3Event) => Promise<Session>, roll: (event: H3Event) => Promise<unknown>): Contender {
  const read = async (event: H3Event): Promise<Session> => {
    const [session] = await loaders(() => open(event))
    found(session?.data.name)
    return session as Session
  }
  const app = new H3({ debug: true })
    .get('/create', async (event) => (await open(event)).update(VISITOR).then(() => 'ok'))
    .get('/view', (event) => read(event).then(() => 'ok'))
    .get('/rolling', async (event) => {
      await roll(event)
      await read(event)
      return 'ok'
    })
    .get('/change', async (event) => {
      const { data, update } = await read(event)
      await update({ count: (data.count ?? 0) + 1 })
      return 'ok'
    })
    .get('/end', async (event) => (await open(event)).clear().then(() => 'ok'))
  const ask = async (path: string, cookie?: string): Promise<Response> => {
    const response = await app.request(`http://localhost${path}`, cookie === undefined ? {} : { headers: { cookie } })
    if (!response.ok) throw new Error(`${name} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    name,
    create: async () => pair(found((await ask('/create')).headers.getSetCookie()[0])),
    view: (cookie) => ask('/view', cookie),
    rolling: (cookie) => ask('/rolling', cookie),
    change: (cookie) => ask('/change', cookie),
    end: (cookie) => ask('/end', cookie),
  }
}

/** express-session's calls of its store: a `get` for a request, `touch` at the end of each that changed nothing. */
function connect(endpoint: string, table: string): Contender {
  const Store = connectDynamoDB(session as unknown as Parameters<typeof connectDynamoDB>[0])
  const sessions = new Store({ client: new DynamoDBClient({ endpoint }), table, hashKey: 'session_id', initialized: true })
  const cookie = { originalMaxAge: COOKIE.maxAge * 1000, maxAge: COOKIE.maxAge * 1000 }
  const call = <T>(method: 'get' | 'set' | 'touch' | 'destroy', ...args: unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      const done = (error: unknown, value: T): void => (error ? reject(error as Error) : resolve(value))
      ;(sessions[method] as (...args: unknown[]) => void)(...args, done)
    })
  const get = async (id: string): Promise<Visitor> => found(await call<Visitor | null>('get', id))
  const viewed = async (id: string): Promise<unknown> => call('touch', id, { ...(await get(id)), cookie })
  return {
    name: 'connect-dynamodb (express-session)',
    async create() {
      const id = randomUUID()
      await call('set', id, { ...VISITOR, cookie })
      return id
    },
    view: viewed,
    rolling: viewed,
    async change(id) {
      const data = await get(id)
      await call('set', id, { ...data, count: data.count + 1, cookie })
    },
    end: (id) => call('destroy', id),
  }
}

const pair = (setCookie: string): string => setCookie.split(';', 1)[0] as string

export async function contenders(endpoint: string, tableName: string): Promise<Contender[]> {
  const options = { endpoint, tableName, secretKey: SECRET }
  const open = (event: H3Event): Promise<Session> => useDynamoSession<Partial<Visitor>>(event, options) as Promise<Session>
  const touching = dynamoSession(options)
  const sealed = { password: SECRET, maxAge: COOKIE.maxAge }
  return [
    bare(endpoint, tableName),
    store(endpoint, tableName),
    driver(endpoint, tableName),
    router(
      'createDynamoSessionStorage (React Router)',
      createDynamoSessionStorage({ endpoint, tableName, cookie: createCookie('session', COOKIE) }),
    ),
    router(
      'createDynamoSessionStorage (Remix 2)',
      createRemixStorage({ endpoint, tableName, cookie: createRemixCookie('session', COOKIE) }),
    ),
    remix3(endpoint, tableName),
    h3('useDynamoSession (h3 2)', open, async (event) => touching(event, async () => undefined)),
    await architect(endpoint, tableName),
    connect(endpoint, tableName),
    h3(
      'h3 2 useSession, sealed cookie',
      (event) => useSession(event, sealed) as unknown as Promise<Session>,
      async (event) => (await useSession(event, sealed)).update({}),
    ),
  ]
}
