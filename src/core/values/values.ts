// Values by key, with a lifetime: what the unstorage driver keeps, beside sessions in the same table.
import { SessionConflictError } from '../base/errors.ts'
import { generateToken } from '../base/id.ts'
import { now, toDate, toEpoch, toValueDuration } from '../base/time.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import { getBatches, writeBatches } from '../items/batch.ts'
import { createCodec } from '../items/codec.ts'
import type { CodecOptions, Packed } from '../items/codec.ts'
import type { Items } from '../items/items.ts'
import { scanItems } from '../items/scan.ts'
import { READABLE } from '../items/schema.ts'
import { checkSize } from '../items/size.ts'
import { hasToken, isLive, LOCK_ATTRIBUTES, numeric, timeOf } from '../items/state.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { contentOf } from './content.ts'

/** When a value expires. */
export interface ValueOptions {
  /** Seconds, at most 20 years; 0 means no expiry. Default: the option `ttl`. */
  readonly ttl?: number | undefined
  /** A Date or seconds since the epoch. Takes precedence over `ttl`. */
  readonly expireAt?: Date | number | undefined
}

export interface ValueMeta {
  mtime?: Date
  birthtime?: Date
  /** Whole seconds that are left. */
  ttl?: number
}

/** Keys are whole, with the prefix. Expired values are absent on every path. */
export interface Values {
  has(key: string): Promise<boolean>
  /** Text as string and raw bytes as Buffer. */
  read(key: string): Promise<string | Buffer | null>
  /** In the order of the keys. */
  readMany(keys: readonly string[]): Promise<(string | Buffer | null)[]>
  /** One request; writing over an expired leftover takes a second. */
  write(key: string, content: string | Uint8Array, options?: ValueOptions): Promise<void>
  /** Whole items, in batches; of a key that comes twice the last counts. */
  writeMany(values: readonly { readonly key: string; readonly content: string; readonly options: ValueOptions }[]): Promise<void>
  remove(key: string): Promise<void>
  meta(key: string): Promise<ValueMeta | null>
  /** The keys that start so, by a scan. */
  keys(start: string): Promise<string[]>
  /** Deletes what starts so, by a scan. */
  clear(start: string): Promise<void>
}

/** A live item of any age, or none; not a tombstone, nor a phantom that another program left without data. */
const MAY_OVERWRITE =
  '(attribute_not_exists(#key) OR attribute_exists(#data) AND attribute_not_exists(#moved)) AND (attribute_not_exists(#expire_at) OR #expire_at > :now)'
/** The opposite: whatever is there is absent to readers. */
const MAY_REPLACE = 'attribute_not_exists(#data) AND attribute_not_exists(#ended_at) OR attribute_exists(#moved) OR #expire_at <= :now'
/** Attributes of sessions, locks and packing that a value written through unstorage does not have. */
const STALE = ['encoding', 'counter', 'ended_at', 'user_id', 'moved', 'moved_to', 'kin', 'max_expire_at', ...LOCK_ATTRIBUTES]
const OVERWRITE_ATTEMPTS = 5

