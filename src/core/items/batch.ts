import type { Item, WriteRequest } from '../dynamodb/dynamo.ts'
import { DynamoDBRequestError, isRetryable } from '../base/errors.ts'
import type { Items } from './items.ts'
import type { Deadline } from '../base/deadline.ts'
import { inParallel } from '../base/in-parallel.ts'
import { backOff } from '../base/wait.ts'

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and API_BatchWriteItem.html
const KEYS_PER_GET = 100
const WRITES_PER_BATCH = 25
/** How often what failed is sent again without any progress. */
export const RETRIES = 8

/** Reads many items by key; returns those that exist, each key once. Unprocessed keys are asked for again, then an error. */
export async function getBatches(items: Items, keys: Iterable<string>, options: { consistent?: boolean } = {}): Promise<Map<string, Item>> {
  const found = new Map<string, Item>()
  const { tableKey, consistentRead } = items.options
  await inParallel(chunks([...new Set(keys)], KEYS_PER_GET), async (chunk) => {
    await untilDone(items, 'dynamodb:BatchGetItem', chunk.map(items.primaryKey), async (left, deadline) => {
      const page = await items.dynamo.batchGet({ Keys: left, ConsistentRead: options.consistent ?? consistentRead }, { deadline })
      for (const item of page.items) found.set(item[tableKey]?.S as string, item)
      return page.unprocessed
    })
  })
  return found
}

/** Sends many unconditional writes. Unprocessed ones are sent again, then an error. */
export async function writeBatches(items: Items, writes: readonly WriteRequest[]): Promise<void> {
  await inParallel(chunks(writes, WRITES_PER_BATCH), (chunk) =>
    untilDone(items, 'dynamodb:BatchWriteItem', chunk, (left, deadline) => items.dynamo.batchWrite(left, { deadline })),
  )
}

/** Goes through a scan page by page. */
export async function* scanPages(items: Items, input: Parameters<Items['dynamo']['scan']>[0]): AsyncGenerator<Item[]> {
  let from: Item | undefined
  do {
    const page = await items.dynamo.scan({ ...input, ...(from ? { ExclusiveStartKey: from } : {}) })
    yield page.items
    from = page.next
  } while (from)
}

/** Each batch is an operation as to its time, and one of which a part was done begins anew. */
async function untilDone<Part>(
  { begin }: Items,
  action: string,
  parts: Part[],
  send: (left: Part[], deadline: Deadline) => Promise<Part[]>,
): Promise<void> {
  let left = parts
  let deadline = begin()
  for (let attempt = 0; ; attempt++) {
    try {
      const unprocessed = await send(left, deadline)
      if (unprocessed.length === 0) return
      if (unprocessed.length < left.length) {
        attempt = 0
        deadline = begin()
      }
      left = unprocessed
    } catch (error) {
      if (!isRetryable(error) || attempt >= RETRIES || deadline.left() <= 0) throw error
    }
    if (attempt >= RETRIES) {
      throw new DynamoDBRequestError(
        'UNPROCESSED',
        action,
        `DynamoDB left ${left.length} of ${parts.length} unprocessed ${RETRIES} times; the table's capacity is too small`,
      )
    }
    await backOff(attempt, 25, Math.min(800, Math.max(1, deadline.left())))
  }
}

function chunks<Part>(list: readonly Part[], size: number): Part[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size))
}
