import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'

export interface Listening {
  readonly origin: string
  readonly port: number
  stop(): void
}

/** Serves a fetch handler by node:http. */
export async function serve(handler: (request: Request) => Promise<Response>): Promise<Listening> {
  return listen((incoming, outgoing) => {
    const answer = async (): Promise<void> => {
      const response = await handler(toRequest(incoming))
      outgoing.statusCode = response.status
      outgoing.setHeaders(response.headers)
      outgoing.end(Buffer.from(await response.arrayBuffer()))
    }
    answer().catch((error: unknown) => {
      outgoing.statusCode = 500
      outgoing.end(String(error))
    })
  })
}

/** Listens on a free port of this machine. */
export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function toRequest(incoming: IncomingMessage): Request {
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
  return new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host}`), {
    method: incoming.method ?? 'GET',
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    ),
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
  })
}
