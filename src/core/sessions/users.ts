import { deleteBatches, getBatches } from '../items/batch.ts'
import { inParallel } from '../base/in-parallel.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import { InvalidArgumentError, InvalidOptionError, TableMismatchError } from '../base/errors.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { USER_INDEX } from '../items/schema.ts'
import { hasData, kinOf, tombstoneOf } from '../items/tombstone.ts'
import { flagOf, inShell } from '../base/shell.ts'
import { now } from '../base/time.ts'
import { sleep } from '../base/wait.ts'
import { userIdText } from './record/user-id.ts'
import type { Sessions } from './sessions.ts'
import { clearTombstone } from './writes/end.ts'

/** The index is eventually consistent, usually within a second: a look that follows sees what this one missed. */
const PAUSE = 1000
const MAX_LOOKS = 10

/** Items that are read at once, which is what one request takes. */
const READ_AT_ONCE = 100
/** Single deletions under way at once. More than that go in batches. */
const PARALLEL = 16

/** How sessions of a user are listed. */
export interface ListOptions {
  /** How many at most, 1 or more. Default all. */
  readonly limit?: number | undefined
  /** By their last use, for which all of them are read first. Default none: as the index has them, the first as soon as they are read. */
  readonly order?: 'newest' | 'oldest' | undefined
}

/**
 * The items of a user, by consistent reads: those that are gone or another user's by now are left out.
 * @throws InvalidArgumentError for other options.
 */
export async function* itemsOfUser(
  sessions: Sessions,
  userId: unknown,
  options: ListOptions = {},
): AsyncGenerator<[key: string, item: Item]> {
  yield* itemsOfUserId(sessions, userOf(sessions, userId), options)
}

/**
 * The same for the text of a `user_id` attribute.
 * @param known a key that is looked at too, since the index lags.
 */
export async function* itemsOfUserId(
  sessions: Sessions,
  text: string,
  { limit = Infinity, order }: ListOptions,
  known?: string,
): AsyncGenerator<[key: string, item: Item]> {
  if (limit !== Infinity && !(Number.isInteger(limit) && limit > 0))
    throw new InvalidArgumentError('limit', 'must be a whole number above 0')
  if (order !== undefined && order !== 'newest' && order !== 'oldest')
    throw new InvalidArgumentError('order', "must be 'newest' or 'oldest'")
  const all: [string, Item][] = []
  let isFirst = true
  for await (const listed of keysOfUser(sessions, text)) {
    const others = known === undefined ? listed : listed.filter((key) => key !== known)
    const page = isFirst && known !== undefined ? [known, ...others] : others
    isFirst = false
    for (let from = 0; from < page.length; from += READ_AT_ONCE) {
      const items = await getBatches(sessions.items, page.slice(from, from + READ_AT_ONCE), { consistent: true })
      const found = [...items].filter(([, item]) => item.user_id?.S === text)
      if (order) all.push(...found)
      else yield* found
    }
  }
  const sign = order === 'newest' ? -1 : 1
  yield* all.toSorted(([, one], [, other]) => sign * (usedAt(one) - usedAt(other)))
}

function usedAt({ updated_at: time }: Item): number {
  return Number(time?.N ?? time?.S ?? 0)
}

/**
 * Deletes the items of a user but `exceptKey` and what that moves on to, again and again until the index shows none: at least twice, at
 * most ten times.
 * @param onDeleted told how many were deleted so far, after each.
 * @returns how many were deleted, or have lost their data.
 */
export async function deleteItemsOfUser(
  sessions: Sessions,
  text: string,
  exceptKey: string | undefined,
  onDeleted?: (deleted: number) => void,
): Promise<number> {
  const spared = new Set<string>()
  let last = exceptKey
  // The index shows for a while what was deleted, and a batch deletes it again: that counts once.
  const ended = new Set<string>()
  const onEnded = (key: string): void => {
    if (ended.has(key)) return
    ended.add(key)
    onDeleted?.(ended.size)
  }
  for (let look = 0; look < MAX_LOOKS; look++) {
    if (look > 0) await sleep(PAUSE)
    const end = createEnd(sessions, text, spared, onEnded)
    let found = 0
    let isFirst = true
    for await (const keys of keysOfUser(sessions, text)) {
      // After the index, which may show already what the session moves on to just now.
      if (isFirst && last !== undefined) {
        const tombstone = tombstoneOf(last, await sessions.items.latest(last), now())
        spared.add(last)
        last = tombstone?.to ?? last
        spared.add(last)
      }
      isFirst = false
      const due = keys.filter((key) => !spared.has(key))
      found += due.length
      const left = due.length > PARALLEL ? await deleteBatches(sessions.items, due, simpleOf(text), onEnded) : due
      await inParallel(left, (key) => end(key), PARALLEL)
    }
    if (found === 0 && look > 0) break
  }
  return ended.size
}

