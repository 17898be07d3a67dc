// `@remix-run/session`: its middleware reads once for a request and saves at its end.
import type { SessionStorage } from '@remix-run/session'
import { createRedisSessionStorage } from '@remix-run/session-storage-redis'
import { createDynamoSessionStorage } from 'dynamodb-sessions/remix3'
import { createClient } from 'redis'
import { LIFETIME, VISITOR, found } from './contender.ts'
import type { Contender } from './contender.ts'

function remix3(storage: SessionStorage): Contender {
  const read = async (id: string): Promise<Awaited<ReturnType<typeof storage.read>>> => {
    const session = await storage.read(id)
    found(session.get('name'))
    return session
  }
  return {
    async create() {
      const fresh = await storage.read(null)
      for (const [key, value] of Object.entries(VISITOR)) fresh.set(key, value)
      return found(await storage.save(fresh))
    },
    view: async (id) => storage.save(await read(id)),
    rolling: async (id) => storage.save(await read(id)),
    async change(id) {
      const session = await read(id)
      session.set('count', Number(session.get('count')) + 1)
      await storage.save(session)
    },
    async end(id) {
      const session = await read(id)
      session.destroy()
      await storage.save(session)
    },
  }
}

export const ourRemix3 = (endpoint: string, tableName: string): Contender => remix3(createDynamoSessionStorage({ endpoint, tableName }))

export async function remix3Redis(url: string): Promise<Contender> {
  const client = await createClient({ url }).connect()
  return remix3(
    createRedisSessionStorage(
      {
        get: (key) => client.get(key),
        set: (key, value) => client.set(key, value),
        setEx: (key, seconds, value) => client.setEx(key, seconds, value),
        del: (key) => client.del(key),
      },
      { ttl: LIFETIME },
    ),
  )
}
