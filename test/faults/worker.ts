// One process of an application, which the tests of process death start, stop and kill: locked updates over HTTP, through each
// door that locks. `POST /DOOR?token=T` adds T to the session's log; with `stop=before` or `stop=after` it says that it holds the
// lock, before or after its write, and waits to be told to go on.
import { H3 } from 'h3'
import type { H3Event } from 'h3'
import { createApp, eventHandler, toNodeListener } from 'h3-v1'
import { toNodeHandler } from 'h3/node'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dynamoSession, useDynamoSession, withDynamoSession } from '../../src/h3.ts'
import type { DynamoSession, SessionEvent } from '../../src/h3.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionOptions } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'

interface Log {
  log: string[]
}

const options: SessionOptions & { secretKey: string } = {
  ...(JSON.parse(process.argv[2] as string) as SessionOptions),
  secretKey: 'workers'.repeat(6),
  enableLocking: true,
  // So that nothing but the lock keeps two holders from undoing each other.
  onConflict: 'overwrite',
}

async function stopped(url: URL, moment: 'before' | 'after'): Promise<void> {
  if (url.searchParams.get('stop') !== moment) return
  const token = url.searchParams.get('token')
  process.send?.({ holds: token })
  await new Promise<void>((resolve) => {
    process.on('message', (message: { goOn?: string }) => message.goOn === token && resolve())
  })
}

/** The update itself; the lock is held around it. */
async function append(url: URL, log: readonly string[], write: (log: string[]) => Promise<unknown>): Promise<object> {
  await stopped(url, 'before')
  await write([...log, url.searchParams.get('token') as string])
  await stopped(url, 'after')
  return { done: true }
}

const told = (error: unknown): object => ({ error: (error as { code?: string }).code ?? String(error) })

const store = createSessionStore<Log>(options)
const storage = createDynamoSessionStorage<Log>(options)
const ofSession = (url: URL, session: DynamoSession<Log>): Promise<object> =>
  append(url, session.data.log ?? [], (log) => session.update({ log })).catch(told)
const logIn = async (event: SessionEvent): Promise<object> => {
  await (await useDynamoSession<Log>(event, options)).update({ log: [] })
  return { done: true }
}

const plain: Record<string, (url: URL, cookie: string) => Promise<{ body: object; cookie?: string | undefined }>> = {
  async store(url, id) {
    if (!id) return { body: {}, cookie: (await store.create({ log: [] })).id }
    return { body: (await store.withLock(id, ({ record, update }) => append(url, record.data.log, (log) => update({ log })))) ?? {} }
  },
  async 'react-router'(url, header) {
    const { value, setCookie } = await storage.withSession(header, async (session) => {
      if (!header) {
        session.set('log', [])
        return {}
      }
      return append(url, session.get('log') ?? [], async (log) => {
        session.set('log', log)
        await storage.commitSession(session)
      })
    })
    return { body: value, cookie: setCookie }
  },
}

const app2 = new H3()
app2.use(dynamoSession(options))
app2.post('/h3-2', (event: H3Event) => {
  const session = (event.context as { session?: DynamoSession<Log> }).session as DynamoSession<Log>
  return session.id === undefined ? logIn(event) : ofSession(event.url, session)
})

const app1 = createApp()
const locked1 = withDynamoSession((event, session: DynamoSession<Log>) => {
  const url = new URL((event as { node?: { req: IncomingMessage } }).node?.req.url ?? '', 'http://localhost')
  return session.id === undefined ? logIn(event) : ofSession(url, session)
}, options)
app1.use(eventHandler((event) => locked1(event)))

const listeners: Record<string, RequestListener> = { 'h3-1': toNodeListener(app1), 'h3-2': toNodeHandler(app2) }

const server = createServer((incoming, outgoing) => {
  const url = new URL(incoming.url ?? '', 'http://localhost')
  const door = url.pathname.slice(1)
  const listener = listeners[door]
  if (listener) return void listener(incoming, outgoing)
  const answer = (body: object, cookie?: string): void => {
    outgoing.writeHead(200, { 'content-type': 'application/json', ...(cookie ? { 'set-cookie': cookie } : {}) })
    outgoing.end(JSON.stringify(body))
  }
  const work = plain[door] as (typeof plain)[string]
  work(url, incoming.headers.cookie ?? '').then(
    ({ body, cookie }) => answer(body, cookie),
    (error: unknown) => answer(told(error)),
  )
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('disconnect', () => process.exit())
process.send?.({ port: (server.address() as AddressInfo).port })
