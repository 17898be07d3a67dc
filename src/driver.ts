import { getBatches, scanPages, writeBatches } from './core/items/batch.ts'
import type { Item } from './core/dynamodb/dynamo.ts'
import type { DynamoDBClient } from './core/dynamodb/sdk/client.ts'
import { InvalidArgumentError, InvalidOptionError, SessionConflictError } from './core/base/errors.ts'
import { generateToken } from './core/base/id.ts'
import { createCodec } from './core/items/codec.ts'
import { checkKey, checkSize, isWellFormed } from './core/items/size.ts'
import { hasToken, isLive, LOCK_ATTRIBUTES, numeric, timeOf } from './core/items/state.ts'
import { prefixProblem } from './core/items/own-keys.ts'
import type { Packed } from './core/items/codec.ts'
import { resolveOptions, variableOf } from './core/options/options.ts'
import type { ResolvedOptions, SessionOptions } from './core/options/options.ts'
import { createRecords, driverSlot } from './core/items/items.ts'
import { READABLE } from './core/items/schema.ts'
import { now, toDate, toDuration, toEpoch } from './core/base/time.ts'
import { readOutcome, traceOperation } from './core/base/tracing.ts'
import type { SessionTrace } from './core/base/tracing.ts'

/** Options of the driver: the flat set; what concerns sessions only is ignored. */
export interface DynamoDBDriverOptions extends Omit<SessionOptions, 'driver'> {
  /** The same as `keyPrefix`, by the name that other unstorage drivers use. */
  base?: string | undefined
  /** The driver's own name, which Nitro leaves in the options of a mount; ignored. */
  driver?: string | undefined
}

/** Options of one call. */
export interface DynamoDBItemOptions {
  /** Lifetime in seconds, at most 400 days; 0 means no expiry. Default: the driver's `ttl`. */
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
  getInstance(): DynamoDBClient
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

/** A live item of any age, or none; not a tombstone, nor a phantom that another program left without data. */
const MAY_OVERWRITE =
  '(attribute_not_exists(#key) OR attribute_exists(#data) AND attribute_not_exists(#moved)) AND (attribute_not_exists(#expire_at) OR #expire_at > :now)'
/** The opposite: whatever is there is absent to readers. */
const MAY_REPLACE = 'attribute_not_exists(#data) OR attribute_exists(#moved) OR #expire_at <= :now'
/** Attributes of sessions, locks and packing that a value written through unstorage does not have. */
const STALE = ['encoding', 'user_id', 'moved', 'max_expire_at', ...LOCK_ATTRIBUTES]
const OVERWRITE_ATTEMPTS = 5

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
  const records = createRecords(resolved)
  const codec = createCodec(resolved)
  const { dynamo } = records
  const { keyPrefix, tableKey, sortKeyValue } = resolved

