import type { Item } from '../dynamodb/dynamo.ts'
import { InvalidKeyError, MAX_ITEM_SIZE, SessionTooLargeError } from '../base/errors.ts'

const MAX_KEY_SIZE = 2048

/** Throws `InvalidKeyError` for a key that DynamoDB does not take. */
export function checkKey(key: string): string {
  const size = Buffer.byteLength(key)
  if (size === 0 || size > MAX_KEY_SIZE || !isWellFormed(key)) throw new InvalidKeyError(size, MAX_KEY_SIZE)
  return key
}

/** Whether a text has no half of a surrogate pair, which UTF-8 does not know: it would come back as another character. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
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
