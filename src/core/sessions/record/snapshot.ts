import type { Item } from '../../dynamodb/dynamo.ts'
import { LockLostError } from '../../base/errors.ts'
import { numeric } from '../../items/state.ts'
import type { ItemState } from '../../items/state.ts'

/** A record as this process last knew it: its attributes, and its data as the serialized text. */
export interface Snapshot {
  readonly id: string
  readonly state: ItemState
  readonly text: string
}

/** What a writer asks for. Times are seconds since the epoch. */
export interface WriteOptions {
  /** The latest expiry that the caller wants from now on. */
  readonly asked?: number | undefined
  /** The token of the lock that the writer holds, which must still be there. */
  readonly lockToken?: string | undefined
}

/** The condition that nobody has written the record since `state` was read, and that the writer's lock is still there. */
export function unchanged(state: ItemState, { asked, lockToken }: WriteOptions, hashIds: boolean): { clauses: string[]; values: Item } {
  const clauses: string[] = []
  const values: Item = {}
  const same = (name: string, value: Item[string] | undefined): void => {
    clauses.push(value ? `#${name} = :was_${name}` : `attribute_not_exists(#${name})`)
    if (value) values[`:was_${name}`] = value
  }
  same('version', state.version === undefined ? undefined : { S: state.version })
  // A touch that asked for an expiry leaves the version alone.
  if (asked === undefined) same('max_expire_at', state.rawMaxExpireAt)
  // The Ruby gem never changes `version`.
  if (!hashIds) same('updated_at', state.rawUpdatedAt)
  if (lockToken !== undefined) {
    clauses.push('#lock_token = :lock')
    values[':lock'] = { S: lockToken }
  }
  return { clauses, values }
}

/** @throws LockLostError where that condition failed because another has the lock, or nobody. */
export function checkLock(key: string, item: Item | undefined, { lockToken }: WriteOptions): void {
  if (lockToken !== undefined && item?.lock_token?.S !== lockToken) throw new LockLostError(key)
}

/** The attributes of a write's times. `asked`: the latest expiry that the caller wants from now on. */
export function times(at: number, expireAt: number | undefined, asked: number | undefined): Item {
  return {
    updated_at: numeric(at),
    ...(expireAt === undefined ? {} : { expire_at: numeric(expireAt) }),
    ...(asked === undefined ? {} : { max_expire_at: numeric(asked) }),
  }
}

/** The bound that holds after a write that asked for `asked`, or for nothing. */
export function boundOf(state: Partial<ItemState>, asked: number | undefined): Pick<ItemState, 'maxExpireAt' | 'rawMaxExpireAt'> {
  return asked === undefined
    ? { maxExpireAt: state.maxExpireAt, rawMaxExpireAt: state.rawMaxExpireAt }
    : { maxExpireAt: asked, rawMaxExpireAt: numeric(asked) }
}

/** Whether a touch is worth a write. Times in seconds since the epoch. */
export function isDue(
  state: ItemState,
  at: number,
  expireAt: number | undefined,
  asked: number | undefined,
  touchAfter: number | undefined,
): boolean {
  const lifetime = state.expireAt === undefined ? Infinity : state.expireAt - state.updatedAt
  const pause = touchAfter ?? lifetime / 10
  const gain = (expireAt ?? Infinity) - (state.expireAt ?? Infinity)
  // A host whose clock is behind the last toucher's has nothing to add.
  if (asked === undefined && at < state.updatedAt) return false
  if (gain < -1) return true
  if (asked !== undefined) {
    // What was asked for bounds later touches too, so it counts even where another limit decides today.
    const gainOfBound = asked - (state.maxExpireAt ?? Infinity)
    return gainOfBound < -1 || Math.max(gain, gainOfBound) >= Math.max(pause, 1)
  }
  // NaN: neither expires, and only `updated_at` moves. 0: another limit than idleness decides, and a touch gains nothing.
  return gain !== 0 && at - state.updatedAt >= pause
}

/** The later of two snapshots of one record, told by the tokens of their last four writes. */
export function newer(a: Snapshot, b: Snapshot): Snapshot {
  const includes = (of: Snapshot, other: Snapshot): boolean =>
    of.state.version?.split('.').includes(other.state.version?.split('.')[0] ?? '') ?? false
  if (a.state.version === b.state.version) return a.state.updatedAt > b.state.updatedAt ? a : b
  if (includes(a, b)) return a
  if (includes(b, a)) return b
  return a.state.updatedAt > b.state.updatedAt ? a : b
}
