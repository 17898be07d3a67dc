import { now } from './core/base/time.ts'
import { checkOptions, variableOf } from './core/options/options.ts'
import type { SessionOptions } from './core/options/options.ts'
import { openSessions } from './core/sessions/open.ts'
import { createAtomic } from './core/values/atomic.ts'
import { createKeys } from './core/values/keys.ts'
import { createOrder } from './core/values/order.ts'
import { createValues } from './core/values/values.ts'

/** The flat set without what only code can give: Astro writes it into the build. What concerns cookies is Astro's own. */
export type AstroSessionOptions = Omit<
  SessionOptions,
  'client' | 'credentials' | 'driver' | 'generateId' | 'errorHandler' | 'serializer' | 'migrate'
>

/** What Astro takes for `session.driver`. */
export interface AstroSessionDriverConfig {
  readonly entrypoint: string
  readonly config: AstroSessionOptions
}

/** What Astro makes of it when the server runs. */
export interface AstroSessionDriver {
  getItem(key: string): Promise<string | null>
  setItem(key: string, value: string): Promise<void>
  removeItem(key: string): Promise<void>
}

const SECRETS = ['encryptionKey', 'secretKey'] as const

/**
 * The session driver for `astro.config.mjs`. Secrets do not belong there, since it goes into the build: give `encryptionKey` by
 * `AWS_DYNAMO_DB_SESSION_ENCRYPTION_KEY`.
 *
 * @param options the flat set; `maxStale` is the lifetime of a session since its last use, by default 14 days.
 * @throws InvalidOptionError for an unknown or ill-typed option.
 * @see https://docs.astro.build/en/guides/sessions/
 * @example
 * export default defineConfig({ session: { driver: dynamodbSessionDriver({ tableName: 'sessions' }) } })
 */
export function dynamodbSessionDriver(options: AstroSessionOptions = {}): AstroSessionDriverConfig {
  const config = checkOptions(options) as AstroSessionOptions
  const secret = SECRETS.find((name) => config[name] !== undefined)
  if (secret !== undefined) {
    process.emitWarning(
      `\`${secret}\` of astro.config goes into the build, where others can read it: give it by ${variableOf(secret)} in its place`,
      {
        type: 'DynamoSessionWarning',
        code: 'SECRET_IN_BUILD',
      },
    )
  }
  return { entrypoint: 'dynamodb-sessions/astro', config }
}

/**
 * The driver itself, which Astro imports in the server: ids are hashed at rest, a session expires, and one that was destroyed stays away
 * for a minute, whatever a late request writes. Astro 5 sends a response in development before it stores the session, and every Astro before
 * the old id of `regenerate` is removed: reads in this process wait for that.
 */
export default function createDriver(config: AstroSessionOptions = {}): AstroSessionDriver {
  const { items, options } = openSessions(config)
  const values = createValues(items, options)
  const atomic = createAtomic(items, options)
  const { maxStale } = options
  const keyOf = createKeys(items, 'astro:', options.hashIds)

  const order = createOrder(items)

  return {
    async getItem(id) {
      const key = keyOf(id)
      return (await order.read(key, (deadline) => atomic.use(key, maxStale, deadline)))?.toString() ?? null
    },
    async setItem(id, value) {
      const key = keyOf(id)
      await order.write(key, () => values.write(key, value, maxStale > 0 ? { expireAt: now() + maxStale } : { ttl: 0 }))
    },
    async removeItem(id) {
      const key = keyOf(id)
      await order.write(key, () => atomic.end(key))
    },
  }
}
