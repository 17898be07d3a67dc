import type { Deadline } from '../../base/deadline.ts'
import type { AttributeValue } from '../../dynamodb/dynamo.ts'
import type { ItemState } from '../../items/state.ts'
import type { Tombstone } from '../../items/tombstone.ts'

/** A record as this process last knew it: its attributes, and its data as the serialized text. */
export interface Snapshot {
  readonly id: string
  readonly state: ItemState
  readonly text: string
  /** In the grace time of a session that moved: where it went. Such a record is read-only. */
  readonly tombstone?: Tombstone | undefined
}

/** What a read found. A tombstone without a snapshot: the session moved, and its data is not to be had by the old id. */
export interface Found {
  readonly snapshot: Snapshot | null
  readonly tombstone?: Tombstone | undefined
}

/**
 * A lock that a writer holds. The Ruby gem takes one by setting `locked_at` alone, and gives it back by removing that, so that the token
 * does not tell whose it is.
 */
export interface HeldLock {
  readonly token: string
  /** What this holder has written as `locked_at` lately, the latest last: a renewal may be under way, or its response lost. */
  readonly lockedAt: readonly AttributeValue[]
}

/** The lifetime that a writer gives to a session; neither: it keeps what it has. Times are seconds since the epoch. */
export interface Life {
  /** The latest expiry that the caller wants from now on. */
  readonly asked?: number | undefined
  /** In place of `asked`: the session has no lifetime of its own, and its cookie ends with the browser. */
  readonly endsWithBrowser?: boolean | undefined
}

/** What a writer asks for. */
export interface WriteOptions extends Life {
  /** The lock that the writer holds, which must still be there. */
  readonly lock?: HeldLock | undefined
  /** By when the write must have ended, where it is a part of what began before it. */
  readonly deadline?: Deadline | undefined
}

/**
 * What a write did, and the record as it is now. `unchanged`: nothing was due, and nothing was sent. `moved`: the session goes on
 * under another id; `gone`: it has ended. In both cases nothing was written. With a `tombstone` the write was carried out, and the
 * session moved afterwards.
 */
export type Outcome =
  | {
      readonly did: 'created' | 'written' | 'touched' | 'unchanged' | 'regenerated'
      readonly snapshot: Snapshot
      readonly tombstone?: Tombstone | undefined
    }
  | { readonly did: 'moved' | 'gone'; readonly snapshot: undefined; readonly tombstone?: Tombstone | undefined }

/** Why a record cannot be written: it is a tombstone, or it is not there. */
export type Refusal = Extract<Outcome, { readonly snapshot: undefined }>

export const GONE: Refusal = { did: 'gone', snapshot: undefined }

/** The refusal of a record that went on under another key; without a tombstone that says so, it is gone. */
export function movedTo(tombstone: Tombstone | undefined): Refusal {
  return tombstone ? { did: 'moved', snapshot: undefined, tombstone } : GONE
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
