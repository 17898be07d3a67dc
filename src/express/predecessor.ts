// The store that ours takes the place of: what it holds is read as it is, and moves when it is written or touched.
import { InvalidOptionError } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { now, toEpoch } from '../core/base/time.ts'
import type { Items } from '../core/items/items.ts'
import { openTable } from '../core/sessions/open.ts'

type Callback<Result> = (error: unknown, result?: Result) => void

/** A store of express-session, of which two methods are needed. */
export interface ReplacedStore {
  get(id: string, callback: Callback<object | null>): void
  destroy(id: string, callback: Callback<unknown>): void
}

/** Where sessions are that were made before. */
export interface Migration {
  /** `connect-dynamodb` reads that package's items, without the package; else the store that was used so far, as that of connect-redis. */
  from: 'connect-dynamodb' | ReplacedStore
  /** After this nothing is looked for there, which saves a read for each unknown id. */
  until?: Date | undefined
  /** connect-dynamodb: its table, by default ours. */
  tableName?: string | undefined
  /** connect-dynamodb: its `prefix`. Default `sess:`. */
  prefix?: string | undefined
}

export interface Predecessor {
  read(id: string): Promise<Record<string, unknown> | undefined>
  remove(id: string): Promise<void>
}

export function openPredecessor(migration: Migration | undefined, ours: Items): Predecessor | undefined {
  if (migration === undefined) return undefined
  const { from, until } = migration
  const end = until === undefined ? Infinity : toEpoch(until, 'migrate.until')
  const inner = from === 'connect-dynamodb' ? connectDynamoDB(migration, ours) : storeOf(from)
  return {
    read: async (id) => (now() < end ? inner.read(id) : undefined),
    remove: async (id) => (now() < end ? inner.remove(id) : undefined),
  }
}

/** Items with `id`, `sess` as JSON and `expires` in seconds. @see https://github.com/ca98am79/connect-dynamodb */
function connectDynamoDB({ tableName, prefix = 'sess:' }: Migration, ours: Items): Predecessor {
  const items = openTable(ours, tableName ?? ours.options.tableName, 'id')
  return {
    async read(id) {
      const item = await items.latest(prefix + id)
      const { sess, expires } = item ?? {}
      // A touch that came after a log-out leaves an item without data there.
      if (sess?.S === undefined || !(Number(expires?.N ?? Infinity) > now())) return undefined
      try {
        const data: unknown = JSON.parse(sess.S)
        return isPlainObject(data) ? data : undefined
      } catch {
        return undefined
      }
    },
    async remove(id) {
      await items.delete(prefix + id)
    },
  }
}

function storeOf(store: unknown): Predecessor {
  const { get, destroy } = (store ?? {}) as Partial<ReplacedStore>
  if (typeof get !== 'function' || typeof destroy !== 'function')
    throw new InvalidOptionError('migrate.from', "must be 'connect-dynamodb' or a store of express-session")
  return {
    async read(id) {
      const found = await promised<object | null>((callback) => get.call(store, id, callback))
      // As JSON: what a store in memory returns may be the session itself.
      return found ? (JSON.parse(JSON.stringify(found)) as Record<string, unknown>) : undefined
    },
    async remove(id) {
      await promised((callback) => destroy.call(store, id, callback))
    },
  }
}

function promised<Result>(run: (callback: Callback<Result>) => void): Promise<Result | undefined> {
  return new Promise((resolve, reject) => run((error, result) => (error ? reject(error as Error) : resolve(result))))
}
