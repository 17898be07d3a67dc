// React Router's and Remix 2's contract: `getSession` in every loader, `commitSession` where the cookie is to be renewed.
import { createArcTableSessionStorage } from '@react-router/architect'
import { createCookie as createRemixCookie } from '@remix-run/node'
import { createDynamoSessionStorage } from 'dynamodb-sessions/react-router'
import { createDynamoSessionStorage as createRemixStorage } from 'dynamodb-sessions/remix'
import { randomUUID } from 'node:crypto'
import { createCookie, createSessionStorage } from 'react-router'
import { createStorage } from 'unstorage'
import type { Driver } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'
import { COOKIE, LIFETIME, VISITOR, found, loaders, pair } from './contender.ts'
import type { Contender } from './contender.ts'

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

function router<Session extends RouterSession>(storage: RouterStorage<Session>): Contender {
  const read = async (cookie: string): Promise<Session> => {
    const [session] = await loaders(() => storage.getSession(cookie))
    found(session?.get('name'))
    return session as Session
  }
  return {
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

export const ourRouter = (endpoint: string, tableName: string, transport: 'http' | 'sdk' = 'http'): Contender =>
  router(createDynamoSessionStorage({ endpoint, tableName, transport, cookie: { name: 'session', ...COOKIE } }))

/** A `Cookie` object is signed and verified by the framework, whoever keeps the session. */
export const ourRouterWithCookie = (endpoint: string, tableName: string): Contender =>
  router(createDynamoSessionStorage({ endpoint, tableName, cookie: createCookie('session', COOKIE) }))

export const ourRemix = (endpoint: string, tableName: string): Contender =>
  router(createRemixStorage({ endpoint, tableName, cookie: createRemixCookie('session', COOKIE) }))

/** Its table is Architect's own client, as `arc.tables()` makes it, which finds tables by services that only AWS and its sandbox have. */
export async function architect(endpoint: string, tableName: string): Promise<Contender> {
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
    createArcTableSessionStorage({ ...options, table: table as unknown as Parameters<typeof createArcTableSessionStorage>[0]['table'] }),
  )
}

/** The five functions that React Router's `createSessionStorage` wants, over unstorage's driver for Redis. */
export function routerRedis(url: string): Contender {
  const storage = createStorage<object>({ driver: redisDriver({ url, base: 'router', ttl: LIFETIME }) as Driver })
  return router(
    createSessionStorage({
      cookie: { name: 'session', ...COOKIE },
      async createData(data) {
        const id = randomUUID()
        await storage.setItem(id, data)
        return id
      },
      readData: (id) => storage.getItem(id),
      updateData: (id, data) => storage.setItem(id, data),
      deleteData: (id) => storage.removeItem(id),
    }),
  )
}
