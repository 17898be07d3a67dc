import type { AttributeValue } from './dynamodb.ts'
import { InvalidArgumentError } from './errors.ts'

/** Bytes of an index's hash key. */
const MAX_USER_ID_SIZE = 2048

/** The `user_id` attribute of data whose `userIdKey` holds a user's id; `undefined` where it holds none. */
export function userIdAttribute(data: unknown, userIdKey: string, keyPrefix: string): AttributeValue | undefined {
  const value =
    typeof data === 'object' && data !== null && Object.hasOwn(data, userIdKey) ? (data as Record<string, unknown>)[userIdKey] : undefined
  if (value === undefined || value === null || value === '') return undefined
  return { S: keyPrefix + userIdText(value, `data.${userIdKey}`, keyPrefix) }
}

/** A user's id as text: numbers and bigints in decimal. */
export function userIdText(value: unknown, argument: string, keyPrefix: string): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? decimal(value) : typeof value === 'bigint' ? String(value) : value
  if (typeof text !== 'string' || text === '') {
    throw new InvalidArgumentError(argument, `must be a text, a number or a bigint, since \`userIdKey\` names it; it is a ${typeof value}`)
  }
  const size = Buffer.byteLength(keyPrefix + text)
  if (size > MAX_USER_ID_SIZE) throw new InvalidArgumentError(argument, `is ${size} bytes, over DynamoDB's limit of ${MAX_USER_ID_SIZE}`)
  return text
}

/** Never in exponential notation: 1e21 and 1000000000000000000000 must be one user. */
function decimal(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
}
