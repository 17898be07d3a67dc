import type { Item } from '../dynamodb/dynamo.ts'
import { scanPages } from '../items/batch.ts'
import type { Items } from '../items/items.ts'

/** Goes through the keys that start so and pass a filter; in a single-table design, those of our sort key. */
export type KeyScan = (start: string, filter: string, values?: Item) => AsyncGenerator<Item[]>

export function createKeyScan(items: Items): KeyScan {
  const { sortKeyValue, consistentRead } = items.options
  return async function* (start, filter, values = {}) {
    const FilterExpression = [
      ...(start ? ['begins_with(#key, :start)'] : []),
      ...(sortKeyValue === undefined ? [] : ['#sort = :sort']),
      filter,
    ].join(' AND ')
    const ProjectionExpression = sortKeyValue === undefined ? '#key' : '#key, #sort'
    const all = {
      ...(start ? { ':start': { S: start } } : {}),
      ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }),
      ...values,
    }
    yield* scanPages(items, {
      FilterExpression,
      ProjectionExpression,
      ExpressionAttributeNames: items.names(FilterExpression, ProjectionExpression),
      ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
      ConsistentRead: consistentRead,
    })
  }
}
