// One request and its answer over HTTP/1.1, by Node's own client.
import type { Agent, IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { TIMEOUT, TransportError } from '../transport-error.ts'

/** Where requests go. */
export interface Target {
  readonly isTls: boolean
  /** Without the brackets of IPv6. */
  readonly hostname: string
  /** `''`: the protocol's own. */
  readonly port: string
  readonly path: string
}

export interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** No whole answer came. */
export class Broken extends Error {
  /** Whether a part of the request may have been read. */
  readonly wasSent: boolean
  /** Whether the connection had carried another request before. */
  readonly isReused: boolean

  constructor(cause: unknown, wasSent: boolean, isReused: boolean) {
    super('no answer', { cause })
    this.wasSent = wasSent
    this.isReused = isReused
  }
}

export interface Exchanges {
  /**
   * @param onSend is called once the request has a connection.
   * @throws Broken
   */
  exchange(to: Target, headers: Record<string, string>, body: string, onSend: () => void): Promise<Received>
  /** Closes all connections. */
  close(): void
}

/**
 * @param maxSockets connections at once; further requests wait in their order, and no bound applies to them meanwhile.
 * @param timeout milliseconds from a connection to the last byte of the answer; connecting, TLS included, has as many of its own.
 */
export function createExchanges(maxSockets: number, timeout: number): Exchanges {
  const ways = new Map<boolean, Way>()
  const used = new WeakSet<Socket>()

  function wayBy(isTls: boolean): Way {
    let way = ways.get(isTls)
    if (!way) {
      const module = nodeHttp(isTls)
      ways.set(isTls, (way = { module, agent: new module.Agent({ keepAlive: true, maxSockets }) }))
    }
    return way
  }

  return {
    exchange({ isTls, hostname, port, path }, headers, body, onSend) {
      return new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout | undefined
        let [isConnected, isReused] = [false, false]
        const fail = (error: unknown): void => {
          clearTimeout(timer)
          reject(new Broken(error, isConnected, isReused))
        }
        // Called by its name in the module each time, so that whoever instruments Node's client sees it.
        const { module, agent } = wayBy(isTls)
        const outgoing = module.request(
          port ? { method: 'POST', hostname, port, path, agent, headers } : { method: 'POST', hostname, path, agent, headers },
          (incoming) => {
            const parts: Buffer[] = []
            incoming.on('data', (part: Buffer) => void parts.push(part))
            incoming.on('error', fail)
            incoming.on('end', () => {
              clearTimeout(timer)
              resolve({
                status: incoming.statusCode ?? 0,
                headers: incoming.headers,
                bytes: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
              })
            })
          },
        )
        const late = (message: string) => (): void => void outgoing.destroy(Object.assign(new Error(message), { name: TIMEOUT }))
        const start = (): void => {
          clearTimeout(timer)
          isConnected = true
          timer = setTimeout(late(`no whole answer within ${timeout} ms`), timeout)
          onSend()
        }
        outgoing.on('error', fail)
        outgoing.once('socket', (socket: Socket & { readonly secureConnecting?: boolean }) => {
          isReused = used.has(socket)
          used.add(socket)
          if (!socket.connecting && socket.secureConnecting !== true) return start()
          timer = setTimeout(late(`no connection within ${timeout} ms`), timeout)
          socket.once(isTls ? 'secureConnect' : 'connect', start)
        })
        outgoing.end(body)
      })
    },

    close() {
      for (const { agent } of ways.values()) agent.destroy()
      ways.clear()
    },
  }
}

interface Way {
  readonly module: typeof import('node:http') | typeof import('node:https')
  readonly agent: Agent
}

/** Not imported: a bundle for a runtime without it still loads, and instrumentation finds no copy of it that it does not know. */
function nodeHttp(isTls: boolean): typeof import('node:http') | typeof import('node:https') {
  const module = (process as Partial<NodeJS.Process>).getBuiltinModule?.(isTls ? 'node:https' : 'node:http')
  if (module) return module
  const where = 'Node has it from 20.16, Cloudflare Workers with `nodejs_compat` and a compatibility date from 2025-09-01'
  throw new TransportError('other', 'ERR_NO_NODE_HTTP', `this runtime has no node:http; ${where}`)
}
