// All sessions of an application, by a scan of the table.
import type { Item } from '../dynamodb/dynamo.ts'
import { writeBatches } from '../items/batch.ts'
import { scanItems } from '../items/scan.ts'
import type { ScanOptions } from '../items/scan.ts'
import { WRITABLE } from '../items/schema.ts'
import { numeric } from '../items/state.ts'
import { now } from '../base/time.ts'
import type { Sessions } from './sessions.ts'

/** The items of live sessions, page by page. */
export function liveItems(sessions: Sessions): AsyncGenerator<Item[]> {
  return itemsOf(sessions, live())
}

/** How many sessions are live. Their data is read, though not sent. */
export async function countLive(sessions: Sessions): Promise<number> {
  let count = 0
  for await (const page of itemsOf(sessions, { ...live(), isKeysOnly: true })) count += page.length
  return count
}

/** Deletes the sessions of this application, those too that have ended. What is made meanwhile may stay. */
export async function clearSessions(sessions: Sessions): Promise<void> {
  for await (const page of itemsOf(sessions, { isKeysOnly: true })) {
    await writeBatches(
      sessions.items,
      page.map((Key) => ({ DeleteRequest: { Key } })),
    )
  }
}

async function* itemsOf({ items, isKey }: Sessions, options: Omit<ScanOptions, 'start'>): AsyncGenerator<Item[]> {
  const { tableKey, keyPrefix } = items.options
  for await (const page of scanItems(items, { start: keyPrefix, ...options })) yield page.filter((item) => isKey(item[tableKey]?.S ?? ''))
}

/** The filter for live sessions. */
function live(): Pick<ScanOptions, 'filter' | 'values'> {
  return { filter: WRITABLE, values: { ':now': numeric(now()) } }
}
