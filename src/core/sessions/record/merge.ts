/** What one request did to a session's top-level keys, found by comparing serialized text. */
export interface Changes {
  /** Keys that were added or changed, with their new values. */
  readonly set: ReadonlyMap<string, unknown>
  /** Keys that were removed, with the text of the value that this request saw. */
  readonly removed: ReadonlyMap<string, string | undefined>
}

type Stringify = (value: unknown) => string | undefined

/** What changed from `before` to `after`; `undefined` where either is not an object with keys to compare. */
export function changesBetween(before: unknown, after: unknown, stringify: Stringify): Changes | undefined {
  if (!isRecord(before) || !isRecord(after)) return undefined
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
  if (!isRecord(latest)) return Object.fromEntries(changes.set)
  // A Map and back, because assignment to the key `__proto__` would set the prototype.
  const merged = new Map(Object.entries(latest))
  for (const [key, seen] of changes.removed) {
    if (flashName(key) === undefined || (merged.has(key) && stringify(merged.get(key)) === seen)) merged.delete(key)
  }
  for (const [key, value] of changes.set) merged.set(key, value)
  return Object.fromEntries(merged)
}

/** React Router's and Remix's name for a value that lasts until it is read once; the other adapters use it as well. */
export function flashKey(name: string): string {
  return `__flash_${name}__`
}

/** The name within a flash key; `undefined` for any other key. */
export function flashName(key: string): string | undefined {
  return key.startsWith('__flash_') && key.endsWith('__') && key.length >= 10 ? key.slice(8, -2) : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
