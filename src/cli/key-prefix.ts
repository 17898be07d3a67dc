// Sessions by the beginning of their key, which is what fits on a screen.
import { DynamoSessionError } from '../core/base/errors.ts'
import { scanItems } from '../core/items/scan.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { itemsOfUser } from '../core/sessions/users.ts'
import { UsageError } from './errors.ts'

/** Six hex digits tell apart some thousand sessions, as a rule; fewer are a slip. */
const LEAST = 6
const DIGITS = /^[\da-f]{1,63}$/

/** The beginning of a key fits several sessions: nothing was done. */
export class AmbiguousKeyError extends DynamoSessionError {
  override name = 'AmbiguousKeyError'

  constructor(prefix: string, count: number) {
    super('AMBIGUOUS_KEY', `${count} sessions have a key that begins with ${prefix}: give more of it`)
  }
}

/**
 * What of a key a text may be: the beginning of its digits, with `keyPrefix` before them or without, as `list` cuts it or as it was
 * typed. `[]`: none, as is whatever `hashIds: false` makes a key, which is an id.
 * @throws UsageError for fewer than six digits.
 */
export function beginningsOf(given: string, { keyPrefix, hashIds }: { readonly keyPrefix: string; readonly hashIds: boolean }): string[] {
  if (!hashIds) return []
  const text = given.replace(/…$/, '')
  const without = keyPrefix !== '' && text.startsWith(keyPrefix) ? [text.slice(keyPrefix.length)] : []
  const digits = [text, ...without].filter((part) => DIGITS.test(part))
  const enough = digits.filter(({ length }) => length >= LEAST)
  if (digits.length > 0 && enough.length === 0) throw new UsageError(`The beginning of a key needs at least ${LEAST} of its hex digits`)
  return enough.map((part) => keyPrefix + part)
}

/**
 * The only key that begins so; `undefined` where there is none.
 * @param user whose sessions are looked at, by the index; without it the whole table is read.
 * @throws AmbiguousKeyError for more than one.
 */
export async function keyByBeginning(sessions: Sessions, beginnings: readonly string[], user?: string): Promise<string | undefined> {
  const found = new Set<string>()
  for await (const key of user === undefined ? scanned(sessions, beginnings) : listed(sessions, user)) {
    if (sessions.isKey(key) && beginnings.some((beginning) => key.startsWith(beginning))) found.add(key)
  }
  if (found.size > 1) throw new AmbiguousKeyError(beginnings.join(' or '), found.size)
  return [...found][0]
}

async function* listed(sessions: Sessions, user: string): AsyncGenerator<string> {
  for await (const [key] of itemsOfUser(sessions, user)) yield key
}

async function* scanned({ items }: Sessions, beginnings: readonly string[]): AsyncGenerator<string> {
  for (const start of beginnings)
    for await (const page of scanItems(items, { start, isKeysOnly: true }))
      for (const item of page) yield item[items.options.tableKey]?.S ?? ''
}
