import type { SessionStore } from '../../src/index.ts'
import type { Data } from '../page.ts'

/** Changes of one session by two servers at the same moment, each of which has read it before the other writes. */
export interface Race {
  /** Each sets a key of its own. */
  differentKeys(id: string): Promise<void>
  /** Each adds one to what it has read. */
  sameKey(id: string): Promise<void>
}

export function createRace(servers: readonly SessionStore<Data>[]): Race {
  async function atOnce(id: string, change: (data: Data, server: number) => Data): Promise<void> {
    const read = await Promise.all(servers.map(async (store) => ({ store, record: await store.read(id) })))
    await Promise.all(read.map(({ store, record }, index) => record && store.update(record, change(record.data, index + 1))))
  }

  return {
    differentKeys: (id) => atOnce(id, (data, server) => ({ ...data, [`server ${server}`]: new Date().toISOString() })),
    sameKey: (id) => atOnce(id, (data) => ({ ...data, count: (data.count ?? 0) + 1 })),
  }
}
