// h3 2's handlers, with requests and responses but without a socket; and the same session for any server with web-standard requests.
import { dynamoSession, useDynamoSession } from 'dynamodb-sessions/h3'
import { openSession } from 'dynamodb-sessions/web'
import type { WebSession } from 'dynamodb-sessions/web'
import { H3, useSession } from 'h3'
import type { H3Event } from 'h3'
import { LIFETIME, SECRET, VISITOR, found, loaders, pair } from './contender.ts'
import type { Contender, Visitor } from './contender.ts'

type Session = { readonly data: Partial<Visitor>; update(patch: Partial<Visitor>): Promise<unknown>; clear(): Promise<unknown> }

function h3(open: (event: H3Event) => Promise<Session>, roll: (event: H3Event) => Promise<unknown>): Contender {
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
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    create: async () => pair(found((await ask('/create')).headers.getSetCookie()[0])),
    view: (cookie) => ask('/view', cookie),
    rolling: (cookie) => ask('/rolling', cookie),
    change: (cookie) => ask('/change', cookie),
    end: (cookie) => ask('/end', cookie),
  }
}

export function ourH3(endpoint: string, tableName: string): Contender {
  const options = { endpoint, tableName, secretKey: SECRET }
  const open = (event: H3Event): Promise<Session> => useDynamoSession<Partial<Visitor>>(event, options) as Promise<Session>
  const touching = dynamoSession(options)
  return h3(open, async (event) => touching(event, async () => undefined))
}

/** The whole session in the cookie. */
export function sealed(): Contender {
  const options = { password: SECRET, maxAge: LIFETIME }
  return h3(
    (event) => useSession(event, options) as unknown as Promise<Session>,
    async (event) => (await useSession(event, options)).update({}),
  )
}

export function ourWeb(endpoint: string, tableName: string): Contender {
  const options = { endpoint, tableName, secretKey: SECRET }
  const request = (cookie?: string): Request => new Request('http://localhost/', cookie === undefined ? {} : { headers: { cookie } })
  const read = async (cookie: string): Promise<WebSession<Visitor & Record<string, unknown>>> => {
    const asked = request(cookie)
    const [session] = await loaders(() => openSession<Visitor & Record<string, unknown>>(asked, options))
    found(session?.data.name)
    return session as NonNullable<typeof session>
  }
  return {
    async create() {
      const session = await openSession(request(), options)
      await session.update({ ...VISITOR })
      return pair(found(session.headers().getSetCookie()[0]))
    },
    view: async (cookie) => (await read(cookie)).headers(),
    rolling: async (cookie) => (await read(cookie)).headers(),
    async change(cookie) {
      const session = await read(cookie)
      await session.update({ count: (session.data.count ?? 0) + 1 })
      return session.headers()
    },
    async end(cookie) {
      const session = await openSession(request(cookie), options)
      await session.clear()
      return session.headers()
    },
  }
}
