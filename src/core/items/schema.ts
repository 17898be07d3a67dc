// Names in the table, and conditions on what they say. Their meaning is that of AWS's Ruby gem
// aws-sessionstore-dynamodb, so that one table can serve both.
import type { ResolvedOptions } from '../options/options.ts'

/** The sparse index that finds a user's sessions. */
export const USER_INDEX = 'user_id-index'

const LIVE = 'attribute_exists(#data) AND (attribute_not_exists(#expire_at) OR #expire_at > :now)'
/** Exists for readers; the tombstone of a regenerated session does during its grace time. `:now` is the time in seconds. */
export const READABLE: string = `${LIVE} AND (attribute_not_exists(#moved) OR (#max_expire_at > :now AND #max_expire_at <= #expire_at))`
/** Exists for writers, who never touch a tombstone. */
export const WRITABLE: string = `${LIVE} AND attribute_not_exists(#moved)`
/** No live record of anybody: a new one may take the key. */
export const FREE = 'attribute_not_exists(#key) OR #expire_at <= :now'

/** The names that expressions use, by their aliases: the table's keys are `#key` and `#sort`, every other attribute has its own name. */
export function createNames({ tableKey, sortKey }: ResolvedOptions): (...expressions: (string | undefined)[]) => Record<string, string> {
  const nameOf = (alias: string): string => (alias === 'key' ? tableKey : alias === 'sort' ? (sortKey ?? alias) : alias)
  const known = new Map<string, Record<string, string>>()
  return (...expressions) => {
    const text = expressions.join(' ')
    let found = known.get(text)
    if (!found) {
      found = {}
      for (const [alias, name] of text.matchAll(/#(\w+)/g)) found[alias] = nameOf(name as string)
      // Expressions are made of a fixed set of clauses, so there are few of them; the bound is for surprises.
      if (known.size < 500) known.set(text, found)
    }
    return found
  }
}
