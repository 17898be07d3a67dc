import { getBatches } from '../items/batch.ts'
import { inParallel } from '../base/in-parallel.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import { InvalidOptionError } from '../base/errors.ts'
import { USER_INDEX } from '../items/schema.ts'
import { sleep } from '../base/wait.ts'
import { userIdText } from './record/user-id.ts'
import type { Sessions } from './sessions.ts'

/** The index is eventually consistent, usually within a second: a pass that follows sees what this one missed. */
const PAUSE = 1000
const MAX_PASSES = 10

/** The items of a user, page by page, by consistent reads: those that are gone or another user's by now are left out. */
export async function* itemsOfUser(sessions: Sessions, userId: unknown): AsyncGenerator<Map<string, Item>> {
  const text = requireUser(sessions, userId)
  for await (const keys of keysOfUser(sessions, text)) {
    const items = await getBatches(sessions.records, keys, { consistent: true })
    yield new Map([...items].filter(([, item]) => item.user_id?.S === text))
  }
}

/**
 * Deletes the items of a user but `exceptKey`, again and again until the index shows none, at most ten times.
 * @param onDeleted told how many were deleted so far, after each.
 * @returns how many were deleted.
 */
export async function deleteItemsOfUser(
  sessions: Sessions,
  userId: unknown,
  exceptKey: string | undefined,
  onDeleted?: (deleted: number) => void,
): Promise<number> {
  const text = requireUser(sessions, userId)
  let deleted = 0
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    if (pass > 0) await sleep(PAUSE)
    let found = 0
    for await (const keys of keysOfUser(sessions, text)) {
      const due = keys.filter((key) => key !== exceptKey)
      found += due.length
      await inParallel(due, async (key) => {
        // By now the session may be another user's, who logged in on the same browser.
        const answer = await sessions.records.delete(key, { expression: '#user_id = :user_id', values: { ':user_id': { S: text } } })
        if (answer !== 'deleted') return
        deleted++
        onDeleted?.(deleted)
      })
    }
    if (found === 0) break
  }
  return deleted
}

/**
 * Those of keys of our sessions: where prefixes are nested, a user named `admin:root` under `shop:` has the same `user_id` as one
 * named `root` under `shop:admin:`.
 */
async function* keysOfUser({ records, isKey }: Sessions, userId: string): AsyncGenerator<string[]> {
  const { tableKey, sortKey, sortKeyValue } = records.options
  let from: Item | undefined
  do {
    const page = await records.dynamo.query({
      IndexName: USER_INDEX,
      KeyConditionExpression: '#user_id = :user_id',
      ExpressionAttributeNames: records.names('#user_id'),
      ExpressionAttributeValues: { ':user_id': { S: userId } },
      ...(from ? { ExclusiveStartKey: from } : {}),
    })
    yield page.items
      .filter((item) => sortKey === undefined || item[sortKey]?.S === sortKeyValue)
      .map((item) => item[tableKey]?.S as string)
      .filter(isKey)
    from = page.next
  } while (from)
}

function requireUser({ records, options }: Sessions, userId: unknown): string {
  if (options.userIdKey === undefined) {
    throw new InvalidOptionError(
      'userIdKey',
      'is needed to find the sessions of a user: name the key of the session data that holds the user’s id',
    )
  }
  return userIdText(userId, 'userId', records.options.keyPrefix)
}
