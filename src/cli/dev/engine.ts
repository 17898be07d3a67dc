// dynalite in this process. Requests reach it by calls, after server.ts has looked at them: by itself it serves any host and any origin.
import { EventEmitter } from 'node:events'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { MissingPackageError } from '../../core/base/errors.ts'
import { UsageError } from '../errors.ts'
import { installer } from '../init/project.ts'

export interface EngineRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface EngineResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Engine {
  /** Closing it closes the data as well, once it listens. Nothing handles its requests yet. */
  readonly server: Server
  handle(request: EngineRequest): Promise<EngineResponse>
  /** An operation of DynamoDB of our own; rejects where it fails. */
  send<Output>(operation: string, input: object): Promise<Output>
}

/** What dynalite's handler of requests uses of Node's responses. */
interface Collected {
  statusCode: number
  setHeader(name: string, value: string | number): void
  end(body?: string): void
}
type Handler = (request: EventEmitter, response: Collected) => void

/**
 * @param folder keeps the tables; in memory without one.
 * @param load imports dynalite.
 * @throws MissingPackageError where it is not installed.
 */
export async function openEngine(folder: string | undefined, load: typeof importDynalite = importDynalite): Promise<Engine> {
  const dynalite = await load().catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const install = installer(process.cwd(), { dev: true })
    throw new MissingPackageError('dynalite', 'the development server keeps its tables in it', { cause, install })
  })
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(folder === undefined ? {} : { path: folder }) })
  const [handler] = server.listeners('request') as unknown as [Handler]
  server.removeAllListeners('request')
  const handle = (request: EngineRequest): Promise<EngineResponse> => handleBy(handler, request)
  return {
    server,
    handle,
    async send(operation, input) {
      const headers = { ...OWN_HEADERS, 'x-amz-target': `DynamoDB_20120810.${operation}` }
      const { status, body } = await handle({ method: 'POST', url: '/', headers, body: Buffer.from(JSON.stringify(input)) })
      if (status !== 200) throw new Error(`${operation} failed: ${body.slice(0, 500)}`)
      return JSON.parse(body)
    },
  }
}

/**
 * Waits until the data can be read: the engine opens its folder late, and where it cannot, it throws where no caller can catch it.
 * @throws UsageError where another process has the folder.
 */
export async function untilOpen(engine: Engine, folder: string | undefined): Promise<void> {
  try {
    await orUncaught(() => engine.send('ListTables', {}))
  } catch (cause) {
    if (folder === undefined) throw cause
    throw new UsageError(
      `The data in ${folder} cannot be opened. Does another dynamodb-sessions dev run on it? Stop that one, or name another folder by --folder`,
    )
  }
}

/** What `ask` returns; rejects as well with what is thrown meanwhile where no caller can catch it, as `inWords` has it. */
export async function orUncaught<Result>(
  ask: () => Promise<Result>,
  inWords: (error: unknown) => unknown = (error) => error,
): Promise<Result> {
  let onThrown: ((error: unknown) => void) | undefined
  const thrown = new Promise<never>((_, reject) => {
    onThrown = (error) => reject(inWords(error) as Error)
    process.once('uncaughtException', onThrown)
  })
  try {
    return await Promise.race([thrown, ask()])
  } finally {
    if (onThrown) process.off('uncaughtException', onThrown)
  }
}

/** DynamoDB's name of what a request asks for; empty where it does not say. */
export function operationOf({ headers }: Pick<EngineRequest, 'headers'>): string {
  return String(headers['x-amz-target'] ?? '').replace(/^.*\./, '')
}

/** What a body says; an empty object where it is no JSON. */
export function objectIn(body: string): object {
  try {
    return (JSON.parse(body) as object | null) ?? {}
  } catch {
    return {}
  }
}

async function importDynalite(): Promise<(typeof import('dynalite'))['default']> {
  return (await import('dynalite')).default
}

/** The engine asks for a signature and does not look at it. */
const OWN_HEADERS = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20200101T000000Z',
  authorization: 'AWS4-HMAC-SHA256 Credential=own, SignedHeaders=host, Signature=none',
}

/** Without a socket, a browser or client that goes away is no error of the engine's, which would end the process. */
function handleBy(handler: Handler, { method, url, headers, body }: EngineRequest): Promise<EngineResponse> {
  return new Promise((resolve, reject) => {
    const request = Object.assign(new EventEmitter(), { method, url, headers })
    const collected: Record<string, string> = {}
    const response: Collected = {
      statusCode: 200,
      setHeader: (name, value) => void (collected[name.toLowerCase()] = String(value)),
      end: (text = '') => resolve({ status: response.statusCode, headers: collected, body: text }),
    }
    try {
      handler(request, response)
      if (body.length > 0) request.emit('data', body)
      request.emit('end')
    } catch (error) {
      reject(error as Error)
    }
  })
}
