// The engine as a server for development: DynamoDB's requests are POST /, and GET / is a page that shows what they do.
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { ensureSessionTable } from '../../table/table.ts'
import type { EnsuredTable } from '../../table/table.ts'
import { resolveOptions } from '../../core/options/options.ts'
import type { SessionOptions } from '../../core/options/options.ts'
import { UsageError } from '../errors.ts'
import { pick } from '../flags.ts'
import { checkFolder, makeFolder } from '../folders.ts'
import { objectIn, openEngine, operationOf, untilOpen } from './engine.ts'
import type { Engine, EngineResponse } from './engine.ts'
import { readTables, shownKey } from './items.ts'
import type { Sessions } from './items.ts'
import { createLive } from './live.ts'
import type { Live } from './live.ts'
import { page, policyOf, tablesOf } from './page.ts'
import { bodyOf, GUARDED, isForUs, listenOnLoopback, sendText } from './server.ts'
import { createTimeToLive } from './ttl.ts'
import type { TimeToLive } from './ttl.ts'

export interface DevOptions {
  /** The application's; of these, what says which table it has. */
  readonly options: SessionOptions
  /** 0 for any that is free. */
  readonly port: number
  /** Keeps the data; in memory without one. */
  readonly folder: string | undefined
}

export interface DevServer {
  readonly endpoint: string
  readonly ensured: EnsuredTable
  /** Ends once requests under way are finished and the data is closed. */
  close(): Promise<void>
}

/** Milliseconds between deletions of what has expired. AWS takes days. */
const SWEEP_EVERY = 60_000

/** What makes a table what it is, and what says which keys are ids. All else of the options is about AWS, or about requests. */
const TAKEN = ['tableName', 'tableKey', 'sortKey', 'sortKeyValue', 'userIdKey', 'keyPrefix', 'hashIds'] as const

/**
 * Starts the engine on `port` of this machine, with the table made.
 * @throws MissingPackageError without dynalite; UsageError where the port or the folder is taken.
 */
export async function startDevServer({ options, port: asked, folder }: DevOptions): Promise<DevServer> {
  const taken = pick(options, TAKEN)
  const { tableName, tableKey, hashIds } = resolveOptions(taken)
  const engine = await openEngine(folder === undefined ? undefined : await makeFolders(folder))
  const live = createLive()
  const timeToLive = await createTimeToLive(engine, folder === undefined ? undefined : join(folder, 'ttl.json'))
  const { port, close } = await listenOnLoopback(
    engine.server,
    (request, response) => {
      const answer = respond(request, response, { engine, live, timeToLive, sessions: { tableName, tableKey, hashIds } })
      answer.catch((error: unknown) => fail(response, error))
    },
    asked,
  )
  try {
    await untilOpen(engine, folder)
    const connection = {
      endpoint: `http://localhost:${port}`,
      region: 'us-east-1',
      credentials: OWN_CREDENTIALS,
      transport: 'http',
    } as const
    const ensured = await ensureSessionTable({ ...taken, ...connection })
    let sweeping: Promise<void> | undefined
    const sweeper = setInterval(() => (sweeping = timeToLive.sweep().catch(() => {})), SWEEP_EVERY)
    sweeper.unref()
    return {
      endpoint: connection.endpoint,
      ensured,
      async close() {
        clearInterval(sweeper)
        live.close()
        // The engine cannot bear requests once its data is closed.
        await sweeping
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What this machine's owner has for AWS is no business of an engine's. */
const OWN_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/** Sessions are no part of a project's history. A folder that was there already keeps the rules that it has. */
async function makeFolders(folder: string): Promise<string> {
  const tables = join(folder, 'tables')
  try {
    if (makeFolder(folder)) await writeFile(join(folder, '.gitignore'), '*\n')
    // The engine would make it late, and end the process where it cannot.
    makeFolder(tables)
    for (const path of [folder, tables]) checkFolder(path)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    const why = REASONS[code] ?? 'cannot be made'
    throw new UsageError(`The folder ${folder} ${why} (${code}): name another one by --folder`)
  }
  return tables
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be made or written to',
  EPERM: 'may not be made or written to',
  EROFS: 'is on a disk that is read only',
  ENOTDIR: 'is a file, or in one',
}

interface Served {
  readonly engine: Engine
  readonly live: Live
  readonly timeToLive: TimeToLive
  readonly sessions: Sessions
}

async function respond(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { method = 'GET', headers } = request
  if (!isForUs(request)) return sendText(response, 403, 'text/plain', 'Only localhost, 127.0.0.1 and [::1] are served\n')
  const path = request.url?.split('?', 1)[0] ?? '/'
  if (method === 'POST' && path === '/') {
    // Only a browser's page sends it. The engine would let every site read and write.
    if (headers.origin !== undefined) return sendText(response, 403, 'text/plain', 'No page in a browser is served\n')
    return toEngine(request, response, served)
  }
  if (method !== 'GET') return sendText(response, 405, 'text/plain', 'DynamoDB’s requests are POST /\n', { allow: 'GET, POST' })
  if (path === '/requests') {
    // Kept alive after its end, the connection would hold up the server's.
    response.writeHead(200, { ...GUARDED, 'content-type': 'text/event-stream', connection: 'close' })
    return served.live.listen(response)
  }
  const { engine, sessions } = served
  if (path === '/items') return sendText(response, 200, 'text/html', tablesOf(await readTables(engine, sessions)))
  if (path !== '/') return sendText(response, 404, 'text/plain', 'There is GET / for browsers, and POST / for DynamoDB’s clients\n')
  const text = page(await readTables(engine, sessions), `http://localhost:${request.socket.localPort}`)
  sendText(response, 200, 'text/html', text, { 'content-security-policy': policyOf() })
}

async function toEngine(request: IncomingMessage, response: ServerResponse, { engine, live, timeToLive, sessions }: Served): Promise<void> {
  const { headers, method = 'POST', url = '/' } = request
  const began = new Date()
  const start = performance.now()
  const body = await bodyOf(request)
  if (body === undefined) return sendText(response, 413, 'text/plain', 'DynamoDB takes no more than 16 MB\n', { connection: 'close' })
  const asked = { method, url, headers, body }
  const reply = (await timeToLive.handle(asked)) ?? (await engine.handle(asked))
  response.writeHead(reply.status, reply.headers).end(reply.body)
  live.show({
    time: began.toISOString().slice(11, 23),
    operation: operationOf(request),
    ...targetOf(body, sessions),
    result: resultOf(reply),
    milliseconds: Math.round((performance.now() - start) * 10) / 10,
  })
}

function targetOf(body: Buffer, { tableKey, hashIds }: Sessions): { table: string; key: string } {
  const { TableName, Key, Item } = objectIn(body.toString()) as Partial<Record<string, unknown>>
  const key = ((Key ?? Item) as Record<string, { S?: unknown }> | undefined)?.[tableKey]?.S
  return { table: typeof TableName === 'string' ? TableName : '', key: typeof key === 'string' ? shownKey(key, hashIds) : '' }
}

function resultOf({ status, body }: EngineResponse): string {
  const { __type } = status === 200 ? {} : (objectIn(body) as { __type?: string })
  return __type?.split('#').at(-1) ?? String(status)
}

/** Of a client that went away nobody needs to know. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  sendText(response, 500, 'text/plain', `The engine failed: ${error instanceof Error ? error.message : String(error)}\n`)
}
