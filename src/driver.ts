import { InvalidArgumentError, InvalidOptionError } from './core/base/errors.ts'
import { readOutcome, traceOperation } from './core/base/tracing.ts'
import type { SessionTrace } from './core/base/tracing.ts'
import { createItems, driverSlot } from './core/items/items.ts'
import { prefixProblem } from './core/items/own-keys.ts'
import { isWellFormed } from './core/base/well-formed.ts'
import { checkKey } from './core/items/size.ts'
import { resolveOptions, variableOf } from './core/options/options.ts'
import type { GivenClient, ResolvedOptions, SessionOptions } from './core/options/options.ts'
import { createValues } from './core/values/values.ts'

// `getInstance` names it, and declarations may name only what an entry exports.
export type { GivenClient }

/** Options of the driver: the flat set; what concerns sessions only is ignored. */
export interface DynamoDBDriverOptions extends Omit<SessionOptions, 'driver'> {
  /** The same as `keyPrefix`, by the name that other unstorage drivers use. */
  base?: string | undefined
  /** The driver's own name, which Nitro leaves in the options of a mount; ignored. */
  driver?: string | undefined
}

/** Options of one call. */
export interface DynamoDBItemOptions {
  /** Lifetime in seconds, at most 20 years; 0 means no expiry. Default: the driver's `ttl`. */
  ttl?: number | undefined
  /** When the item expires: a Date or seconds since the epoch. Takes precedence over `ttl`. */
  expireAt?: Date | number | undefined
}

/** What unstorage calls a driver, with every method present. Assignable to `Driver` of unstorage 1.17 and 2. */
export interface DynamoDBDriver {
  readonly name: 'dynamodb'
  readonly flags: { readonly ttl: true }
  /** The options without secrets and functions; survives JSON. */
  readonly options: DynamoDBDriverOptions
  /**
   * A DynamoDBClient of AWS's SDK: the one that was given, or one with the same options, made at the first call.
   * @throws MissingPackageError where `@aws-sdk/client-dynamodb` is not installed.
   * @example
   * const client = await driver.getInstance<DynamoDBClient>()
   */
  getInstance<Client extends object = GivenClient>(): Promise<Client>
  hasItem(key: string): Promise<boolean>
  getItem(key: string): Promise<string | null>
  getItems(items: { key: string }[]): Promise<{ key: string; value: string | null }[]>
  getItemRaw(key: string): Promise<string | Buffer | null>
  setItem(key: string, value: string, options?: DynamoDBItemOptions): Promise<void>
  setItems(items: { key: string; value: string; options?: DynamoDBItemOptions }[], commonOptions?: DynamoDBItemOptions): Promise<void>
  setItemRaw(key: string, value: unknown, options?: DynamoDBItemOptions): Promise<void>
  removeItem(key: string): Promise<void>
  getMeta(key: string): Promise<{ mtime?: Date; birthtime?: Date; ttl?: number } | null>
  getKeys(base?: string): Promise<string[]>
  clear(base?: string): Promise<void>
  dispose(): Promise<void>
}

/** What a framework has to install for this driver, in unstorage 2's convention. */
export const DRIVER_DEPENDENCIES: { readonly client: { readonly name: string; readonly version: string } } = {
  client: { name: '@aws-sdk/client-dynamodb', version: '^3' },
}

/**
 * An unstorage driver for Amazon DynamoDB. Expired items are absent on every path.
 *
 * Nothing is read, made or checked with AWS before the first call. A write is one request; only writing over an
 * expired leftover takes a second. `setItems` writes whole items in batches of 25, so `birthtime` starts anew there.
 *
 * @param options the flat set of options, all optional.
 * @returns a driver for `createStorage({ driver })` or `storage.mount(base, driver)`.
 * @throws InvalidOptionError for an unknown or ill-typed option, and for a `keyPrefix` without a separator at its end; at the first
 * call `TableNotFoundError`, `MissingRegionError`, `CredentialsError` or `AccessDeniedError` where AWS says so.
 * @see https://unstorage.unjs.io/guide/custom-driver
 * @example
 * const storage = createStorage({ driver: dynamodbDriver({ tableName: 'sessions', ttl: 3600 }) })
 */
