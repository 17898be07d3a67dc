import { LockLostError } from '../../base/errors.ts'
import type { AttributeValue, Item } from '../../dynamodb/dynamo.ts'
import { WRITABLE } from '../../items/schema.ts'
import type { ItemState } from '../../items/state.ts'
import type { HeldLock, WriteOptions } from '../record/snapshot.ts'

/** How often a conditional write is tried where others write as well, and for how many milliseconds: it is given up when both are exceeded. */
export const CONFLICT_ATTEMPTS = 16
export const CONFLICT_FOR = 5000

/** The condition that nobody has written the record since `state` was read, and that the writer's lock is still there. */
export function unchanged(
  state: ItemState,
  { asked, lock }: WriteOptions,
  hashIds: boolean,
  withKin = false,
): { clauses: string[]; values: Item } {
  const clauses: string[] = []
  const values: Item = {}
  const same = (name: string, value: Item[string] | undefined): void => {
    clauses.push(asRead(name, value, values))
  }
  same('version', state.version === undefined ? undefined : { S: state.version })
  // A touch that asked for an expiry leaves the version alone.
  if (asked === undefined) same('max_expire_at', state.rawMaxExpireAt)
  // A record that was added to end with this one leaves it alone as well.
  if (withKin) same('kin', state.rawKin)
  // The Ruby gem never changes `version`.
  if (!hashIds) same('updated_at', state.rawUpdatedAt)
  if (lock) {
    const held = holding(lock)
    clauses.push(held.clause)
    Object.assign(values, held.values)
  }
  return { clauses, values }
}

/** The condition that an attribute still is what was read, or still is not there; `values` gets what it compares with. */
export function asRead(name: string, value: AttributeValue | undefined, values: Item): string {
  if (!value) return `attribute_not_exists(#${name})`
  values[`:was_${name}`] = value
  return `#${name} = :was_${name}`
}

/** The condition that no time goes back: `updated_at` of the record is not later than the one that is set. Another program may have written text. */
export function notLater({ rawUpdatedAt }: Pick<ItemState, 'rawUpdatedAt'>): { clause: string; values: Item } {
  if (rawUpdatedAt.S === undefined) return { clause: '#updated_at <= :updated_at', values: {} }
  return { clause: '(#updated_at <= :updated_at OR #updated_at = :was_updated_at)', values: { ':was_updated_at': rawUpdatedAt } }
}

/** The condition of a touch: the record is live, no time goes back, and what others asked for stays. */
export function touchable(state: ItemState, asked: number | undefined): { readonly clauses: readonly string[]; readonly values: Item } {
  const later = notLater(state)
  const values: Item = { ...later.values }
  const unasked = asked === undefined ? [asRead('max_expire_at', state.rawMaxExpireAt, values)] : []
  return { clauses: [WRITABLE, later.clause, ...unasked], values }
}

/** The condition that a lock is still its holder's. */
export function holding({ token, lockedAt }: HeldLock): { readonly clause: string; readonly values: Item } {
  const names = lockedAt.map((_, index) => `:held_${index}`)
  return {
    clause: `#lock_token = :lock AND #locked_at IN (${names.join(', ')})`,
    values: { ':lock': { S: token }, ...Object.fromEntries(names.map((name, index) => [name, lockedAt[index] as AttributeValue])) },
  }
}

/** @throws LockLostError where that condition failed because another has the lock, or nobody. */
export function checkLock(key: string, item: Item | undefined, { lock }: WriteOptions): void {
  if (lock && !isHeld(item, lock)) throw new LockLostError(key)
}

/** Whether an item has the lock. */
export function isHeld(item: Item | undefined, { token, lockedAt }: HeldLock): boolean {
  return item?.lock_token?.S === token && lockedAt.some(({ N }) => Number(N) === Number(item.locked_at?.N))
}
