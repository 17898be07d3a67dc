import { InvalidArgumentError } from '../../base/errors.ts'
import type { AttributeValue } from '../../dynamodb/dynamo.ts'
import { isWellFormed } from '../../base/well-formed.ts'

/** Bytes of an index's hash key. */
const MAX_SIZE = 2048

/**
 * The `user_id` attribute of data whose `userIdKey` holds a user's id; `undefined` where it holds none.
 * @param digits an integer as it is stored, for one that JavaScript rounds.
 */
export function userIdAttribute(
  data: unknown,
  userIdKey: string,
  keyPrefix: string,
  digits?: () => string | undefined,
): AttributeValue | undefined {
  const value =
    typeof data === 'object' && data !== null && Object.hasOwn(data, userIdKey) ? (data as Record<string, unknown>)[userIdKey] : undefined
  // What a log-out leaves in place of an id.
  if (value === undefined || value === null || value === '' || value === false) return undefined
  const exact = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER ? digits?.() : undefined
  return { S: userIdText(exact ?? value, `data.${userIdKey}`, keyPrefix) }
}

/** The prefix and a user's id as text: numbers and bigints in decimal, never in exponential notation. */
export function userIdText(value: unknown, argument: string, keyPrefix: string): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? decimal(value) : typeof value === 'bigint' ? String(value) : value
  if (typeof text !== 'string' || text === '') {
    throw new InvalidArgumentError(argument, `must be a text, a number or a bigint, as the id of a user; it is a ${typeof value}`)
  }
  if (!isWellFormed(text)) throw new InvalidArgumentError(argument, 'must be well-formed Unicode: it holds half of a surrogate pair')
  const size = Buffer.byteLength(keyPrefix + text)
  if (size > MAX_SIZE)
    throw new InvalidArgumentError(argument, `is ${size} bytes with the \`keyPrefix\`, over DynamoDB's limit of ${MAX_SIZE}`)
  return keyPrefix + text
}

function decimal(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
}
