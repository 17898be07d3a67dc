// What keeps texts by key and knows nothing of sessions: drivers of unstorage, and the secondary storage of Better Auth.
import { redisStorage } from '@better-auth/redis-storage'
import { dynamodbSecondaryStorage } from 'dynamodb-sessions/better-auth'
import createAstroDriver from 'dynamodb-sessions/astro'
import createDriver from 'dynamodb-sessions/driver'
import { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import { createStorage } from 'unstorage'
import type { Driver } from 'unstorage'
import redisDriver from 'unstorage/drivers/redis'
import { LIFETIME, LOADERS, VISITOR, found } from './contender.ts'
import type { Contender, Visitor } from './contender.ts'

interface Values {
  get(key: string): Promise<unknown>
  set(key: string, value: string): Promise<unknown>
  remove(key: string): Promise<unknown>
}

/**
 * @param readers of a page: as many as its loaders, or one where the framework reads for all of them.
 * @param rolls whether its users write a session again to let it live on.
 */
function byKey({ get, set, remove }: Values, { readers, rolls }: { readers: number; rolls: boolean }): Contender {
  const read = async (key: string): Promise<Visitor> => {
    const [value] = await Promise.all(Array.from({ length: readers }, () => get(key)))
    return JSON.parse(String(found(value))) as Visitor
  }
  const write = (key: string, data: Visitor): Promise<unknown> => set(key, JSON.stringify(data))
  return {
    async create() {
      const key = randomUUID().replaceAll('-', '')
      await write(key, VISITOR)
      return key
    },
    view: read,
    rolling: async (key) => (rolls ? write(key, await read(key)) : read(key)),
    async change(key) {
      const data = await read(key)
      await write(key, { ...data, count: data.count + 1 })
    },
    end: remove,
  }
}

/** What Nitro and others mount. */
function driver({ getItem, setItem, removeItem }: Driver): Contender {
  const values: Values = {
    get: async (key) => getItem(key),
    set: async (key, value) => setItem?.(key, value, {}),
    remove: async (key) => removeItem?.(key, {}),
  }
  return byKey(values, { readers: LOADERS, rolls: true })
}

export const ourDriver = (endpoint: string, tableName: string): Contender =>
  driver(createDriver({ endpoint, tableName, ttl: LIFETIME }) as Driver)
export const unstorageRedis = (url: string): Contender => driver(redisDriver({ url, ttl: LIFETIME }) as Driver)

/** Astro wraps a driver in a storage, reads it once for a request, and rewrites the whole value where something changed. */
function astro(made: object): Contender {
  const storage = createStorage({ driver: made as Driver })
  const values: Values = {
    get: (key) => storage.getItemRaw(key),
    set: (key, value) => storage.setItem(key, value),
    remove: (key) => storage.removeItem(key),
  }
  return byKey(values, { readers: 1, rolls: false })
}

export const ourAstro = (endpoint: string, tableName: string): Contender => astro(createAstroDriver({ endpoint, tableName }))
export const astroRedis = (url: string): Contender => astro(redisDriver({ url, base: 'astro' }))

/** Better Auth reads a session's token once for a request, and writes it again once a day. */
function betterAuth(storage: {
  get(key: string): Promise<unknown>
  set(key: string, value: string, ttl?: number): Promise<void>
  delete(key: string): Promise<void>
}): Contender {
  const values: Values = {
    get: (key) => storage.get(key),
    set: (key, value) => storage.set(key, value, LIFETIME),
    remove: (key) => storage.delete(key),
  }
  return byKey(values, { readers: 1, rolls: false })
}

export const ourBetterAuth = (endpoint: string, tableName: string): Contender =>
  betterAuth(dynamodbSecondaryStorage({ endpoint, tableName }))
export const betterAuthRedis = (url: string): Contender => betterAuth(redisStorage({ client: new Redis(url) }))
