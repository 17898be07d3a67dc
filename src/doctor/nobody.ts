import { randomBytes } from 'node:crypto'
import type { Item } from '../core/dynamodb/dynamo.ts'
import type { Items } from '../core/items/items.ts'

/** An item that is nobody's, and requests that leave no trace of it: a condition that no item meets, whatever the table holds. */
export interface Nobody {
  readonly key: string
  readonly Key: Item
  readonly never: Condition
  /** An update that changes nothing. */
  readonly update: Condition & { readonly Key: Item; readonly UpdateExpression: string }
}

interface Condition {
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
}

/** The item exists and does not: never true. */
const NEVER = 'attribute_exists(#key) AND attribute_not_exists(#key)'

/** Its key is random, so nobody's; with the prefix, since policies may allow no other. */
export function createNobody({ primaryKey, names, options }: Pick<Items, 'primaryKey' | 'names' | 'options'>): Nobody {
  const key = `${options.keyPrefix}${randomBytes(32).toString('hex')}`
  const Key = primaryKey(key)
  const never = { ConditionExpression: NEVER, ExpressionAttributeNames: names(NEVER) }
  return {
    key,
    Key,
    never,
    update: { Key, ...never, UpdateExpression: 'REMOVE #data', ExpressionAttributeNames: names(NEVER, '#data') },
  }
}
