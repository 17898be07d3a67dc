import { now } from './core/base/time.ts'
import type { SessionOptions } from './core/options/options.ts'
import { openSessions } from './core/sessions/open.ts'
import { createAtomic } from './core/values/atomic.ts'
import { createKeys } from './core/values/keys.ts'
import { createValues } from './core/values/values.ts'

/** What Better Auth calls secondary storage, with the atomic steps of 1.7. Assignable to `SecondaryStorage` of 1.3 to 1.7. */
export interface DynamoSecondaryStorage {
  /** `null` where there is none, or it has expired. */
  get(key: string): Promise<string | null>
  /** @param ttl seconds; without it the value stays until it is deleted, and one that is not above 0 deletes it. */
  set(key: string, value: string, ttl?: number): Promise<void>
  delete(key: string): Promise<void>
  /** Of several callers one gets the value, the others `null`. */
  getAndDelete(key: string): Promise<string | null>
  /** @param ttl seconds from the first; later calls do not extend it. @returns the count with this one. */
  increment(key: string, ttl: number): Promise<number>
}

/** Better Auth draws the tokens of sessions so, once each; its other keys have a name, and come again. */
const TOKEN = /^[A-Za-z0-9]{32}$/

/**
 * Secondary storage for Better Auth: sessions, verifications and rate limits by key. Keys are hashed, unless `hashIds` is false, so that
 * the table holds no session token. A session that was signed out stays away: a late refresh does not bring it back.
 *
 * Nothing is read, made or checked with AWS before the first call.
 *
 * @param options the flat set; what concerns cookies and lifetimes is Better Auth's own.
 * @throws InvalidOptionError for an unknown or ill-typed option.
 * @see https://www.better-auth.com/docs/concepts/database#secondary-storage
 * @example
 * export const auth = betterAuth({ database, secondaryStorage: dynamodbSecondaryStorage({ tableName: 'auth' }) })
 */
export function dynamodbSecondaryStorage(options: SessionOptions = {}): DynamoSecondaryStorage {
  const { items, options: resolved } = openSessions(options)
  const values = createValues(items, resolved)
  const atomic = createAtomic(items, resolved)
  const keyOf = createKeys(items, 'auth:', resolved.hashIds)

  return {
    get: async (key) => text(await values.read(keyOf(key))),
    set: async (key, value, ttl) => {
      if (ttl !== undefined && !(ttl > 0)) return values.remove(keyOf(key))
      return values.write(keyOf(key), value, ttl === undefined ? { ttl: 0 } : { expireAt: now() + ttl })
    },
    delete: async (key) => (TOKEN.test(key) ? atomic.end(keyOf(key)) : values.remove(keyOf(key))),
    getAndDelete: async (key) => text(await atomic.take(keyOf(key))),
    increment: async (key, ttl) => atomic.increment(keyOf(key), ttl),
  }
}

function text(found: string | Buffer | null): string | null {
  return found?.toString() ?? null
}
