import type { Item } from '../dynamodb/dynamo.ts'
import type { Items } from './items.ts'

export interface ScanOptions {
  /** What keys start with; `''`: any. */
  readonly start: string
  readonly filter?: string | undefined
  /** Of the filter. */
  readonly values?: Item | undefined
  /** Whether items come as their keys alone. What was read is paid for all the same. */
  readonly isKeysOnly?: boolean | undefined
}

/** Goes through the table page by page; in a single-table design, through the items of our sort key. */
export async function* scanItems(items: Items, { start, filter, values, isKeysOnly }: ScanOptions): AsyncGenerator<Item[]> {
  const { sortKeyValue, consistentRead } = items.options
  const FilterExpression = [
    ...(start === '' ? [] : ['begins_with(#key, :start)']),
    ...(sortKeyValue === undefined ? [] : ['#sort = :sort']),
    ...(filter === undefined ? [] : [filter]),
  ].join(' AND ')
  const ProjectionExpression = isKeysOnly ? (sortKeyValue === undefined ? '#key' : '#key, #sort') : undefined
  const all = {
    ...(start === '' ? {} : { ':start': { S: start } }),
    ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }),
    ...values,
  }
  const input = {
    ...(FilterExpression === '' ? {} : { FilterExpression }),
    ...(ProjectionExpression === undefined ? {} : { ProjectionExpression }),
    ...(FilterExpression === '' && ProjectionExpression === undefined
      ? {}
      : { ExpressionAttributeNames: items.names(FilterExpression, ProjectionExpression) }),
    ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
    ConsistentRead: consistentRead,
  }
  let from: Item | undefined
  do {
    const page = await items.dynamo.scan({ ...input, ...(from ? { ExclusiveStartKey: from } : {}) })
    yield page.items
    from = page.next
  } while (from)
}