  const p = (key: string): string => checkKey(keyPrefix + checkText(key, 'key'))
  /** What a scan looks at: our prefix with `base`, and in a single-table design our sort key. */
  function within(base: string | undefined): { filters: string[]; values: Item } {
    const start = keyPrefix + (base ? `${checkText(base, 'base').replace(/:+$/, '')}:` : '')
    return {
      filters: [...(start ? ['begins_with(#key, :start)'] : []), ...(sortKeyValue === undefined ? [] : ['#sort = :sort'])],
      values: { ...(start ? { ':start': { S: start } } : {}), ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }) },
    }
  }

  async function* scanKeys(base: string | undefined, filter: string, more: Item = {}): AsyncGenerator<Item[]> {
    const { filters, values } = within(base)
    const FilterExpression = [...filters, filter].join(' AND ')
    const ProjectionExpression = sortKeyValue === undefined ? '#key' : '#key, #sort'
    const all = { ...values, ...more }
    yield* scanPages(records, {
      FilterExpression,
      ProjectionExpression,
      ExpressionAttributeNames: records.names(FilterExpression, ProjectionExpression),
      ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
      ConsistentRead: resolved.consistentRead,
    })
  }

  /** A live item's state without the cost of its data on the wire; a Query can filter where a GetItem cannot. */
  async function peek(key: string, projection: string | undefined): Promise<{ count: number; item: Item | undefined }> {
    const condition = sortKeyValue === undefined ? '#key = :key' : '#key = :key AND #sort = :sort'
    const page = await dynamo.query({
      KeyConditionExpression: condition,
      FilterExpression: READABLE,
      ...(projection ? { ProjectionExpression: projection } : { Select: 'COUNT' as const }),
      ExpressionAttributeNames: records.names(condition, READABLE, projection),
      ExpressionAttributeValues: {
        ':key': { S: p(key) },
        ':now': numeric(now()),
        ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }),
      },
      ConsistentRead: resolved.consistentRead,
    })
    return { count: page.count, item: page.items[0] }
  }

  async function decode(key: string, item: Item | undefined): Promise<string | Buffer | null> {
    return isLive(key, item, now()) ? codec.unpack(key, item) : null
  }

  function attributes(packed: Packed, at: number, options: DynamoDBItemOptions | undefined): Item {
    const expireAt = expiry(at, options)
    return {
      data: packed.data,
      ...(packed.encoding === undefined ? {} : { encoding: { S: packed.encoding } }),
      updated_at: numeric(at),
      version: { S: generateToken() },
      ...(expireAt === undefined ? {} : { expire_at: numeric(expireAt) }),
    }
  }

  function expiry(at: number, options: DynamoDBItemOptions | undefined): number | undefined {
    if (options?.expireAt !== undefined && options.expireAt !== null) return Math.ceil(toEpoch(options.expireAt, 'expireAt'))
    const ttl = toDuration(options?.ttl ?? resolved.ttl ?? 0, 'ttl')
    return ttl > 0 ? Math.ceil(at + ttl) : undefined
  }

  async function write(key: string, content: string | Uint8Array, options: DynamoDBItemOptions | undefined): Promise<void> {
    const packed = await codec.pack(key, content)
    for (let attempt = 0; attempt < OVERWRITE_ATTEMPTS; attempt++) {
      const at = now()
      const set = attributes(packed, at, options)
      const token = set.version?.S as string
      const answer = await records.change(key, {
        set,
        setClauses: ['#created_at = if_not_exists(#created_at, :now)'],
        remove: [...STALE, 'expire_at'].filter((name) => set[name] === undefined),
        condition: MAY_OVERWRITE,
        values: { ':now': numeric(at) },
        isOurs: (item) => hasToken(item, token),
      })
      // Throws where the item's expiry makes no sense: neither condition will ever hold, and what is there stays.
      if (!answer.done) isLive(key, answer.item, at)
      if (answer.done || (await records.create(key, { ...set, created_at: numeric(at) }, MAY_REPLACE)).done) return
    }
    throw new SessionConflictError(key, `was created and expired again during ${OVERWRITE_ATTEMPTS} attempts to write it`)
  }

  const driver = observed(resolved, {
    name: 'dynamodb',
    flags: { ttl: true },
    options: publicOptions(options),
    getInstance: () => dynamo.client() as DynamoDBClient,

    async hasItem(key) {
      return (await peek(key, undefined)).count > 0
    },

    async getItem(key) {
      const content = await decode(p(key), await records.read(p(key)))
      return content === null ? null : content.toString()
    },

    async getItems(items) {
      const found = await getBatches(
        records,
        items.map((item) => p(item.key)),
      )
      return Promise.all(items.map(async ({ key }) => ({ key, value: (await decode(p(key), found.get(p(key))))?.toString() ?? null })))
    },

    async getItemRaw(key) {
      return decode(p(key), await records.read(p(key)))
    },

    async setItem(key, value, callOptions) {
      await write(p(key), checkText(value, 'value'), callOptions)
    },

    async setItems(items, commonOptions) {
      const at = now()
      const writes = new Map<string, Item>()
      for (const { key, value, options: itemOptions } of items) {
        const packed = await codec.pack(p(key), checkText(value, 'value'))
        const item = {
          ...records.primaryKey(p(key)),
          ...attributes(packed, at, { ...commonOptions, ...itemOptions }),
          created_at: numeric(at),
        }
        checkSize(p(key), item)
        writes.set(p(key), item)
      }
      await writeBatches(
        records,
        [...writes.values()].map((Item) => ({ PutRequest: { Item } })),
      )
    },

    async setItemRaw(key, value, callOptions) {
      await write(p(key), toContent(value), callOptions)
    },

    async removeItem(key) {
      await records.delete(p(key))
    },

    async getMeta(key) {
      const { item } = await peek(key, '#created_at, #updated_at, #expire_at')
      if (!item) return null
      const [birth, modified, expireAt] = ['created_at', 'updated_at', 'expire_at'].map((name) => timeOf(p(key), item, name))
      return {
        ...(modified === undefined ? {} : { mtime: toDate(modified) }),
        ...(birth === undefined ? {} : { birthtime: toDate(birth) }),
        ...(expireAt === undefined ? {} : { ttl: Math.max(0, expireAt - now()) }),
      }
    },

    async getKeys(base) {
      const keys: string[] = []
      for await (const page of scanKeys(base, READABLE, { ':now': numeric(now()) })) {
        for (const item of page) keys.push((item[tableKey]?.S ?? '').slice(keyPrefix.length))
      }
      return keys
    },

    async clear(base) {
      for await (const page of scanKeys(base, 'attribute_exists(#data)')) {
        await writeBatches(
          records,
          page.map((Key) => ({ DeleteRequest: { Key } })),
        )
      }
    },

    async dispose() {
      dynamo.dispose()
    },
  })
  driverSlot.set(driver, records)
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
