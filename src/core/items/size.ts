import type { Item } from '../dynamodb/dynamo.ts'
import { InvalidKeyError, MAX_ITEM_SIZE, SessionTooLargeError } from '../base/errors.ts'
import { isWellFormed } from '../base/well-formed.ts'

const MAX_KEY_SIZE = 2048

/** Throws `InvalidKeyError` for a key that DynamoDB does not take. */
export function checkKey(key: string): string {
  const size = Buffer.byteLength(key)
  if (size === 0 || size > MAX_KEY_SIZE || !isWellFormed(key)) throw new InvalidKeyError(size, MAX_KEY_SIZE)
  return key
}

/** Throws `SessionTooLargeError` for an item over 400 KB, before anything is sent. */
export function checkSize(key: string, item: Item): void {
  const size = sizeOf(item)
  if (size > MAX_ITEM_SIZE) throw new SessionTooLargeError(key, size, MAX_ITEM_SIZE)
}

/** An item's size as DynamoDB counts it, for the types that we write. */
export function sizeOf(item: Item): number {
  let size = 0
  for (const [name, value] of Object.entries(item)) {
    size += Buffer.byteLength(name)
    if (value.S !== undefined) size += Buffer.byteLength(value.S)
    else if (value.N !== undefined) size += Math.ceil(value.N.length / 2) + 1
    else if (value.B !== undefined) size += Buffer.byteLength(value.B, 'base64')
  }
  return size
}
