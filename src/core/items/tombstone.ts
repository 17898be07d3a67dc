// What a regenerated session leaves under its old key, and the records that end together.
import type { Item } from '../dynamodb/dynamo.ts'
import { timeOf } from './state.ts'

/** Seconds after a move in which a late request with the old id is taken for one that was under way. */
const LATE = 10
/** Records that end with another one, at most. */
const MAX_KIN = 5

/** What packs a session's data and bounds its lifetime, and has no place on a tombstone that cannot be read. */
const OF_DATA = ['encoding', 'max_expire_at']

/**
 * What takes the data of a tombstone away. The Ruby gem fails on an item without data, so that it finds an empty session where it shares
 * the table, as it does with `hashIds: false`.
 */
export function emptied({ hashIds }: { readonly hashIds: boolean }): { readonly set: Item; readonly remove: readonly string[] } {
  return hashIds ? { set: {}, remove: ['data', ...OF_DATA] } : { set: { data: { S: '{}' } }, remove: OF_DATA }
}

/** Whether a tombstone still has data that a log-out must take away. */
export function hasData(item: Item): boolean {
  return item.data !== undefined && (item.data.S !== '{}' || OF_DATA.some((name) => item[name] !== undefined))
}

/** Where a session went. Times are seconds since the epoch. */
export interface Tombstone {
  readonly key: string
  /** The key that the session goes on in. */
  readonly to: string
  readonly token: string
  readonly at: number
}

/**
 * What the tombstone says; `undefined` for any other item, for an expired one, and for that of a release which did not write where the
 * session went.
 */
export function tombstoneOf(key: string, item: Item | undefined, at: number): Tombstone | undefined {
  if (item?.moved === undefined) return undefined
  const { moved: { S: token } = {}, moved_to: { S: to } = {} } = item
  if (token === undefined || to === undefined) return undefined
  if ((timeOf(key, item, 'expire_at') ?? Infinity) <= at) return undefined
  return { key, to, token, at: timeOf(key, item, 'updated_at') ?? 0 }
}

/** Whether the session moved so long ago that a request with the old id begins anew. */
export function isOldMove({ at: movedAt }: Tombstone, at: number): boolean {
  return at - movedAt >= LATE
}

/** The keys of the records that end with this one. */
export function kinOf(item: { readonly kin?: Item[string] | undefined } | undefined): readonly string[] {
  return item?.kin?.S?.split(' ').filter(Boolean) ?? []
}

/** The attribute that names them; `undefined` where there are none. */
export function kinAttribute(keys: readonly string[]): Item[string] | undefined {
  return keys.length > 0 ? { S: [...new Set(keys)].join(' ') } : undefined
}

/** The keys with one more; `undefined` where there are as many as may be. */
export function withKin(keys: readonly string[], key: string): readonly string[] | undefined {
  if (keys.includes(key)) return keys
  return keys.length < MAX_KIN ? [...keys, key] : undefined
}
