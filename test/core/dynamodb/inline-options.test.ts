// Options are commonly a literal inside a handler, a provider of credentials included: whatever makes them anew for each request must not
// open connections for each, by either transport and by every adapter.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Session } from '@remix-run/session'
import type { Session as ExpressSession } from 'express-session'
import { H3 } from 'h3'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import createAstroDriver from '../../../src/astro.ts'
import { dynamodbSecondaryStorage } from '../../../src/better-auth.ts'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import type { SessionOptions } from '../../../src/core/options/options.ts'
import { DynamoDBStore } from '../../../src/express.ts'
import { useDynamoSession } from '../../../src/h3.ts'
import { createSessionStore } from '../../../src/index.ts'
import * as reactRouter from '../../../src/react-router.ts'
import * as remix from '../../../src/remix.ts'
import * as remix3 from '../../../src/remix3.ts'
import { openSession } from '../../../src/web.ts'
import { cookieOf } from '../../support/cookie.ts'

const ID = 'x'.repeat(43)
const CALLS = 6
/** More than are kept open. */
const MANY = 70
/** A transport of each kind opens one. */
const FEW = 2

let connections = 0
let reads = 0
let pause = 0
const users = new Set<string>()
const server = createServer((request, response) => {
  users.add(/Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? '')
  if (String(request.headers['x-amz-target']).endsWith('.GetItem')) reads++
  request.resume().on('end', async () => {
    if (pause > 0) await wait(pause)
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}')
  })
})
server.on('connection', () => connections++)
let endpoint = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  ;[connections, reads, pause] = [0, 0, 0]
  users.clear()
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Where sessions were before is every adapter's own. */
type Options = Omit<SessionOptions, 'migrate'>
type Literal = (n: number) => Options
/** What a handler may write anew for each request beside what stays. */
const LITERALS: Record<string, Literal> = {
  'nothing but texts and numbers': () => ({ maxSockets: 50, requestTimeout: 3000, secretKey: 'x'.repeat(32) }),
  'a list of secrets': () => ({ secretKey: ['x'.repeat(32), 'y'.repeat(32)] }),
  'a secret that changes': (n) => ({ secretKey: [`new${n}`.padEnd(32, 'x'), 'x'.repeat(32)] }),
  credentials: () => ({ credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  'a provider of credentials': (n) => ({ credentials: async () => ({ accessKeyId: `user${n}`, secretAccessKey: 'local' }) }),
  'an errorHandler, generateId and a serializer': () => ({
    errorHandler: () => {},
    generateId: () => ID,
    serializer: { stringify: (value) => JSON.stringify(value), parse: (text) => JSON.parse(text) as unknown },
  }),
}

/** Reads once, by options that are made for this call. */
type Read = (options: Options) => Promise<unknown>
const storageRead = async (
  { createDynamoSessionStorage }: Pick<typeof reactRouter, 'createDynamoSessionStorage'>,
  options: Options,
): Promise<unknown> => createDynamoSessionStorage(options).getSession(cookies.get('__session'))
const ADAPTERS: Record<string, Read> = {
  createSessionStore: (options) => createSessionStore(options).read(ID),
  h3: async (options) => {
    const app = new H3().get('/', async (event) => (await useDynamoSession(event, options)).data)
    return app.request('/', { headers: { host: 'localhost', cookie: cookies.get('session') ?? '' } })
  },
  web: (options) => openSession({ cookie: cookies.get('session') ?? '', host: 'localhost' }, options),
  'React Router': (options) => storageRead(reactRouter, options),
  'Remix 2': (options) => storageRead(remix as unknown as typeof reactRouter, options),
  'Remix 3': async (options) => expect(await remix3.createDynamoSessionStorage(options).read(ID)).toBeInstanceOf(Session),
  express: (options) => new Promise<ExpressSession | null>((done) => new DynamoDBStore(options).get(ID, (_, read) => done(read as never))),
  Astro: (options) => createAstroDriver(options as object).getItem(ID),
  'Better Auth': (options) => dynamodbSecondaryStorage(options).get(ID),
}

/** By their names, as a browser has them. */
const cookies = new Map<string, string>()

describe.each(['http', 'sdk'] as const)('options that are made anew for each request, by %s', (transport) => {
  const base = (): Options => ({ endpoint, region: 'us-east-1', secretKey: 'x'.repeat(32), transport })

  beforeAll(async () => {
    const session = await openSession({ cookie: null, host: 'localhost' }, base())
    await session.update({ a: 1 })
    cookies.set('session', cookieOf(session.headers().getSetCookie()[0] as string))
    const storage = reactRouter.createDynamoSessionStorage(base())
    const made = await storage.getSession(null)
    made.set('a', 1)
    cookies.set('__session', cookieOf(await storage.commitSession(made)))
  })

  for (const [adapter, read] of Object.entries(ADAPTERS)) {
    it(`share connections in ${adapter}`, async () => {
      for (const [name, literal] of Object.entries(LITERALS)) {
        ;[connections, reads] = [0, 0]
        for (let n = 0; n < CALLS; n++) await read({ ...base(), ...literal(n) })
        expect({ name, reads }).toEqual({ name, reads: CALLS })
        expect(connections, name).toBeLessThanOrEqual(FEW)
      }
    })
  }

  it('share no identity, however many there are', async () => {
    for (let n = 0; n < MANY; n++) await createSessionStore({ ...base(), ...LITERALS['a provider of credentials']?.(n) }).read(ID)
    expect(users.size).toBe(MANY)
    expect(connections).toBeLessThanOrEqual(FEW)
  })

  it('keep to the sockets of one, and a request that waits for one does not lose its time', async () => {
    pause = 100
    const all = Array.from({ length: 20 }, (_, n) => {
      const options = { ...base(), maxSockets: 2, requestTimeout: 900, maxAttempts: 1, ...LITERALS['a provider of credentials']?.(n) }
      return createSessionStore(options).read(ID)
    })
    await Promise.all(all)
    expect(connections).toBeLessThanOrEqual(2)
    expect(reads).toBe(20)
  })

  it('leave the connections open that others use, and close them with the last', async () => {
    const open = (n: number) => openTransport({ ...base(), ...LITERALS['a provider of credentials']?.(n), maxSockets: 1 })
    const [first, second] = [open(1), open(2)] as const
    onTestFinished(() => second.dispose())
    const ask = { TableName: 'sessions', Key: { session_id: { S: 'a' } } }
    await first.send('GetItem', ask)
    await second.send('GetItem', ask)
    first.dispose()
    await second.send('GetItem', ask)
    expect(connections).toBe(1)
    second.dispose()
    await second.send('GetItem', ask)
    expect(connections).toBe(2)
  })
})

it('what is sent the other way stands still once, not twice, while it waits for a place', async () => {
  vi.stubEnv('AWS_RETRY_MODE', 'adaptive')
  onTestFinished(() => void vi.unstubAllEnvs())
  pause = 40
  const transport = openTransport({
    endpoint,
    region: 'us-east-1',
    transport: 'http',
    maxSockets: 1,
    ...LITERALS['a provider of credentials']?.(1),
  })
  onTestFinished(() => transport.dispose())
  const ask = (): Promise<unknown> => transport.send('GetItem', { TableName: 'sessions', Key: { session_id: { S: 'a' } } })
  await ask()
  const began = transport.clock()
  await Promise.all(Array.from({ length: 8 }, ask))
  expect(reads).toBe(9)
  expect(transport.clock()).toBeGreaterThanOrEqual(began)
})
