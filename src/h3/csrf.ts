// Forged requests, on events of both majors of h3.
import { CsrfError } from '../core/csrf/error.ts'
import { copyOf, hostsOf, MOST_READ, tokenIn } from '../core/csrf/request.ts'
import type { CsrfRequest, VerifyCsrfOptions } from '../core/csrf/types.ts'
import { isSafe, verifySent } from '../core/csrf/verify.ts'
import { cookieParts } from '../web/csrf.ts'
import type { CookieSessions } from '../web/options.ts'
import { EventCsrfError } from './csrf-error.ts'
import { headerOf, hostOf, requestOf } from './event.ts'
import type { SessionEvent } from './types.ts'

/** A request of Node below an event of h3 1. */
interface NodeRequest extends CsrfRequest {
  readonly originalUrl?: string
  [Symbol.asyncIterator]?(): AsyncIterator<Uint8Array>
}

/** Where h3 1 keeps a body that was read, for all that ask for it later. */
const READ = Symbol.for('h3RawBody')

/** @throws EventCsrfError */
export async function verifyEvent(event: SessionEvent, source: () => CookieSessions, { token, ...csrf }: VerifyCsrfOptions): Promise<void> {
  const request = (requestOf(event) ?? event) as NodeRequest
  // A page view does without a secret.
  if (isSafe(request.method ?? 'GET')) return
  const header = (name: string): string | undefined => headerOf(event, name)
  try {
    await verifySent(
      {
        method: request.method ?? 'GET',
        url: request.originalUrl ?? request.url ?? '/',
        header,
        hosts: [hostOf(event), ...hostsOf(request)],
        token: () => token ?? tokenIn(header, async () => copyOf(request) ?? (await readNode(request, header('content-type')))),
        ...cookieParts(source(), hostOf(event), header('cookie')),
      },
      csrf,
    )
  } catch (error) {
    throw error instanceof CsrfError ? new EventCsrfError(error.reason) : error
  }
}

/** The body of a request of Node, which stays readable by h3 1. */
async function readNode(request: NodeRequest, type: string | undefined): Promise<Response | undefined> {
  const kept = request as { [READ]?: unknown; readonly body?: unknown }
  if (kept[READ] === undefined) {
    // Parsed by somebody else, who knows the token.
    if (kept.body !== undefined || typeof request[Symbol.asyncIterator] !== 'function') return undefined
    kept[READ] = collect(request as AsyncIterable<Uint8Array>)
  }
  const body: unknown = await kept[READ]
  if (!(body instanceof Uint8Array) || body.length > MOST_READ) return undefined
  return new Response(new Uint8Array(body), { headers: { 'content-type': type ?? '' } })
}

/** No more than `Content-Length` says, to which Node's parser holds the client. */
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read)
}
