// What one request changed in a session, and how that is put on top of what others changed meanwhile.
import { SessionConflictError } from '../../base/errors.ts'
import { isPlainObject } from '../../base/is-plain-object.ts'
import type { ResolvedOptions } from '../../options/options.ts'
import { flashName } from './flash-key.ts'
import type { Content, Serialization } from './serialize.ts'
import type { Snapshot } from './snapshot.ts'

/** What one request did to a session's top-level keys, found by comparing serialized text. */
export interface Changes {
  /** Keys that were added or changed, with their new values. */
  readonly set: ReadonlyMap<string, unknown>
  /** Keys that were removed, with the text of the value that this request saw. */
  readonly removed: ReadonlyMap<string, string | undefined>
}

type Stringify = Serialization['stringify']

/** A writer's data, and from what it was made. */
export interface Draft {
  /** The text that the data was when it and the record last agreed; `''` where there was nothing to read. */
  readonly base: string
  /** The data now. */
  readonly content: Content
}

/** What a writer wants to store. */
export interface Intent extends Draft {
  /** The record as the writer last knew it. */
  readonly from: Snapshot
  /** The text that the data was when the request began, where what it stored since counts as its change too. */
  readonly before?: string
}

/**
 * What to store in place of `current`: the writer's data, or its changes on top of what others wrote.
 * @throws SessionConflictError where others wrote and `onConflict` is 'error'.
 */
export function rebase(
  { from, base, content }: Intent,
  current: Snapshot,
  { serialize, parse, stringify, keeping }: Serialization,
  { onConflict, hashIds }: Pick<ResolvedOptions, 'onConflict' | 'hashIds'>,
): Content {
  const unchanged: Content = { text: current.text, userId: undefined }
  if (content.text === base) return unchanged
  const { key } = from.state
  // The text as well, because the Ruby gem never changes `version`.
  if (current.state.version !== from.state.version || current.text !== from.text) {
    if (onConflict === 'error') throw new SessionConflictError(key, "was changed by another request, and `onConflict` is 'error'")
    if (onConflict === 'overwrite') return content
  }
  // Another program may write the same data as another text, so that only a comparison by key tells.
  if (current.text === base && hashIds) return content
  const changes = changesBetween(parse(key, base), parse(key, content.text), stringify)
  if (!changes) return content
  if (changes.set.size === 0 && changes.removed.size === 0) return unchanged
  return keeping(serialize(applyChanges(parse(key, current.text), changes, stringify)), current.text, base)
}

/** What the writer itself set, without what its data was made from. */
export function ownChanges({ base, content }: Draft, { serialize, parse, stringify }: Serialization): Content {
  const changes = base === '' ? undefined : changesBetween(parse('', base), parse('', content.text), stringify)
  return changes ? serialize(Object.fromEntries(changes.set)) : content
}

/** What changed from `before` to `after`; `undefined` where either is not an object with keys to compare. */
export function changesBetween(before: unknown, after: unknown, stringify: Stringify): Changes | undefined {
  if (!isPlainObject(before) || !isPlainObject(after)) return undefined
  const was = new Map(Object.entries(before))
  const set = new Map<string, unknown>()
  for (const [key, value] of Object.entries(after)) {
    const text = stringify(value)
    if (text === undefined) continue // `undefined` and functions are not stored: the key is as good as absent
    if (!was.has(key) || stringify(was.get(key)) !== text) set.set(key, value)
    was.delete(key)
  }
  const removed = new Map<string, string | undefined>()
  for (const [key, value] of was) removed.set(key, stringify(value))
  return { set, removed }
}

/**
 * `latest` with the changes applied. A flash key is removed only while its value is the one this request saw:
 * a message flashed meanwhile has not been shown yet.
 */
export function applyChanges(latest: unknown, changes: Changes, stringify: Stringify): unknown {
  if (!isPlainObject(latest)) return Object.fromEntries(changes.set)
  // A Map and back, because assignment to the key `__proto__` would set the prototype.
  const merged = new Map(Object.entries(latest))
  for (const [key, seen] of changes.removed) {
    if (flashName(key) === undefined || (merged.has(key) && stringify(merged.get(key)) === seen)) merged.delete(key)
  }
  for (const [key, value] of changes.set) merged.set(key, value)
  return Object.fromEntries(merged)
}
