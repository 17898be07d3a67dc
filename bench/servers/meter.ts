// A proxy that counts requests and their capacity units: it asks for what they consume, whoever sends them.
import { once } from 'node:events'
import { Agent, createServer, request as sendRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Count {
  requests: number
  readUnits: number
  writeUnits: number
}
export interface Meter {
  readonly endpoint: string
  /** What passed since the last call. */
  take(): Count
  stop(): void
}

const nothing = (): Count => ({ requests: 0, readUnits: 0, writeUnits: 0 })

export async function startMeter(target: string): Promise<Meter> {
  const { hostname, port } = new URL(target)
  const agent = new Agent({ keepAlive: true })
  let count = nothing()

  async function pass(incoming: IncomingMessage): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
    const asked = { ...(JSON.parse((await buffer(incoming)).toString()) as object), ReturnConsumedCapacity: 'TOTAL' }
    const body = Buffer.from(JSON.stringify(asked))
    const headers = { ...incoming.headers, 'content-length': String(body.length) }
    const outgoing = sendRequest({ hostname, port, agent, method: incoming.method, path: incoming.url, headers })
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 500, headers: answer.headers, body: await buffer(answer) }
  }

  const server = createServer((incoming, outgoing) => {
    pass(incoming).then(
      ({ status, headers, body }) => {
        const { ConsumedCapacity: consumed } = JSON.parse(body.toString()) as { ConsumedCapacity?: { CapacityUnits: number } }
        const isRead = /\.(?:Get|BatchGet|Query|Scan)/.test(String(incoming.headers['x-amz-target']))
        count.requests++
        count[isRead ? 'readUnits' : 'writeUnits'] += consumed?.CapacityUnits ?? 0
        outgoing.writeHead(status, headers).end(body)
      },
      () => outgoing.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = count
      count = nothing()
      return taken
    },
    stop() {
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}
