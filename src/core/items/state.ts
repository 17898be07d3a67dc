import type { AttributeValue, Item } from '../dynamodb/dynamo.ts'
import { SessionDataError } from '../base/errors.ts'

/** The last second, on either side of the epoch, that a Date can hold. */
const MAX_TIME = 8.64e12

/** The attributes of a lock, present while a session is locked. */
export const LOCK_ATTRIBUTES = ['locked_at', 'lock_token', 'lock_expires_at'] as const

/** What the attributes of an item say, apart from its data. Times are seconds since the epoch. */
export interface ItemState {
  readonly key: string
  /** Where the item does not say, as the Ruby gem leaves it after a log-in: `updatedAt`. */
  readonly createdAt: number
  /** Whether the item says when it was created; the next write adds it. */
  readonly hasCreatedAt: boolean
  readonly updatedAt: number
  readonly expireAt: number | undefined
  readonly maxExpireAt: number | undefined
  /** As stored: another program may have written more digits than a number holds, which a condition would never match. */
  readonly rawMaxExpireAt: AttributeValue | undefined
  readonly version: string | undefined
  /** Set on the tombstone of a regenerated session: the token of the regeneration. */
  readonly moved: string | undefined
  /** As stored: the keys of the records that end with this one. */
  readonly rawKin: AttributeValue | undefined
  /** When its user authenticated, as the last log-in said. Never of a record that moved. */
  readonly authenticatedAt?: number | undefined
  /** As stored: what is kept of the browser that logged in. */
  readonly rawDevice?: AttributeValue | undefined
  /** Whether its cookie ends with the browser, as the session asked. */
  readonly endsWithBrowser?: boolean | undefined
  /** As stored, type and text: what a condition compares where the version alone does not tell of every write. */
  readonly rawUpdatedAt: AttributeValue
}

/** Whether the item exists for readers: it has data and is not expired. Throws where `expire_at` makes no sense. */
export function isLive(key: string, item: Item | undefined, at: number): item is Item {
  if (!item?.data) return false
  const expireAt = timeOf(key, item, 'expire_at')
  if (expireAt !== undefined && expireAt <= at) return false
  if (item.moved === undefined) return true
  // During its grace time a tombstone still has data; `max_expire_at` is when that ends. A later one than the tombstone itself is the
  // lifetime that the session had, which another program put back.
  const graceEnd = timeOf(key, item, 'max_expire_at') ?? 0
  return graceEnd > at && graceEnd <= (expireAt ?? 0)
}

/** The state of a live item; throws `SessionDataError` when `updated_at` is missing, or a time no number. */
export function stateOf(key: string, item: Item): ItemState {
  const createdAt = timeOf(key, item, 'created_at')
  const updatedAt = timeOf(key, item, 'updated_at')
  if (updatedAt === undefined) throw new SessionDataError(key, 'has no updated_at')
  for (const name of ['version', 'moved', 'kin']) {
    if (item[name] && item[name].S === undefined) throw new SessionDataError(key, `has a ${name} that is not a text`)
  }
  // An old id has no part in the log-in, and nonsense of other programs is none: it must not keep the session from being read.
  const logIn = item.moved === undefined ? item : NOTHING
  const authenticatedAt = Number(logIn.authenticated_at?.N)
  return {
    key,
    createdAt: createdAt ?? updatedAt,
    hasCreatedAt: createdAt !== undefined,
    updatedAt,
    expireAt: timeOf(key, item, 'expire_at'),
    maxExpireAt: timeOf(key, item, 'max_expire_at'),
    rawMaxExpireAt: item.max_expire_at,
    version: item.version?.S,
    moved: item.moved?.S,
    rawKin: item.kin,
    rawUpdatedAt: item.updated_at as AttributeValue,
    authenticatedAt: authenticatedAt > 0 && authenticatedAt <= MAX_TIME ? authenticatedAt : undefined,
    rawDevice: logIn.device,
    endsWithBrowser: isUnremembered(logIn) ? true : undefined,
  }
}

const NOTHING: Item = {}

/** What a record has whose cookie ends with the browser, and so says that its user need not be remembered. */
export const UNREMEMBERED: Item = { remember: { N: '0' } }

/** Whether the cookie of a record ends with the browser. */
export function isUnremembered({ remember }: Item): boolean {
  return remember?.N === '0'
}

/** Those attributes of a log-in that a record has. A tombstone loses them: an old id must not pass for a fresh log-in. */
export function logInNames({ authenticatedAt, rawDevice, endsWithBrowser }: ItemState): string[] {
  const present = { authenticated_at: authenticatedAt, device: rawDevice, remember: endsWithBrowser }
  return Object.entries(present).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** A time in seconds. The Ruby gem writes S where we write N, so both are understood. */
export function timeOf(key: string, item: Item, name: string): number | undefined {
  const attribute = item[name]
  if (attribute === undefined) return undefined
  // The ends of life are compared by DynamoDB too, which knows them as numbers only.
  const text = attribute.N ?? (name === 'created_at' || name === 'updated_at' ? attribute.S : undefined)
  const value = text === undefined || text.trim() === '' ? NaN : Number(text)
  if (!(Math.abs(value) <= MAX_TIME)) throw new SessionDataError(key, `has a ${name} that is no time in seconds`)
  return value
}

/** A number as an attribute. */
export function numeric(value: number): AttributeValue {
  // Epoch milliseconds have 13 digits, so a fraction of three digits survives the double exactly.
  return { N: String(Math.round(value * 1000) / 1000) }
}

/** A write's token put before the tokens of the last three writes. */
export function nextVersion(version: string | undefined, token: string): string {
  return version ? [token, ...version.split('.').slice(0, 3)].join('.') : token
}

/** Whether the write of that token is among the last four. */
export function hasToken(item: Item | undefined, token: string): boolean {
  return item?.version?.S?.split('.').includes(token) ?? false
}
