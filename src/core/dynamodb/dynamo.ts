import { DynamoDBRequestError } from '../base/errors.ts'
import type { Connection } from './connection.ts'
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
import type { Hooks } from './transport.ts'

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

/** The items of one table. Every function throws typed errors only, and never for a failed condition. */
export interface Dynamo {
  readonly table: string
  get(input: Untabled<GetItemInput>, hooks?: Hooks): Promise<Item | undefined>
  put(input: Untabled<PutItemInput>, hooks?: Hooks): Promise<WriteAnswer>
  update(input: Untabled<UpdateItemInput>): Promise<WriteAnswer>
  delete(input: Untabled<DeleteItemInput>): Promise<WriteAnswer>
  /** Returns what was found and the keys that DynamoDB left unprocessed. */
  batchGet(request: KeysAndAttributes): Promise<{ items: Item[]; unprocessed: Item[] }>
  /** Returns the writes that DynamoDB left unprocessed. */
  batchWrite(writes: readonly WriteRequest[]): Promise<WriteRequest[]>
  /** Runs PartiQL writes; returns the code of each one's error (`ConditionalCheckFailed`, ...) and the write units of all. */
  executeBatch(statements: readonly BatchStatementRequest[]): Promise<{ errors: (string | undefined)[]; units: number | undefined }>
  query(input: Untabled<QueryInput>): Promise<Page>
  scan(input: Untabled<ScanInput>): Promise<Page>
  /** A client of AWS's SDK: the one that was given, or one of the same options. */
  client(): Promise<object>
  /** Closes what was opened, once nothing is under way; a later call opens it anew. */
  dispose(): void
}

export function createDynamo({ table, request, client, dispose }: Connection): Dynamo {
  const TableName = table
  const isMetered = true
  const writing = (hooks?: Hooks) => ({ hooks, isMetered, except: { conditionFailed: ({ item }: TransportError) => ({ failed: item }) } })

  return {
    table,
    client,
    dispose,
    get: async (input, hooks) => (await request('GetItem', { TableName, ...input }, { hooks, isMetered })).Item,
    put: async (input, hooks) => toAnswer(await request('PutItem', { TableName, ...input }, writing(hooks))),
    update: async (input) => toAnswer(await request('UpdateItem', { TableName, ...input }, writing())),
    delete: async (input) => toAnswer(await request('DeleteItem', { TableName, ...input }, writing())),

    async batchGet(keys) {
      const { Responses = {}, UnprocessedKeys = {} } = await request('BatchGetItem', { RequestItems: { [table]: keys } }, { isMetered })
      return { items: Object.values(Responses).flat(), unprocessed: Object.values(UnprocessedKeys).flatMap(({ Keys = [] }) => Keys) }
    },

    async batchWrite(writes) {
      const { UnprocessedItems = {} } = await request('BatchWriteItem', { RequestItems: { [table]: writes } }, { isMetered })
      return Object.values(UnprocessedItems).flat()
    },

    async executeBatch(Statements) {
      const input = { Statements, ReturnConsumedCapacity: 'TOTAL' as const }
      const { Responses, ConsumedCapacity } = await request('BatchExecuteStatement', input, { isMetered })
      if (Responses?.length !== Statements.length)
        throw new DynamoDBRequestError('SERVER_ERROR', 'dynamodb:BatchExecuteStatement', 'the answer does not tell of every statement')
      return {
        errors: Responses.map(({ Error: error }) => error && (error.Code ?? 'Unknown')),
        units: ConsumedCapacity?.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
      }
    },

    query: async (input) => toPage(await request('Query', { TableName, ...input }, { isMetered })),
    scan: async (input) => toPage(await request('Scan', { TableName, ...input }, { isMetered })),
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
