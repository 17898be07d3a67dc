// Servers that answer as DynamoDB does, or do not.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { crc32 } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { openTransport } from '../../../../src/core/dynamodb/open-transport.ts'
import type { Transport } from '../../../../src/core/dynamodb/transport.ts'
import type { ClientOptions } from '../../../../src/core/options/types.ts'

export const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret' }

export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly path: string
  readonly body: string
}

/** A server of HTTP for one test. `asked` lists what came. */
export async function serve(
  answer: (response: ServerResponse, request: Asked, count: number) => void,
): Promise<{ endpoint: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (incoming, response) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const request = { headers: incoming.headers, path: incoming.url as string, body: Buffer.concat(parts).toString() }
    answer(response, request, asked.push(request))
  })
  server.keepAliveTimeout = 60_000
  return { endpoint: await listen(server), asked }
}

/** A server of bare connections for one test. */
export async function serveRaw(
  answer: (socket: Socket, request: string, count: number) => void,
): Promise<{ endpoint: string; requests: string[] }> {
  const requests: string[] = []
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    // A request is small enough to come in one piece.
    socket.on('data', (bytes) => answer(socket, String(bytes), requests.push(String(bytes))))
  })
  return { endpoint: await listen(server), requests }
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An answer as DynamoDB gives it. */
export function answerWith(
  response: ServerResponse,
  body: object,
  { status = 200, headers = {} }: { status?: number; headers?: object } = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': bytes.length,
    'x-amz-crc32': crc32(bytes),
    'x-amzn-requestid': 'REQUEST',
    ...headers,
  })
  response.end(bytes)
}

export function rawAnswer(body: string, headers: readonly string[] = []): string {
  const all = ['HTTP/1.1 200 OK', 'content-type: application/x-amz-json-1.0', `content-length: ${Buffer.byteLength(body)}`, ...headers]
  return `${all.join('\r\n')}\r\n\r\n${body}`
}

/** The pipeline, closed after the test. */
export function open(options: ClientOptions): Transport {
  const transport = openTransport({ transport: 'http', region: 'us-east-1', credentials: CREDENTIALS, ...options })
  onTestFinished(() => transport.dispose())
  return transport
}

export const KEY = { session_id: { S: 'key' } }
