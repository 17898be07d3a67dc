import type { AttributeValue, Item, WriteRequest } from '../dynamodb/dynamo.ts'
import { AccessDeniedError, DynamoDBRequestError, isRetryable } from '../base/errors.ts'
import { PASSING, deleteText } from '../dynamodb/partiql.ts'
import type { Items } from './items.ts'
import type { Deadline } from '../base/deadline.ts'
import { inParallel } from '../base/in-parallel.ts'
import { backOff } from '../base/wait.ts'

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html and API_BatchWriteItem.html
const KEYS_PER_GET = 100
const WRITES_PER_BATCH = 25
/** Batches of deletions under way at once. */
const PARALLEL_DELETES = 8
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

/**
 * Deletes many items on one condition by PartiQL, 25 with each request. The condition is PartiQL's, of our own names, which need no quotes.
 * @param onDeleted told of each, of one that is gone too.
 * @returns the keys that are left to single deletes: of items that the condition kept, and all where engine or role lack PartiQL.
 */
export async function deleteBatches(
  items: Items,
  keys: readonly string[],
  condition: { readonly expression: string; readonly parameters: readonly AttributeValue[] },
  onDeleted: (key: string) => void,
): Promise<string[]> {
  const { dynamo, primaryKey } = items
  const left: string[] = []
  let isRefused = false
  const { tableKey, sortKey } = items.options
  const Statement = deleteText(dynamo.table, sortKey === undefined ? [tableKey] : [tableKey, sortKey], [condition.expression])
  const toStatement = (key: string): { Statement: string; Parameters: AttributeValue[] } => ({
    Statement,
    Parameters: [...(Object.values(primaryKey(key)) as AttributeValue[]), ...condition.parameters],
  })
  const send = async (part: string[], deadline: Deadline): Promise<string[]> => {
    const { errors } = await dynamo.executeBatch(part.map(toStatement), { deadline })
    const again: string[] = []
    for (const [index, key] of part.entries()) {
      const code = errors[index]
      if (code === undefined) onDeleted(key)
      else if (PASSING.has(code)) again.push(key)
      else {
        isRefused ||= code === 'AccessDenied'
        left.push(key)
      }
    }
    return again
  }
  const work = async (chunk: string[]): Promise<void> => {
    let rest = chunk
    if (isRefused) return void left.push(...chunk)
    try {
      await untilDone(items, 'dynamodb:PartiQLDelete', chunk, async (part, deadline) => (rest = await send(part, deadline)))
    } catch (error) {
      // What else is wrong shows with single deletes.
      if (!(error instanceof AccessDeniedError || error instanceof DynamoDBRequestError) || isRetryable(error)) throw error
      isRefused = true
      left.push(...rest)
    }
  }
  const [first, ...others] = chunks(keys, WRITES_PER_BATCH)
  // Alone, since it tells whether others need be sent.
  if (first) await work(first)
  await inParallel(others, work, PARALLEL_DELETES)
  return left
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
