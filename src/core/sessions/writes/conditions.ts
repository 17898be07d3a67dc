import { LockLostError } from '../../base/errors.ts'
import type { Item } from '../../dynamodb/dynamo.ts'
import type { ItemState } from '../../items/state.ts'
import type { WriteOptions } from '../record/snapshot.ts'

/** How often a conditional write is tried where others write as well, and for how many milliseconds: it is given up when both are exceeded. */
export const CONFLICT_ATTEMPTS = 16
export const CONFLICT_FOR = 5000

/** The condition that nobody has written the record since `state` was read, and that the writer's lock is still there. */
export function unchanged(
  state: ItemState,
  { asked, lockToken }: WriteOptions,
  hashIds: boolean,
  withKin = false,
): { clauses: string[]; values: Item } {
  const clauses: string[] = []
  const values: Item = {}
  const same = (name: string, value: Item[string] | undefined): void => {
    clauses.push(value ? `#${name} = :was_${name}` : `attribute_not_exists(#${name})`)
    if (value) values[`:was_${name}`] = value
  }
  same('version', state.version === undefined ? undefined : { S: state.version })
  // A touch that asked for an expiry leaves the version alone.
  if (asked === undefined) same('max_expire_at', state.rawMaxExpireAt)
  // A record that was added to end with this one leaves it alone as well.
  if (withKin) same('kin', state.rawKin)
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
