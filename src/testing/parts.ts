// What items, pages and tables have in common: keys, projections and units.
import type { Item } from '../core/dynamodb/model.ts'
import { sizeOf } from '../core/items/size.ts'
import { nameOf } from './tokens.ts'
import type { Scope } from './tokens.ts'
import { invalid } from './values.ts'

/** The names of the keys, hash keys first. */
export interface Schema {
  readonly keys: readonly string[]
  /** A sparse index of keys only. */
  readonly index?: { readonly name: string; readonly keys: readonly string[] } | undefined
}

/** What any request may have. */
export interface Asked {
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
  readonly ProjectionExpression?: string
  readonly ReturnConsumedCapacity?: string
  readonly ConsistentRead?: boolean
}

export function scopeOf({ ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Asked): Scope {
  return { names, values }
}

/** Bytes of a hash and of a range key. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_KEYS = [2048, 1024] as const

/** The text that stands for a key. */
export function keyIn({ keys }: Schema, key: Item): string {
  if (Object.keys(key).length !== keys.length || keys.some((name) => key[name]?.S === undefined))
    throw invalid('The provided key element does not match the schema')
  const texts = keys.map((name) => key[name]?.S as string)
  if (texts.includes('')) throw invalid('One or more parameter values are not valid. A key attribute cannot contain an empty string value')
  if (texts.some((text, at) => Buffer.byteLength(text) > (MAX_KEYS[at] ?? 0)))
    throw invalid('One or more parameter values were invalid: Size of a key attribute has exceeded the maximum size limit')
  return texts.join('\0')
}

/** Only these attributes of an item. */
export function only(item: Item, names: readonly string[]): Item {
  const found: Item = {}
  for (const name of names) if (item[name] !== undefined) found[name] = item[name]
  return found
}

/** An item as a request asks for it. */
export function projected(item: Item, input: Asked): Item {
  const { ProjectionExpression: expression } = input
  if (expression === undefined) return item
  const scope = scopeOf(input)
  return only(
    item,
    expression.split(',').map((word) => nameOf(word.trim(), scope)),
  )
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
export function readUnits({ ReturnConsumedCapacity: asked, ConsistentRead }: Asked, bytes: number): object {
  const units = Math.max(1, Math.ceil(bytes / 4096)) * (ConsistentRead ? 1 : 0.5)
  return asked === 'TOTAL' ? { ConsumedCapacity: { CapacityUnits: units } } : {}
}

export function writeUnits({ ReturnConsumedCapacity: asked }: Asked, before: Item | undefined, after: Item | undefined): object {
  if (asked !== 'TOTAL') return {}
  const size = Math.max(sizeOf(before ?? {}), sizeOf(after ?? {}))
  return { ConsumedCapacity: { CapacityUnits: Math.max(1, Math.ceil(size / 1024)) } }
}
