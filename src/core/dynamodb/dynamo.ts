import type { Deadline } from '../base/deadline.ts'
import { DynamoDBRequestError } from '../base/errors.ts'
import type { Connection, RequestOptions } from './connection.ts'
import type {
  BatchStatementRequest,
  DeleteItemInput,
  GetItemInput,
  Item,
  KeysAndAttributes,
  OutputOf,
  PutItemInput,
  QueryInput,
  ScanInput,
  UpdateItemInput,
  WriteRequest,
} from './model.ts'
import type { TransportError } from './transport-error.ts'

export type { AttributeValue, BatchStatementRequest, Item, WriteRequest } from './model.ts'

/** What a conditional write came to: done, or the condition failed, with the item that made it fail where the engine tells. */
export type WriteAnswer =
  | { readonly done: true; readonly item?: Item; readonly units?: number | undefined }
  | { readonly done: false; readonly item?: Item }

export interface Page {
  readonly items: Item[]
  readonly count: number
  readonly next: Item | undefined
  /** Read units, where they were asked for. */
  readonly units?: number | undefined
}

type Untabled<Input> = Omit<Input, 'TableName'>

/** What goes along with a request: its hooks, and by when it must have ended. */
export type How = Pick<RequestOptions<never>, 'hooks' | 'deadline'>

/** The items of one table. Every function throws typed errors only, and never for a failed condition. */
export interface Dynamo {
  readonly table: string
  /** Begins an operation: by when all of its requests must have ended, `least` milliseconds from now or, as a rule, 9.8 s. */
  begin(least?: number): Deadline
  get(input: Untabled<GetItemInput>, how?: How): Promise<Item | undefined>
  put(input: Untabled<PutItemInput>, how?: How): Promise<WriteAnswer>
  update(input: Untabled<UpdateItemInput>, how?: How): Promise<WriteAnswer>
  delete(input: Untabled<DeleteItemInput>, how?: How): Promise<WriteAnswer>
  /** Returns what was found and the keys that DynamoDB left unprocessed. */
  batchGet(request: KeysAndAttributes, how?: How): Promise<{ items: Item[]; unprocessed: Item[] }>
  /** Returns the writes that DynamoDB left unprocessed. */
  batchWrite(writes: readonly WriteRequest[], how?: How): Promise<WriteRequest[]>
  /** Runs PartiQL writes; returns the code of each one's error (`ConditionalCheckFailed`, ...) and the write units of all. */
  executeBatch(
    statements: readonly BatchStatementRequest[],
    how?: How,
  ): Promise<{ errors: (string | undefined)[]; units: number | undefined }>
  query(input: Untabled<QueryInput>, how?: How): Promise<Page>
  scan(input: Untabled<ScanInput>, how?: How): Promise<Page>
  /** A client of AWS's SDK: the one that was given, or one of the same options. */
  client(): Promise<object>
  /** Closes what was opened, once nothing is under way; a later call opens it anew. */
  dispose(): void
}

export function createDynamo({ table, begin, request, client, dispose }: Connection): Dynamo {
  const TableName = table
  const isMetered = true
  const except = { conditionFailed: ({ item }: TransportError) => ({ failed: item }) }

  return {
    table,
    begin,
    client,
    dispose,
    get: async (input, { hooks, deadline } = {}) =>
      (await request('GetItem', { TableName, ...input }, { hooks, deadline, isMetered })).Item,
    put: async (input, { hooks, deadline } = {}) =>
      toAnswer(await request('PutItem', { TableName, ...input }, { hooks, deadline, isMetered, except })),
    update: async (input, { hooks, deadline } = {}) =>
      toAnswer(await request('UpdateItem', { TableName, ...input }, { hooks, deadline, isMetered, except })),
    delete: async (input, { hooks, deadline } = {}) =>
      toAnswer(await request('DeleteItem', { TableName, ...input }, { hooks, deadline, isMetered, except })),

    async batchGet(keys, how) {
      const asked = { RequestItems: { [table]: keys } }
      const { Responses = {}, UnprocessedKeys = {} } = await request('BatchGetItem', asked, { ...how, isMetered })
      return { items: Object.values(Responses).flat(), unprocessed: Object.values(UnprocessedKeys).flatMap(({ Keys = [] }) => Keys) }
    },

    async batchWrite(writes, how) {
      const asked = { RequestItems: { [table]: writes } }
      const { UnprocessedItems = {} } = await request('BatchWriteItem', asked, { ...how, isMetered })
      return Object.values(UnprocessedItems).flat()
    },

    async executeBatch(Statements, how) {
      const input = { Statements, ReturnConsumedCapacity: 'TOTAL' as const }
      const { Responses, ConsumedCapacity } = await request('BatchExecuteStatement', input, { ...how, isMetered })
      if (Responses?.length !== Statements.length)
        throw new DynamoDBRequestError('SERVER_ERROR', 'dynamodb:BatchExecuteStatement', 'the answer does not tell of every statement')
      return {
        errors: Responses.map(({ Error: error }) => error && (error.Code ?? 'Unknown')),
        units: ConsumedCapacity?.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
      }
    },

    query: async (input, how) => toPage(await request('Query', { TableName, ...input }, { ...how, isMetered })),
    scan: async (input, how) => toPage(await request('Scan', { TableName, ...input }, { ...how, isMetered })),
  }
}

function toAnswer(output: OutputOf<'PutItem'> | { failed: Item | undefined }): WriteAnswer {
  if ('failed' in output) return output.failed ? { done: false, item: output.failed } : { done: false }
  const { Attributes: item, ConsumedCapacity: consumed } = output
  return { done: true, ...(item ? { item } : {}), ...(consumed ? { units: consumed.CapacityUnits } : {}) }
}

function toPage({ Items: items = [], Count: count = 0, LastEvaluatedKey: next, ConsumedCapacity: consumed }: OutputOf<'Scan'>): Page {
  return { items, count, next, units: consumed?.CapacityUnits }
}
