// What every operation on sessions works with.
import { hashId } from '../base/id.ts'
import { now } from '../base/time.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import type { Items } from '../items/items.ts'
import { createCodec } from '../items/codec.ts'
import type { Codec } from '../items/codec.ts'
import { isLive, stateOf } from '../items/state.ts'
import { tombstoneOf } from '../items/tombstone.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { createLifetime } from './record/lifetime.ts'
import type { Lifetime } from './record/lifetime.ts'
import { createSerialization } from './record/serialize.ts'
import type { Content, Serialization } from './record/serialize.ts'
import { GONE, movedTo } from './record/snapshot.ts'
import type { Found, Refusal, Snapshot } from './record/snapshot.ts'

export interface Context {
  readonly options: ResolvedOptions
  readonly items: Items
  readonly lifetime: Lifetime
  readonly serialization: Serialization
  readonly codec: Codec
}

/** `latestExpiry`: a bound in seconds since the epoch that no session of this adapter may outlive. */
export function createContext(items: Items, options: ResolvedOptions, latestExpiry?: number): Context {
  return {
    options,
    items,
    lifetime: createLifetime(options, latestExpiry),
    serialization: createSerialization(options, items.options.keyPrefix),
    codec: createCodec(options),
  }
}

/** The key under which the table holds a session. */
export function keyOf({ options, items }: Context, id: string): string {
  return items.options.keyPrefix + (options.hashIds ? hashId(id) : id)
}

/**
 * What an item holds for readers; `null` where it is absent for them, by its own expiry or by today's `maxAge` and `maxStale`.
 * @throws SessionDataError where it cannot be decoded.
 */
export async function decode({ lifetime, codec }: Context, id: string, key: string, item: Item | undefined): Promise<Snapshot | null> {
  const at = now()
  if (!isLive(key, item, at)) return null
  const state = stateOf(key, item)
  if (lifetime.isOver(state, at)) return null
  const text = (await codec.unpack(key, item)).toString()
  const tombstone = tombstoneOf(key, item, now())
  return tombstone ? { id, state, text, tombstone } : { id, state, text }
}

/** The same, with where a session went that moved. */
export async function find(context: Context, id: string, key: string, item: Item | undefined): Promise<Found> {
  const snapshot = await decode(context, id, key, item)
  return { snapshot, tombstone: tombstoneOf(key, item, now()) }
}

/** The latest snapshot for a writer, after its condition failed; without one where the record cannot be written. */
export async function decodeForWriter(
  context: Context,
  { id, state: { key } }: Snapshot,
  item: Item | undefined,
): Promise<{ readonly snapshot: Snapshot; readonly tombstone?: undefined } | Refusal> {
  if (item?.moved !== undefined) return movedTo(tombstoneOf(key, item, now()))
  const snapshot = await decode(context, id, key, item)
  return snapshot ? { snapshot } : GONE
}

/** The attributes that depend on data. */
export async function contentAttributes({ codec }: Context, key: string, { text, userId }: Content): Promise<Item> {
  const { data, encoding } = await codec.pack(key, text)
  return { data, ...(encoding === undefined ? {} : { encoding: { S: encoding } }), ...(userId ? { user_id: userId } : {}) }
}
