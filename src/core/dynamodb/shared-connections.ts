// A provider of credentials that is written inline is another one for each call, and so a transport of its own: what it returns may be
// another identity. Connections know no identity, so that transports whose options are equal but for that share them.
import type { ClientOptions } from '../options/types.ts'

/** What names the connections that a transport shares with others; `undefined` where it has connections of its own. */
export function connectionsOf(options: ClientOptions): string | undefined {
  const { credentials, region, endpoint, maxSockets, requestTimeout } = options
  return typeof credentials === 'function' ? JSON.stringify([region, endpoint, maxSockets, requestTimeout]) : undefined
}

/** The part of one transport in connections. */
export interface Share<Connections> {
  /** The connections, which the first who needs them opens. */
  get(open: () => Connections): Connections
  /** Closes them, unless others use them; a later `get` opens them anew. */
  close(): void
}

/**
 * Returns a function that gives a transport its part in the connections of that name.
 * @param close is called once the last of them needs them no more.
 */
export function createShares<Connections>(close: (connections: Connections) => void): (name: string | undefined) => Share<Connections> {
  const shared = new Map<string | symbol, { readonly connections: Connections; users: number }>()
  return (given) => {
    const name = given ?? Symbol('own')
    let used: Connections | undefined
    return {
      get(open) {
        if (used) return used
        const pool = shared.get(name) ?? { connections: open(), users: 0 }
        shared.set(name, pool)
        pool.users++
        return (used = pool.connections)
      },
      close() {
        const pool = shared.get(name)
        if (!used || !pool) return
        used = undefined
        if (--pool.users > 0) return
        shared.delete(name)
        close(pool.connections)
      },
    }
  }
}
