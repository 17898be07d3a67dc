// Compares what users were told with what the table holds. A reported error leaves an outcome open, an answer does not.

/** One log-in and all that followed, over every id that it moved to. */
export interface Line {
  readonly name: string
  /** Keys of ids that were acknowledged as left: regenerated or destroyed. */
  readonly retired: Set<string>
  /** The table's key of the last acknowledged id. */
  current: string | undefined
  /** `open` after an error of a log-in, regeneration or log-out: it may have been done or not. */
  state: 'live' | 'ended' | 'open'
  /** Log-ins and regenerations that reported an error, each of which may have left one record more. */
  failedCreations: number
  /** By name: every value that it may have; one alone when the last write was acknowledged. */
  readonly values: Map<string, Set<unknown>>
}

/** What the checker needs of a live item. Tombstones and expired items are left out. */
export interface LiveItem {
  readonly key: string
  readonly data: Record<string, unknown>
  /** Milliseconds since the epoch at which a lock's lease ends. */
  readonly lockedUntil?: number
}

export interface Violation {
  readonly kind: 'lost' | 'revived' | 'duplicate' | 'lock'
  readonly line: string
  readonly detail: string
}

/** `now` in milliseconds: a time by which every lease must be over. */
export function check(lines: readonly Line[], items: readonly LiveItem[], now: number): Violation[] {
  const violations: Violation[] = []
  const byKey = new Map(items.map((item) => [item.key, item]))
  const known = new Map(lines.map((line) => [line.name, line]))
  const byLine = new Map<string, LiveItem[]>()
  for (const item of items) {
    const name = String(item.data.line)
    byLine.set(name, [...(byLine.get(name) ?? []), item])
    if (item.lockedUntil !== undefined && item.lockedUntil > now) violations.push({ kind: 'lock', line: name, detail: item.key })
    if (!known.has(name)) violations.push({ kind: 'duplicate', line: name, detail: 'of no log-in' })
  }

  for (const line of lines) {
    const found = byLine.get(line.name) ?? []
    const add = (kind: Violation['kind'], detail: string): void => void violations.push({ kind, line: line.name, detail })
    for (const key of line.retired) if (byKey.has(key)) add('revived', key)
    const expected = line.state === 'live' || (line.state === 'open' && line.current !== undefined) ? 1 : 0
    if (found.length > expected + line.failedCreations) add('duplicate', `${found.length} records`)
    if (line.state !== 'live') continue
    const item = byKey.get(line.current as string)
    if (!item) {
      add('lost', 'the session')
      continue
    }
    for (const [name, allowed] of line.values) if (!allowed.has(item.data[name])) add('lost', `${name}: ${String(item.data[name])}`)
  }
  return violations
}
