// What listens: on this machine only, and for this machine's names only.
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UsageError } from '../errors.ts'

/** Browsers try IPv6 first for localhost, and clients either. */
const ADDRESSES = ['127.0.0.1', '::1']
const NAMES = ['localhost', '127.0.0.1', '[::1]']
/** As much as DynamoDB takes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const MAX_BODY = 16 * 1024 * 1024
/** Milliseconds that requests under way get when the server stops. */
const GRACE = 1000

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/**
 * Listens on those loopback addresses that the machine has.
 * @param first serves the first of them.
 * @throws UsageError where the port is taken.
 */
export async function listenOnLoopback(first: Server, listener: RequestListener, asked: number): Promise<Listening> {
  const servers: Server[] = []
  let port = asked
  for (const address of ADDRESSES) {
    const server = servers.length === 0 ? first : createServer()
    try {
      await listen(server, port, address)
      server.on('request', listener)
      servers.push(server)
      port = (server.address() as AddressInfo).port
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code) && (servers.length > 0 || address !== ADDRESSES.at(-1))) continue
      await closeAll(servers)
      throw listenError(code, port) ?? error
    }
  }
  return { port, close: () => closeAll(servers) }
}

/**
 * Whether the request names this machine. A site whose name leads here does not, and could otherwise read and change everything.
 * @see https://en.wikipedia.org/wiki/DNS_rebinding
 */
export function isForUs({ headers, socket }: IncomingMessage): boolean {
  const port = socket.localPort
  const { host } = headers
  return NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

/** The body; `undefined` where it is longer than DynamoDB takes. Rejects where the client goes away. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Sends a text that no cache keeps and no other site embeds. */
export function sendText(response: ServerResponse, status: number, type: string, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...GUARDED, 'content-type': `${type}; charset=utf-8`, ...headers }).end(text)
}

export const GUARDED: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function listenError(code: string, port: number): UsageError | undefined {
  if (code === 'EADDRINUSE')
    return new UsageError(
      `Port ${port} is taken: stop what listens there, or choose another one by --port ${port === 65_535 ? 8000 : port + 1}`,
    )
  return code === 'EACCES' ? new UsageError(`Port ${port} may not be listened on: choose one above 1023 by --port`) : undefined
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  const impatient = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), GRACE)
  const closed = servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())))
  for (const server of servers) server.closeIdleConnections()
  await Promise.all(closed)
  clearTimeout(impatient)
}