/** @param options those of the adapter: its `items` may be those of whoever opened the table first. */
export function createValues(items: Items, options: CodecOptions & Pick<ResolvedOptions, 'ttl'>): Values {
  const { dynamo } = items
  const { tableKey, sortKeyValue, consistentRead } = items.options
  const codec = createCodec(options)

  /** A live item's state without the cost of its data on the wire; a Query can filter where a GetItem cannot. */
  async function peek(key: string, projection: string | undefined): Promise<{ count: number; item: Item | undefined }> {
    const condition = sortKeyValue === undefined ? '#key = :key' : '#key = :key AND #sort = :sort'
    const page = await dynamo.query({
      KeyConditionExpression: condition,
      FilterExpression: READABLE,
      ...(projection ? { ProjectionExpression: projection } : { Select: 'COUNT' as const }),
      ExpressionAttributeNames: items.names(condition, READABLE, projection),
      ExpressionAttributeValues: {
        ':key': { S: key },
        ':now': numeric(now()),
        ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }),
      },
      ConsistentRead: consistentRead,
    })
    return { count: page.count, item: page.items[0] }
  }

  const decode = (key: string, item: Item | undefined): Promise<string | Buffer | null> => contentOf(codec, key, item, now())

  function attributes(packed: Packed, at: number, valueOptions: ValueOptions | undefined): Item {
    const expireAt = expiryOf(at, valueOptions, options.ttl)
    return {
      data: packed.data,
      ...(packed.encoding === undefined ? {} : { encoding: { S: packed.encoding } }),
      updated_at: numeric(at),
      version: { S: generateToken() },
      ...(expireAt === undefined ? {} : { expire_at: numeric(expireAt) }),
    }
  }

  async function write(key: string, content: string | Uint8Array, valueOptions: ValueOptions | undefined): Promise<void> {
    const packed = await codec.pack(key, content)
    const bounded = items.within(items.begin())
    for (let attempt = 0; attempt < OVERWRITE_ATTEMPTS; attempt++) {
      const at = now()
      const set = attributes(packed, at, valueOptions)
      const token = set.version?.S as string
      const answer = await bounded.change(key, {
        set,
        setClauses: ['#created_at = if_not_exists(#created_at, :now)'],
        remove: [...STALE, 'expire_at'].filter((name) => set[name] === undefined),
        condition: MAY_OVERWRITE,
        values: { ':now': numeric(at) },
        isOurs: (item) => hasToken(item, token),
      })
      // Throws where the item's expiry makes no sense: neither condition will ever hold, and what is there stays.
      if (!answer.done) isLive(key, answer.item, at)
      if (isEnded(key, answer.item, at)) return
      if (answer.done || (await bounded.create(key, { ...set, created_at: numeric(at) }, MAY_REPLACE)).done) return
    }
    throw new SessionConflictError(key, `was created and expired again during ${OVERWRITE_ATTEMPTS} attempts to write it`)
  }

  return {
    has: async (key) => (await peek(key, undefined)).count > 0,
    read: async (key) => decode(key, await items.read(key)),
    async readMany(keys) {
      const found = await getBatches(items, keys)
      return Promise.all(keys.map((key) => decode(key, found.get(key))))
    },
    write,
    async writeMany(values) {
      const at = now()
      const writes = new Map<string, Item>()
      for (const { key, content, options: valueOptions } of values) {
        const packed = await codec.pack(key, content)
        const item = { ...items.primaryKey(key), ...attributes(packed, at, valueOptions), created_at: numeric(at) }
        checkSize(key, item)
        writes.set(key, item)
      }
      await writeBatches(
        items,
        [...writes.values()].map((Item) => ({ PutRequest: { Item } })),
      )
    },
    async remove(key) {
      await items.delete(key)
    },
    async meta(key) {
      const { item } = await peek(key, '#created_at, #updated_at, #expire_at')
      if (!item) return null
      const [birth, modified, expireAt] = ['created_at', 'updated_at', 'expire_at'].map((name) => timeOf(key, item, name))
      return {
        ...(modified === undefined ? {} : { mtime: toDate(modified) }),
        ...(birth === undefined ? {} : { birthtime: toDate(birth) }),
        ...(expireAt === undefined ? {} : { ttl: Math.max(0, Math.floor(expireAt - now())) }),
      }
    },
    async keys(start) {
      const keys: string[] = []
      for await (const page of scanItems(items, { start, filter: READABLE, values: { ':now': numeric(now()) }, isKeysOnly: true })) {
        for (const item of page) keys.push(item[tableKey]?.S ?? '')
      }
      return keys
    },
    async clear(start) {
      for await (const page of scanItems(items, { start, filter: 'attribute_exists(#data)', isKeysOnly: true })) {
        await writeBatches(
          items,
          page.map((Key) => ({ DeleteRequest: { Key } })),
        )
      }
    },
  }
}

/** Whether a value was deleted for good just now: a late writer does not bring it back. */
function isEnded(key: string, item: Item | undefined, at: number): boolean {
  return item?.ended_at !== undefined && (timeOf(key, item, 'expire_at') ?? Infinity) > at
}

function expiryOf(at: number, valueOptions: ValueOptions | undefined, otherwise = 0): number | undefined {
  if (valueOptions?.expireAt !== undefined && valueOptions.expireAt !== null) return Math.ceil(toEpoch(valueOptions.expireAt, 'expireAt'))
  const ttl = toValueDuration(valueOptions?.ttl ?? otherwise, 'ttl')
  return ttl > 0 ? Math.ceil(at + ttl) : undefined
}
