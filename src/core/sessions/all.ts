// All sessions of an application, by a scan of the table.
import type { Item } from '../dynamodb/dynamo.ts'
import { scanPages, writeBatches } from '../items/batch.ts'
import { WRITABLE } from '../items/schema.ts'
import { numeric } from '../items/state.ts'
import { now } from '../base/time.ts'
import type { Sessions } from './sessions.ts'

/** The items of live sessions, page by page. */
export function liveItems(sessions: Sessions): AsyncGenerator<Item[]> {
  return itemsOf(sessions, WRITABLE, { ':now': numeric(now()) })
}

/** How many sessions are live. Their data is read, though not sent. */
export async function countLive(sessions: Sessions): Promise<number> {
  let count = 0
  for await (const page of itemsOf(sessions, WRITABLE, { ':now': numeric(now()) }, true)) count += page.length
  return count
}

/** Deletes the sessions of this application, those too that have ended. What is made meanwhile may stay. */
export async function clearSessions(sessions: Sessions): Promise<void> {
  const { items } = sessions
  const { tableKey } = items.options
  for await (const page of itemsOf(sessions, undefined, {}, true)) {
    await writeBatches(
      items,
      page.map((item) => ({ DeleteRequest: { Key: items.primaryKey(item[tableKey]?.S as string) } })),
    )
  }
}

async function* itemsOf(sessions: Sessions, filter: string | undefined, values: Item, keysOnly = false): AsyncGenerator<Item[]> {
  const { items, isKey } = sessions
  const { tableKey, keyPrefix, sortKeyValue, consistentRead } = items.options
  const clauses = [
    ...(keyPrefix === '' ? [] : ['begins_with(#key, :start)']),
    ...(sortKeyValue === undefined ? [] : ['#sort = :sort']),
    ...(filter === undefined ? [] : [filter]),
  ]
  const all = {
    ...values,
    ...(keyPrefix === '' ? {} : { ':start': { S: keyPrefix } }),
    ...(sortKeyValue === undefined ? {} : { ':sort': { S: sortKeyValue } }),
  }
  const FilterExpression = clauses.length > 0 ? clauses.join(' AND ') : undefined
  const ProjectionExpression = keysOnly ? '#key' : undefined
  const pages = scanPages(items, {
    ...(FilterExpression === undefined ? {} : { FilterExpression }),
    ...(ProjectionExpression === undefined ? {} : { ProjectionExpression }),
    ...((FilterExpression ?? ProjectionExpression)
      ? { ExpressionAttributeNames: items.names(FilterExpression, ProjectionExpression) }
      : {}),
    ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
    ConsistentRead: consistentRead,
  })
  for await (const page of pages) yield page.filter((item) => isKey(item[tableKey]?.S ?? ''))
}
