// Starts the playground: `npm run playground`. Environment: PORT, HOST, PLAYGROUND_DATA (folder), PLAYGROUND_TABLE,
// PLAYGROUND_ENGINE (dynalite, endpoint, aws) and DYNAMODB_ENDPOINT.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from 'h3'
import type { H3 } from 'h3'
import { watchParents } from '../src/cli/parents.ts'
import { DynamoSessionError, ensureSessionTable } from '../src/index.ts'
import type { EnsuredTable } from '../src/index.ts'
import { createPlayground } from './app.ts'
import { openEngine, StartError } from './engine.ts'
import type { Engine } from './engine.ts'
import { createLive } from './live.ts'
import { USER_KEY } from './pages.ts'
import { noteRequests } from './requests.ts'
import { keptSecret } from './secret.ts'

const FIRST_PORT = 3000
const LAST_PORT = 3019
/** Milliseconds that requests under way get when the server stops. */
const GRACE = 2000
const MAX_STOP = 5000
const MAX_BODY = 16 * 1024
/** The names of this machine. A site whose name leads here is not one of them. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']

type Server = ReturnType<typeof serve>

const { env } = process
const stops: (() => void | Promise<void>)[] = []
let stopping: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(0))
// Processes between this one and whoever ran the script: npm, its shell, and the watcher.
const DEPTH = env.npm_lifecycle_event === 'playground' ? 3 : 1
watchParents(DEPTH, (isParentHere) => {
  // The watcher would wait for a change, and start it again.
  if (isParentHere && DEPTH > 1) process.kill(process.ppid, 'SIGTERM')
  void stop(0)
})

try {
  await start()
} catch (error) {
  const isKnown = error instanceof StartError || error instanceof DynamoSessionError
  console.error(isKnown ? `The playground cannot start. ${error.message}.` : error)
  // npm's script watches: it waits for a change, and looks as if it did nothing.
  if (env.npm_lifecycle_event === 'playground') console.error('Press Return to try again, or Ctrl-C to end.')
  await stop(1)
}

async function start(): Promise<void> {
  const folder = resolve(env.PLAYGROUND_DATA || fileURLToPath(new URL('../.playground', import.meta.url)))
  const tableName = env.PLAYGROUND_TABLE || 'playground-sessions'
  const secret = await keptSecret(folder)
  const engine = await openEngine(env, resolve(folder, 'dynalite'))
  stops.push(() => engine.stop())
  print('Engine', engine.description)

  const onlooker = engine.createClient()
  const ensured = await ensureSessionTable({ client: onlooker, tableName, userIdKey: USER_KEY })
  printTable(ensured, engine)

  const live = createLive()
  const app = createPlayground({
    client: noteRequests(engine.createClient()),
    rival: noteRequests(engine.createClient()),
    onlooker,
    tableName,
    tableKey: ensured.table.tableKey ?? 'session_id',
    secret,
    engine: engine.description,
    endpoint: engine.endpoint,
    hosts: LOOPBACK.includes(env.HOST || 'localhost') ? LOOPBACK : undefined,
    live,
  })
  const { servers, url } = await listen(app)
  // Streams last until they are ended.
  stops.push(() => Promise.all(servers.map(close)).then(() => {}), live.close)
  print('URL', url)
}

/** `PORT` and no other when it is set; else the first free port from 3000 on. */
async function listen(app: H3): Promise<{ servers: Server[]; url: string }> {
  const hostname = env.HOST || 'localhost'
  const wanted = env.PORT ? Number(env.PORT) : undefined
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 0 && wanted <= 65_535)) throw new StartError('PORT is not a port')
  for (let port = wanted ?? FIRST_PORT; port <= (wanted ?? LAST_PORT); port++) {
    const servers = await listenOn(app, hostname === 'localhost' ? ['127.0.0.1', '::1'] : [hostname], port)
    const [first] = servers
    if (!first) continue
    const address = new URL(first.url ?? '')
    // An address that stands for all of them is none to visit.
    address.hostname = ['0.0.0.0', '::'].includes(hostname) ? 'localhost' : hostname.includes(':') ? `[${hostname}]` : hostname
    return { servers, url: address.href }
  }
  throw new StartError(
    wanted === undefined
      ? `The ports ${FIRST_PORT} to ${LAST_PORT} are all taken: set PORT to a free one`
      : `Port ${wanted} is taken: stop what listens there, or set PORT to another one`,
  )
}

/** A server for each address that this machine has, since browsers try IPv6 first for localhost; none where one of the ports is taken. */
async function listenOn(app: H3, hostnames: readonly string[], asked: number): Promise<Server[]> {
  const servers: Server[] = []
  for (const hostname of hostnames) {
    const [first] = servers
    const port = first ? Number(new URL(first.url ?? '').port) : asked
    const server = serve(app, { port, hostname, silent: true, gracefulShutdown: false, maxRequestBodySize: MAX_BODY })
    try {
      await server.ready()
      servers.push(server)
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (first && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) continue
      await Promise.all(servers.map((one) => one.close(true)))
      if (code === 'EADDRINUSE') return []
      throw error
    }
  }
  return servers
}

async function close(server: Server): Promise<void> {
  const impatient = setTimeout(() => void server.close(true), GRACE)
  await server.close()
  clearTimeout(impatient)
}

/** Stops the server before the engine, so that every request that was accepted gets its response. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    setTimeout(() => process.exit(1), MAX_STOP).unref()
    for (const stopOne of stops.toReversed()) await stopOne()
    process.exit(code)
  })()
  return stopping
}

function printTable({ table, created, notApplied, differences }: EnsuredTable, { hasTtl }: Engine): void {
  print('Table', `${table.tableName}${created ? ', made just now' : ''}`)
  const isExpected = (what: string): boolean => what === 'timeToLive' && !hasTtl
  if (!hasTtl) print('', 'TTL was not applied, since the engine has none: expired items stay, and nobody can read them')
  for (const { feature, reason } of notApplied) if (!isExpected(feature)) print('', `${feature} was not applied: ${reason}`)
  for (const { what, expected, found, remedy } of differences)
    if (!isExpected(what)) print('', `${what} should be ${expected} and is ${found}: ${remedy}`)
}

function print(label: string, text: string): void {
  console.log(`  ${label.padEnd(8)}${text}`)
}