/** Records of a user that nothing else ends with: all but those of a double log-in, and old ids in their grace time. */
function simpleOf(userId: string): Parameters<typeof deleteBatches>[2] {
  return { expression: 'user_id = ? AND kin IS MISSING AND moved IS MISSING', parameters: [{ S: userId }] }
}

/** Ends one record of a user, and what ends with it. @returns how many ended; 0 where it is another's. */
export async function endItemOfUser(sessions: Sessions, text: string, key: string): Promise<number> {
  let ended = 0
  await createEnd(sessions, text, new Set(), () => ended++)(key)
  return ended
}

/** Ends records of one user; each at most once. By now a session may be another user's, who logged in on the same browser. */
function createEnd(
  { items, isKey, options }: Sessions,
  userId: string,
  spared: ReadonlySet<string>,
  onEnded: (key: string) => void,
): (key: string) => Promise<void> {
  const begun = new Set<string>()
  const condition = { expression: '#user_id = :user_id', values: { ':user_id': { S: userId } } }

  async function end(key: string, as: 'session' | 'kin' = 'session'): Promise<void> {
    const once = `${as} ${key}`
    if (spared.has(key) || !isKey(key) || begun.has(once)) return
    begun.add(once)
    const { isDeleted, item } = await items.take(key, condition)
    const tombstone = isDeleted ? undefined : tombstoneOf(key, item, now())
    if (isDeleted) {
      onEnded(key)
      for (const kin of kinOf(item)) await end(kin, 'kin')
    } else if (tombstone && as === 'session') {
      await end(tombstone.to)
    } else if (tombstone && !spared.has(tombstone.to)) {
      // An old id in its grace time, from which the session may have moved more than once. Nothing is followed from there.
      if (item && hasData(item) && (await clearTombstone({ items, options }, tombstone))) onEnded(key)
    }
  }
  return end
}

/**
 * Those of keys of our sessions: where prefixes are nested, a user named `admin:root` under `shop:` has the same `user_id` as one
 * named `root` under `shop:admin:`.
 */
async function* keysOfUser({ items, isKey, options }: Sessions, userId: string): AsyncGenerator<string[]> {
  const { tableKey, sortKey, sortKeyValue } = items.options
  let from: Item | undefined
  do {
    const query = items.dynamo.query({
      IndexName: USER_INDEX,
      KeyConditionExpression: '#user_id = :user_id',
      ExpressionAttributeNames: items.names('#user_id'),
      ExpressionAttributeValues: { ':user_id': { S: userId } },
      ...(from ? { ExclusiveStartKey: from } : {}),
    })
    const page = await query.catch((error: unknown) => {
      throw withCommand(error, items.options, options)
    })
    yield page.items
      .filter((item) => sortKey === undefined || item[sortKey]?.S === sortKeyValue)
      .map((item) => item[tableKey]?.S as string)
      .filter(isKey)
    from = page.next
  } while (from)
}

/** Names the command that tells how the index is added, with all that it needs to find the same table. */
function withCommand(error: unknown, { tableName, region, endpoint, ...table }: ResolvedOptions, { userIdKey }: ResolvedOptions): unknown {
  if (!(error instanceof TableMismatchError) || error.what !== 'userIndex') return error
  const { tableKey, sortKey, sortKeyValue } = table
  const own = { tableName, userIdKey, tableKey: tableKey === 'session_id' ? undefined : tableKey, sortKey, sortKeyValue, region, endpoint }
  const flags = Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [`--${flagOf(name)}`, inShell(value)]))
  const problem = `has no index ${USER_INDEX}: \`npx dynamodb-sessions doctor ${flags.join(' ')}\` prints the command that adds it`
  return new TableMismatchError(tableName, problem, { cause: error.cause, what: 'userIndex' })
}

/**
 * The `user_id` attribute of a user's id.
 * @throws InvalidOptionError without `userIdKey`; InvalidArgumentError for what is no id.
 */
export function userOf(sessions: Sessions, userId: unknown): string {
  requireUsers(sessions)
  return userIdText(userId, 'userId', sessions.items.options.keyPrefix)
}

/** @throws InvalidOptionError without `userIdKey`. */
export function requireUsers({ options }: Sessions): void {
  if (options.userIdKey === undefined) {
    throw new InvalidOptionError(
      'userIdKey',
      'is needed to find the sessions of a user: name the key of the session data that holds the user’s id',
    )
  }
}
