import type { AttributeValue, Item } from '../core/dynamodb/dynamo.ts'
import { isNestedSessionKey, isSessionKey } from '../core/items/own-keys.ts'
import { environmentOptions } from '../core/options/options.ts'
import type { ResolvedOptions, SessionOptions } from '../core/options/options.ts'

/** A record to delete, as the scan returned it. `settled` runs once its outcome is known, never when the run stops before. */
export interface Due {
  readonly item: Item
  settled(): void
}

/** What makes a record due, in seconds; `undefined`: not set. */
export interface Policy {
  readonly maxAge: number | undefined
  readonly maxStale: number | undefined
  /** Whether records past their own `expire_at` are collected, and not left to DynamoDB's TTL. */
  readonly expired: boolean
}

export type Verdict = 'due' | 'kept' | 'ignored'

/** The lifetimes that somebody set. Defaults do not count: nobody who left `maxStale` out asked to delete anything. */
export function lifetimesOf(options: SessionOptions): Pick<Policy, 'maxAge' | 'maxStale'> {
  const environment = environmentOptions(process.env)
  // As everywhere, a `maxStale` of 0 means never.
  return { maxAge: options.maxAge ?? environment.maxAge, maxStale: (options.maxStale ?? environment.maxStale) || undefined }
}

/** Judges items by their keys and times alone; `at` in seconds since the epoch. */
export function createJudge(options: ResolvedOptions, policy: Policy): (item: Item, at: number) => Verdict {
  const { tableKey, keyPrefix, sortKey, sortKeyValue, hashIds } = options
  return (item, at) => {
    if (sortKey !== undefined && item[sortKey]?.S !== sortKeyValue) return 'ignored'
    const key = item[tableKey]?.S
    const updatedAt = secondsOf(item.updated_at)
    const expireAt = secondsOf(item.expire_at)
    const naming = { keyPrefix, hashIds }
    const isSession = key !== undefined && isSessionKey(key, naming)
    // The Ruby gem writes no time of creation with a session that it renews.
    const createdAt = isSession && item.created_at === undefined ? updatedAt : secondsOf(item.created_at)
    // Both times distinguish a record of this package or the gem from an item of somebody else who also has an `expire_at`.
    const isRecord = createdAt !== undefined && updatedAt !== undefined
    if (isSession && isRecord) {
      if (policy.maxAge !== undefined && createdAt + policy.maxAge <= at) return 'due'
      if (policy.maxStale !== undefined && updatedAt + policy.maxStale <= at) return 'due'
    }
    // Keys without our prefix belong to another application. It collects its own garbage, and the role may not delete from it.
    const isOurs = keyPrefix === '' || (key?.startsWith(keyPrefix) === true && !isNestedSessionKey(key, naming))
    if (isOurs && (isSession || isRecord) && policy.expired && expireAt !== undefined && expireAt <= at) return 'due'
    return isSession && (isRecord || expireAt !== undefined) ? 'kept' : 'ignored'
  }
}

/** The Ruby gem writes S where we write N. What is no number is not a time of ours. */
function secondsOf(attribute: AttributeValue | undefined): number | undefined {
  const text = attribute?.N ?? attribute?.S
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
