// Compares what users were told with what the table holds. A reported error leaves an outcome open, an answer does not.

/** One log-in and all that followed, over every id that it moved to. */
export interface Line {
  readonly name: string
  /** Keys of ids that were acknowledged as left: regenerated or destroyed. */
  readonly retired: Set<string>
  /** The last acknowledged id; `undefined` where the item is no session. */
  id: string | undefined
  /** The table's key of it, while it may be there. */
  current: string | undefined
  /** `open` after an error of a log-in, regeneration or log-out: it may have been done or not. */
  state: 'live' | 'ended' | 'open'
  /** Log-ins and regenerations that reported an error, each of which may have left one record more. */
  failedCreations: number
  /** Every token that a change tried to add to the log of a name. */
  readonly sent: [name: string, token: number][]
  /** Those of which it was told that they are there, in the order of the answers. */
  readonly done: [name: string, token: number][]
  /** Milliseconds since the epoch at which the last acknowledged write or touch began. */
  renewed: number
}

/** What the checker needs of a live item. Tombstones and expired items are left out. */
export interface LiveItem {
  readonly key: string
  readonly data: Record<string, unknown>
  /** Seconds since the epoch. */
  readonly updatedAt: number
  readonly expireAt: number
  /** Milliseconds since the epoch at which a lock's lease ends. */
  readonly lockedUntil?: number
}

export interface Violation {
  readonly kind: 'lost' | 'strange' | 'untouched' | 'revived' | 'duplicate' | 'lock'
  readonly line: string
  readonly detail: string
}

/**
 * What is wrong with the data of a session, seen in an answer or in the table. Logs only grow, so that a lost change stays
 * visible whatever is written later.
 * @param known how many of the acknowledged changes had been before the look.
 */
export function checkData(line: Line, data: Record<string, unknown>, known: number = line.done.length): Violation[] {
  const violations: Violation[] = []
  const add = (kind: Violation['kind'], detail: string): void => void violations.push({ kind, line: line.name, detail })
  const logOf = (name: string): number[] => (data[name] ?? []) as number[]
  for (const [name, token] of line.done.slice(0, known)) if (!logOf(name).includes(token)) add('lost', `${name}: ${token}`)
  for (const name of new Set(line.sent.map(([sent]) => sent))) {
    const log = logOf(name)
    if (new Set(log).size < log.length) add('strange', `${name} has a change twice: ${log.join()}`)
    const sent = new Set(line.sent.filter(([own]) => own === name).map(([, token]) => token))
    if (log.some((token) => !sent.has(token))) add('strange', `${name} has what nobody sent: ${log.join()}`)
  }
  return violations
}

/** The same for an item; `lifetime` in seconds is what a write or touch gives. Only for a line of which nothing is under way. */
export function checkItem(line: Line, item: LiveItem, lifetime: number): Violation[] {
  const violations = checkData(line, item.data)
  const add = (detail: string): void => void violations.push({ kind: 'untouched', line: line.name, detail })
  if (item.expireAt < line.renewed / 1000 + lifetime) add(`expires at ${item.expireAt}, was renewed at ${line.renewed}`)
  if (item.expireAt !== Math.ceil(item.updatedAt + lifetime)) add(`expires at ${item.expireAt}, was updated at ${item.updatedAt}`)
  return violations
}

/**
 * `now` in milliseconds: a time by which every lease must be over. `doubtful`: keys whose creation met a fault, so that another id took the
 * place; where that, or the deletion of the first, failed as well, a record stays whose id nobody was sent.
 */
export function check(
  lines: readonly Line[],
  items: readonly LiveItem[],
  now: number,
  lifetime: number,
  doubtful: ReadonlySet<string> = new Set(),
): Violation[] {
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
    const unsent = found.filter(({ key }) => key !== line.current && doubtful.has(key)).length
    if (found.length - unsent > expected + line.failedCreations) add('duplicate', `${found.length} records`)
    if (line.state === 'live') {
      const item = byKey.get(line.current as string)
      if (item) violations.push(...checkItem(line, item, lifetime))
      else add('lost', 'the session')
    }
    // What failed may have ended the session, or left a record that is behind beside the one that has everything.
    // Nothing is promised of a record of an unknown id that a failed regeneration left, once the session itself has ended.
    if (line.state === 'open' && line.current !== undefined && found.length > 0) {
      const best = found.map((item) => checkItem(line, item, lifetime)).toSorted((a, b) => a.length - b.length)[0]
      violations.push(...(best ?? []))
    }
  }
  return violations
}