export default function dynamodbDriver(options: DynamoDBDriverOptions = {}): DynamoDBDriver {
  const { base: prefix, driver: _name, ...rest } = options
  const resolved = resolveOptions({ ...rest, keyPrefix: rest.keyPrefix ?? prefix })
  // Keys are any text here: `clear` and `getKeys` under `app` would reach those under `app1`.
  const problem = prefixProblem(resolved)
  if (problem !== undefined)
    throw new InvalidOptionError('keyPrefix', problem, (rest.keyPrefix ?? prefix) === undefined ? variableOf('keyPrefix') : 'code')
  const items = createItems(resolved)
  const values = createValues(items, resolved)
  const { keyPrefix } = resolved
  const p = (key: string): string => checkKey(keyPrefix + checkText(key, 'key'))
  /** What keys under a base start with; without one, all of ours. */
  const under = (base: string | undefined): string => keyPrefix + (base ? `${checkText(base, 'base').replace(/:+$/, '')}:` : '')

  const driver = observed(resolved, {
    name: 'dynamodb',
    flags: { ttl: true },
    options: publicOptions(options),
    getInstance: async <Client extends object>() => (await items.dynamo.client()) as Client,

    hasItem: async (key) => values.has(p(key)),
    getItem: async (key) => (await values.read(p(key)))?.toString() ?? null,
    async getItems(items) {
      const contents = await values.readMany(items.map(({ key }) => p(key)))
      return items.map(({ key }, index) => ({ key, value: contents[index]?.toString() ?? null }))
    },
    getItemRaw: async (key) => values.read(p(key)),
    setItem: async (key, value, callOptions) => values.write(p(key), checkText(value, 'value'), callOptions),
    setItems: async (items, commonOptions) =>
      values.writeMany(
        items.map(({ key, value, options: itemOptions }) => ({
          key: p(key),
          content: checkText(value, 'value'),
          options: { ...commonOptions, ...itemOptions },
        })),
      ),
    setItemRaw: async (key, value, callOptions) => values.write(p(key), toContent(value), callOptions),
    removeItem: async (key) => values.remove(p(key)),
    getMeta: async (key) => values.meta(p(key)),
    getKeys: async (base) => (await values.keys(under(base))).map((key) => key.slice(keyPrefix.length)),
    clear: async (base) => values.clear(under(base)),
    async dispose() {
      items.dynamo.dispose()
    },
  })
  driverSlot.set(driver, items)
  return driver
}

const TRACED = {
  hasItem: 'read',
  getItem: 'read',
  getItems: 'read',
  getItemRaw: 'read',
  getMeta: 'read',
  getKeys: 'read',
  setItem: 'write',
  setItems: 'write',
  setItemRaw: 'write',
  removeItem: 'destroy',
  clear: 'destroy',
} as const satisfies Partial<Record<keyof DynamoDBDriver, string>>

/** Tells of each call where somebody listens. */
function observed({ tableName: table, hashIds, keyPrefix }: ResolvedOptions, driver: DynamoDBDriver): DynamoDBDriver {
  const methods = Object.entries(TRACED).map(([name, channel]) => {
    const method = driver[name as keyof typeof TRACED] as (...args: unknown[]) => Promise<unknown>
    const ofOneKey = !['getItems', 'setItems', 'getKeys', 'clear'].includes(name)
    const call = (...args: unknown[]): Promise<unknown> => {
      const key = ofOneKey && typeof args[0] === 'string' ? keyPrefix + args[0] : undefined
      return traceOperation(channel, name, { table, hashIds, key }, () => method(...args), OUTCOMES[channel])
    }
    return [name, call]
  })
  return { ...driver, ...(Object.fromEntries(methods) as object) }
}

const OUTCOMES: Record<'read' | 'write' | 'destroy', (result: unknown) => SessionTrace['outcome']> = {
  read: readOutcome,
  write: () => 'written',
  destroy: () => 'destroyed',
}

function publicOptions(options: DynamoDBDriverOptions): DynamoDBDriverOptions {
  const { secretKey: _secret, encryptionKey: _key, credentials: _credentials, client: _client, cookie: _cookie, ...rest } = options
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value)))
}

function checkText(value: unknown, argument: string): string {
  if (typeof value === 'string') {
    if (isWellFormed(value)) return value
    throw new InvalidArgumentError(argument, 'must be well-formed Unicode: it holds half of a surrogate pair')
  }
  throw new InvalidArgumentError(argument, `must be a text; unstorage serializes values before it calls a driver. It is a ${typeof value}`)
}

function toContent(value: unknown): string | Uint8Array {
  if (typeof value === 'string') return checkText(value, 'value')
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  throw new InvalidArgumentError(
    'value',
    `must be a text or bytes (Uint8Array, ArrayBuffer); for other values use \`setItem\`. It is a ${typeof value}`,
  )
}
