// A table in memory that does what DynamoDB does with the requests that sessions make. Items are never changed in place.
import type { InputOf, Item, Operation } from '../../src/core/dynamodb/model.ts'
import { holds, updated } from './expressions.ts'
import type { Scope } from './expressions.ts'

/** What a request came to: DynamoDB's output, or the item that made its condition fail. */
export type Result = { readonly output: object } | { readonly failed: Item | undefined }

export interface Table {
  readonly items: Map<string, Item>
  /** Keys by what the index has of them, which may be behind. */
  readonly index: Map<string, string>
  isLagging: boolean
  run(operation: Operation, input: object): Result
  /** The index shows what the table holds. */
  catchUp(): void
  isBehind(): boolean
}

const KEY = 'session_id'

export function createTable(items: ReadonlyMap<string, Item> = new Map(), isLagging = false): Table {
  const table: Table = {
    items: new Map(items),
    index: new Map(),
    isLagging,
    catchUp() {
      table.index.clear()
      for (const [key, { user_id }] of table.items) if (user_id?.S !== undefined) table.index.set(key, user_id.S)
    },
    isBehind() {
      const users = [...table.items].filter(([, { user_id }]) => user_id?.S !== undefined)
      return users.length !== table.index.size || users.some(([key, { user_id }]) => table.index.get(key) !== user_id?.S)
    },
    run(operation, input) {
      const result = (RUN[operation] ?? unknown(operation))(table, input as never)
      if (!table.isLagging) table.catchUp()
      return result
    },
  }
  table.catchUp()
  return table
}

type Run = (table: Table, input: never) => Result

const RUN: Partial<Record<Operation, Run>> = {
  GetItem({ items }: Table, { Key }: InputOf<'GetItem'>) {
    const item = items.get(keyIn(Key))
    return { output: item ? { Item: item } : {} }
  },
  PutItem({ items }: Table, input: InputOf<'PutItem'>) {
    const key = keyIn(input.Item)
    const before = items.get(key)
    if (!isAllowed(input, before)) return { failed: before }
    items.set(key, input.Item)
    return { output: {} }
  },
  UpdateItem({ items }: Table, input: InputOf<'UpdateItem'>) {
    const key = keyIn(input.Key)
    const before = items.get(key)
    if (!isAllowed(input, before)) return { failed: before }
    const after = updated(input.UpdateExpression, before ?? input.Key, scopeOf(input))
    items.set(key, after)
    return { output: input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {} }
  },
  DeleteItem({ items }: Table, input: InputOf<'DeleteItem'>) {
    const key = keyIn(input.Key)
    const before = items.get(key)
    if (!isAllowed(input, before)) return { failed: before }
    items.delete(key)
    return { output: before && input.ReturnValues === 'ALL_OLD' ? { Attributes: before } : {} }
  },
  BatchGetItem({ items }: Table, { RequestItems }: InputOf<'BatchGetItem'>) {
    const found = Object.entries(RequestItems).map(([name, { Keys }]) => [name, Keys.flatMap((key) => items.get(keyIn(key)) ?? [])])
    return { output: { Responses: Object.fromEntries(found), UnprocessedKeys: {} } }
  },
  Query({ index }: Table, { ExpressionAttributeValues = {} }: InputOf<'Query'>) {
    const user = ExpressionAttributeValues[':user_id']?.S
    const keys = [...index].filter(([, of]) => of === user).map(([key]) => key)
    return { output: { Items: keys.toSorted().map((key) => ({ [KEY]: { S: key }, user_id: { S: user } })), Count: keys.length } }
  },
}

function unknown(operation: string): Run {
  throw new Error(`the model knows no ${operation}`)
}

function keyIn(item: Item): string {
  return item[KEY]?.S as string
}

interface Conditional {
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
}

function scopeOf({ ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Conditional): Scope {
  return { names: ExpressionAttributeNames, values: ExpressionAttributeValues }
}

function isAllowed(input: Conditional, item: Item | undefined): boolean {
  return input.ConditionExpression === undefined || holds(input.ConditionExpression, item ?? {}, scopeOf(input))
}
