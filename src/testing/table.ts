// One table in memory, which does what DynamoDB does with the requests of this package. Items are never changed in place.
import { MAX_ITEM_SIZE } from '../core/base/errors.ts'
import type { InputOf, Item, Operation, QueryInput, ScanInput } from '../core/dynamodb/model.ts'
import { sizeOf } from '../core/items/size.ts'
import { holds } from './conditions.ts'
import { pageOf } from './pages.ts'
import { keyIn, only, projected, readUnits, scopeOf, writeUnits } from './parts.ts'
import type { Asked, Schema } from './parts.ts'
import { rewritten, targetsOf, updated } from './updates.ts'
import type { AttributeUpdates } from './updates.ts'
import { invalid, normalized, unsupported } from './values.ts'

/** What a request came to: DynamoDB's output, or the item that made its condition fail. */
export type Result = { readonly output: object } | { readonly failed: Item | undefined }

export interface Table {
  readonly schema: Schema
  /** By the text of their keys. */
  readonly items: Map<string, Item>
  /** What the index has where it lags: the keys of each item, by the same text. */
  readonly index: Map<string, Item>
  /** Whether the index shows what it had at the last `catchUp`. */
  readonly isLagging: boolean
  /**
   * Runs a request on items.
   * @throws TransportError for what DynamoDB refuses, and for what is not supported.
   */
  run(operation: Operation, input: object): Result
  /** Lets the index have what the table has. */
  catchUp(): void
  /** Whether the index has something else than the table. */
  isBehind(): boolean
}

/** @param items what it begins with, by the text of their keys. */
export function createTable(schema: Schema, items: ReadonlyMap<string, Item> = new Map(), isLagging = false): Table {
  const table: Table = {
    schema,
    items: new Map(items),
    index: new Map(),
    isLagging,
    catchUp() {
      table.index.clear()
      for (const [key, entry] of entriesOf(table)) table.index.set(key, entry)
    },
    isBehind() {
      const entries = entriesOf(table)
      return entries.size !== table.index.size || [...entries].some(([key, entry]) => !isSame(entry, table.index.get(key)))
    },
    run: (operation, input) => (RUN[operation] ?? unknown(operation))(table, input as never),
  }
  if (isLagging) table.catchUp()
  return table
}

/** What the index has when it does not lag. */
function entriesOf({ schema: { keys, index }, items }: Table): Map<string, Item> {
  const entries = new Map<string, Item>()
  if (!index) return entries
  const names = [...new Set([...keys, ...index.keys])]
  for (const [key, item] of items) if (index.keys.every((name) => item[name] !== undefined)) entries.set(key, only(item, names))
  return entries
}

function isSame(a: Item, b: Item | undefined): boolean {
  return b !== undefined && Object.entries(a).every(([name, value]) => b[name]?.S === value.S)
}

type Run = (table: Table, input: never) => Result

const RUN: Partial<Record<Operation, Run>> = {
  GetItem({ items, schema }: Table, input: InputOf<'GetItem'>) {
    const item = items.get(keyIn(schema, input.Key))
    return { output: { ...(item ? { Item: projected(item, input) } : {}), ...readUnits(input, sizeOf(item ?? {})) } }
  },

  PutItem(table: Table, input: InputOf<'PutItem'>) {
    const key = keyIn(table.schema, only(input.Item, table.schema.keys))
    return write(table, input, key, () => normalized(input.Item))
  },

  UpdateItem(table: Table, input: InputOf<'UpdateItem'>) {
    const { AttributeUpdates, UpdateExpression: expression = '' } = input as InputOf<'UpdateItem'> & { AttributeUpdates?: AttributeUpdates }
    const key = keyIn(table.schema, input.Key)
    if (AttributeUpdates) return write(table, input, key, (before) => normalized(rewritten(AttributeUpdates, before ?? input.Key)))
    const changed = targetsOf(expression, scopeOf(input)).find((name) => table.schema.keys.includes(name))
    if (changed !== undefined) throw invalid(`Cannot update attribute ${changed}. This attribute is part of the key`)
    return write(table, input, key, (before) => normalized(updated(expression, before ?? input.Key, scopeOf(input))))
  },

  DeleteItem: (table: Table, input: InputOf<'DeleteItem'>) => write(table, input, keyIn(table.schema, input.Key), () => undefined),

  BatchGetItem({ items, schema }: Table, { RequestItems }: InputOf<'BatchGetItem'>) {
    const found = Object.entries(RequestItems).map(([name, asked]) => {
      checkBatch(
        asked.Keys.map((key) => keyIn(schema, key)),
        100,
      )
      return [name, asked.Keys.map((key) => items.get(keyIn(schema, key))).flatMap((item) => (item ? [projected(item, asked)] : []))]
    })
    return { output: { Responses: Object.fromEntries(found), UnprocessedKeys: {} } }
  },

  BatchWriteItem(table: Table, { RequestItems }: InputOf<'BatchWriteItem'>) {
    const writes = Object.values(RequestItems).flat()
    const { keys } = table.schema
    checkBatch(
      writes.map((one) => keyIn(table.schema, 'PutRequest' in one ? only(one.PutRequest.Item, keys) : one.DeleteRequest.Key)),
      25,
    )
    for (const one of writes) {
      if ('PutRequest' in one) table.run('PutItem', one.PutRequest)
      else table.run('DeleteItem', one.DeleteRequest)
    }
    return { output: { UnprocessedItems: {} } }
  },

  Query: paged,
  Scan: paged,
}

function unknown(operation: string): Run {
  throw unsupported(operation)
}

function checkBatch(keys: readonly string[], most: number): void {
  if (keys.length < 1 || keys.length > most) throw invalid(`Too many items requested: a batch has 1 to ${most}`)
  if (new Set(keys).size < keys.length) throw invalid('Provided list of item keys contains duplicates')
}

function paged(table: Table, input: QueryInput | ScanInput): Result {
  const { schema, items, index, isLagging } = table
  if (input.IndexName === undefined) return { output: pageOf(schema, items, input) }
  if (input.IndexName !== schema.index?.name) throw invalid(`The table does not have the specified index: ${input.IndexName}`)
  return { output: pageOf(schema, isLagging ? index : entriesOf(table), input) }
}

interface Write extends Asked {
  readonly ConditionExpression?: string
  readonly ReturnValues?: string
}

/** A write of one item, if its condition holds. */
function write({ items, schema }: Table, input: Write, key: string, change: (before: Item | undefined) => Item | undefined): Result {
  const { ConditionExpression: condition, ReturnValues: returned = 'NONE' } = input
  const scope = scopeOf(input)
  if (!['NONE', 'ALL_OLD', 'ALL_NEW'].includes(returned)) throw unsupported(`ReturnValues: ${returned}`)
  const before = items.get(key)
  if (condition !== undefined && !holds(condition, before ?? {}, scope)) return { failed: before }
  const after = change(before)
  if (after) {
    checkItem(schema, after)
    items.set(key, after)
  } else items.delete(key)
  const Attributes = returned === 'ALL_NEW' ? after : returned === 'ALL_OLD' ? before : undefined
  return { output: { ...(Attributes ? { Attributes } : {}), ...writeUnits(input, before, after) } }
}

function checkItem({ index }: Schema, item: Item): void {
  if (sizeOf(item) > MAX_ITEM_SIZE) throw invalid('Item size has exceeded the maximum allowed size')
  for (const name of index?.keys ?? []) {
    const value = item[name]
    if (value !== undefined && !value.S)
      throw invalid(`One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: S IndexName: ${index?.name}`)
  }
}
