export interface LruMap<Key, Value> {
  /** Counts as a use. */
  get(key: Key): Value | undefined
  /** Counts as a use, and evicts what is over the bound. */
  set(key: Key, value: Value): void
  readonly size: number
}

/**
 * A map with a bound, which evicts the least recently used.
 * @param most how many entries it holds.
 * @param onEvict is given each value that was evicted; not one that `set` replaced.
 */
export function createLruMap<Key, Value>(most: number, onEvict: (value: Value) => void = () => {}): LruMap<Key, Value> {
  // A Map keeps its order of insertion: what was used last is at its end.
  const entries = new Map<Key, Value>()

  function set(key: Key, value: Value): void {
    entries.delete(key)
    entries.set(key, value)
    for (const [oldest, evicted] of entries) {
      if (entries.size <= most) break
      entries.delete(oldest)
      onEvict(evicted)
    }
  }

  return {
    get(key) {
      const value = entries.get(key)
      if (entries.has(key)) set(key, value as Value)
      return value
    },
    set,
    get size() {
      return entries.size
    },
  }
}
