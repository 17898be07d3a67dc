import { hashId } from '../base/id.ts'
import type { Items } from '../items/items.ts'
import { checkKey } from '../items/size.ts'

/**
 * The keys of an adapter's values: hashed where `hashIds` says so, under a place after `keyPrefix`, since no key of a value may look
 * like that of a session.
 */
export function createKeys({ options: { keyPrefix } }: Items, place: string, hashIds: boolean): (key: string) => string {
  return (key) => checkKey(keyPrefix + place + (hashIds ? hashId(key) : key))
}
