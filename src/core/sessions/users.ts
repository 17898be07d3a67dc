import { getBatches, inParallel } from '../items/batch.ts'
import type { AttributeValue, Item } from '../dynamodb/dynamo.ts'
import { InvalidArgumentError, InvalidOptionError } from '../base/errors.ts'
import { USER_INDEX } from '../items/schema.ts'
import { isWellFormed } from '../items/size.ts'
import type { Records } from '../items/items.ts'
import { sleep } from '../base/wait.ts'

/** Bytes of an index's hash key. */
const MAX_USER_ID_SIZE = 2048
/** The index is eventually consistent, usually within a second: a pass that follows sees what this one missed. */
const PAUSE = 1000
const MAX_PASSES = 10

/** The `user_id` attribute of data whose `userIdKey` holds a user's id; `undefined` where it holds none. */
export function userIdAttribute(data: unknown, userIdKey: string, keyPrefix: string): AttributeValue | undefined {
  const value =
    typeof data === 'object' && data !== null && Object.hasOwn(data, userIdKey) ? (data as Record<string, unknown>)[userIdKey] : undefined
  if (value === undefined || value === null || value === '') return undefined
  return { S: userIdText(value, `data.${userIdKey}`, keyPrefix) }
}

/** The items of a user, page by page, by consistent reads: those that are gone or another user's by now are left out. */
export async function* itemsOfUser(records: Records, userId: unknown, userIdKey: string | undefined): AsyncGenerator<Map<string, Item>> {
  const text = requireUser(records, userId, userIdKey)
  for await (const keys of keysOfUser(records, text)) {
    const items = await getBatches(records, keys, { consistent: true })
    yield new Map([...items].filter(([, item]) => item.user_id?.S === text))
  }
}

/**
 * Deletes the items of a user but `exceptKey`, again and again until the index shows none, at most ten times.
 * @param onDeleted told how many were deleted so far, after each.
 * @returns how many were deleted.
 */
export async function deleteItemsOfUser(
  records: Records,
  userId: unknown,
  userIdKey: string | undefined,
  exceptKey: string | undefined,
  onDeleted?: (deleted: number) => void,
): Promise<number> {
  const text = requireUser(records, userId, userIdKey)
  let deleted = 0
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    if (pass > 0) await sleep(PAUSE)
    let found = 0
    for await (const keys of keysOfUser(records, text)) {
      const due = keys.filter((key) => key !== exceptKey)
      found += due.length
      await inParallel(due, async (key) => {
        // By now the session may be another user's, who logged in on the same browser.
        const answer = await records.delete(key, { expression: '#user_id = :user_id', values: { ':user_id': { S: text } } })
        if (answer !== 'deleted') return
        deleted++
        onDeleted?.(deleted)
      })
    }
    if (found === 0) break
  }
  return deleted
}

async function* keysOfUser(records: Records, userId: string): AsyncGenerator<string[]> {
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
    yield page.items.filter((item) => sortKey === undefined || item[sortKey]?.S === sortKeyValue).map((item) => item[tableKey]?.S as string)
    from = page.next
  } while (from)
}

function requireUser(records: Records, userId: unknown, userIdKey: string | undefined): string {
  if (userIdKey === undefined) {
    throw new InvalidOptionError(
      'userIdKey',
      'is needed to find the sessions of a user: name the key of the session data that holds the user’s id',
    )
  }
  return userIdText(userId, 'userId', records.options.keyPrefix)
}

/** The prefix and a user's id as text: numbers and bigints in decimal, never in exponential notation. */
function userIdText(value: unknown, argument: string, keyPrefix: string): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? decimal(value) : typeof value === 'bigint' ? String(value) : value
  if (typeof text !== 'string' || text === '') {
    throw new InvalidArgumentError(argument, `must be a text, a number or a bigint, as the id of a user; it is a ${typeof value}`)
  }
  if (!isWellFormed(text)) throw new InvalidArgumentError(argument, 'must be well-formed Unicode: it holds half of a surrogate pair')
  const size = Buffer.byteLength(keyPrefix + text)
  if (size > MAX_USER_ID_SIZE)
    throw new InvalidArgumentError(argument, `is ${size} bytes with the \`keyPrefix\`, over DynamoDB's limit of ${MAX_USER_ID_SIZE}`)
  return keyPrefix + text
}

function decimal(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
}
