// The only file that knows the AWS SDK. It hands the rest plain functions that take and answer DynamoDB's own JSON,
// so that another transport can take its place.
import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchStatementRequest,
  ConsumedCapacity,
  CreateTableCommandInput,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  Tag,
  TableDescription,
  TimeToLiveDescription,
  UpdateItemCommandInput,
  WriteRequest,
} from '@aws-sdk/client-dynamodb'
import type { Readable } from 'node:stream'
import { atClose } from '../base/shutdown.ts'
import { DynamoDBRequestError, DynamoSessionError, TableNotFoundError } from '../base/errors.ts'
import { translateError } from './translate-error.ts'
import { raw } from './sdk/raw.ts'
import { traceRequest } from '../base/tracing.ts'
import type { Answered } from '../base/tracing.ts'
import type { ClientOptions } from '../options/types.ts'

export type {
  AttributeValue,
  BatchStatementRequest,
  DynamoDBClient,
  CreateTableCommandInput,
  TableDescription,
  Tag,
  TimeToLiveDescription,
  WriteRequest,
}

/** An item as DynamoDB holds it. */
export type Item = Record<string, AttributeValue>

/** What a conditional write answers: done, or the condition failed, with the item that made it fail where the engine tells. */
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

/** DynamoDB, bound to one table. Every function throws typed errors only, and never for a failed condition. */
export interface Dynamo {
  readonly table: string
  /** The SDK's client, made at the first call. */
  client(): DynamoDBClient
  /** `onSend` runs when the request leaves, after credentials and signature, once for each attempt. */
  get(input: Untabled<GetItemCommandInput>, onSend?: () => void): Promise<Item | undefined>
  /** `onUnanswered` runs for each attempt that was sent and got no answer: it may yet be carried out. */
  put(input: Untabled<PutItemCommandInput>, onUnanswered?: () => void): Promise<WriteAnswer>
  update(input: Untabled<UpdateItemCommandInput>): Promise<WriteAnswer>
  delete(input: Untabled<DeleteItemCommandInput>): Promise<WriteAnswer>
  /** Answers what was found and the keys that DynamoDB left unprocessed. */
  batchGet(request: NonNullable<BatchGetItemCommandInput['RequestItems']>[string]): Promise<{ items: Item[]; unprocessed: Item[] }>
  /** Answers the writes that DynamoDB left unprocessed. */
  batchWrite(writes: WriteRequest[]): Promise<WriteRequest[]>
  /** Runs PartiQL writes, raw as well; answers the code of each one's error (`ConditionalCheckFailed`, ...) and the write units of all. */
  executeBatch(statements: BatchStatementRequest[]): Promise<{ errors: (string | undefined)[]; units: number | undefined }>
  query(input: Untabled<QueryCommandInput>): Promise<Page>
  scan(input: Untabled<ScanCommandInput>): Promise<Page>
  /** As `scan` and `delete`, at a fraction of the CPU, with items as DynamoDB's JSON has them: bytes are base64 text. */
  scanRaw(input: Untabled<ScanCommandInput>): Promise<Page>
  deleteRaw(input: Untabled<DeleteItemCommandInput>): Promise<WriteAnswer>
  createTable(input: Untabled<CreateTableCommandInput>): Promise<TableDescription | undefined>
  /** `undefined` when there is no such table. `onAnswer` is told the server's clock with each answer, errors included. */
  describeTable(onAnswer?: (date: Date | undefined) => void): Promise<TableDescription | undefined>
  deleteTable(): Promise<boolean>
  describeTimeToLive(): Promise<TimeToLiveDescription | undefined>
  enableTimeToLive(attribute: string): Promise<void>
  enablePointInTimeRecovery(): Promise<void>
  /** Whether the table can be restored to any second of its last days. */
  hasPointInTimeRecovery(): Promise<boolean>
  tag(arn: string, tags: Tag[]): Promise<void>
  tagsOf(arn: string): Promise<Tag[]>
  region(): Promise<string>
  /** Finds the credentials; answers where, as far as the SDK says. */
  credentials(): Promise<{ readonly sources: readonly string[]; readonly expiration: Date | undefined }>
  /** Where requests go; `undefined` for AWS's own endpoints. */
  endpoint(): Promise<string | undefined>
  /** Destroys the client if it was made here and nothing is under way; a later call makes a new one. */
  dispose(): void
}

export function createDynamo(table: string, options: ClientOptions): Dynamo {
  let made: DynamoDBClient | undefined
  let underWay = 0
  let disposing = false
  let forget: (() => void) | undefined
  // A document client takes the plain commands as they are: it shares its client's configuration and middleware.
  const given = options.client as DynamoDBClient | undefined
  // Whoever wraps a client may leave its configuration out.
  if (given?.config) speedUp(given.config)
  const client = (): DynamoDBClient => given ?? (made ??= open())

  function open(): DynamoDBClient {
    forget = atClose(dispose)
    return createClient(options)
  }

  async function run<Answer>(action: string, send: (client: DynamoDBClient) => Promise<Answer>): Promise<Answer> {
    underWay++
    try {
      return await traceRequest(action, table, async (note) => {
        try {
          return await send(note ? metered(client(), note) : client())
        } catch (error) {
          throw await translate(error, action)
        }
      })
    } finally {
      underWay--
      if (disposing) dispose()
    }
  }

  async function write(
    action: string,
    send: (client: DynamoDBClient) => Promise<{ Attributes?: Item | undefined; ConsumedCapacity?: ConsumedCapacity | undefined }>,
  ): Promise<WriteAnswer> {
    return run(action, async (to) => {
      try {
        const { Attributes: item, ConsumedCapacity: consumed } = await send(to)
        return { done: true, ...(item ? { item } : {}), ...(consumed ? { units: consumed.CapacityUnits } : {}) }
      } catch (error) {
        if (!isNamed(error, 'ConditionalCheckFailedException')) throw error
        const { Item: item } = error as { Item?: Item }
        return item ? { done: false, item } : { done: false }
      }
    })
  }

  function dispose(): void {
    disposing = underWay > 0
    if (disposing) return
    forget?.()
    made?.destroy()
    made = undefined
  }

  async function region(): Promise<string> {
    return (await client().config.region()) || 'unknown region'
  }

  async function translate(error: unknown, action: string): Promise<DynamoSessionError> {
    if (error instanceof DynamoSessionError) return error
    if (isNamed(error, 'ResourceNotFoundException')) {
      return new TableNotFoundError(table, await region().catch(() => 'unknown region'), options.endpoint, { cause: error })
    }
    return translateError(error, action, table, { ...options, endpoint: options.endpoint ?? (await endpointOf(client())) })
  }

  const TableName = table
  return {
    table,
    client,
    region,
    dispose,
    get: (input, onSend) =>
      run('dynamodb:GetItem', async (to) => {
        const command = new GetItemCommand({ TableName, ...input })
        if (!onSend) return (await to.send(command)).Item
        sendListeners.set(command.input, onSend)
        if (client() === made) return (await to.send(command)).Item
        tellOfSending(command.middlewareStack as never)
        // With options of its own, even empty ones, a request passes by the cache of `cacheMiddleware`, which knows no such addition.
        return (await to.send(command, {})).Item
      }),
    put: (input, onUnanswered) =>
      write('dynamodb:PutItem', (to) => {
        const command = new PutItemCommand({ TableName, ...input })
        if (!onUnanswered) return to.send(command)
        silenceListeners.set(command.input, onUnanswered)
        if (client() === made) return to.send(command)
        tellOfSilence(command.middlewareStack as never)
        return to.send(command, {})
      }),
    update: (input) => write('dynamodb:UpdateItem', (to) => to.send(new UpdateItemCommand({ TableName, ...input }))),
    delete: (input) => write('dynamodb:DeleteItem', (to) => to.send(new DeleteItemCommand({ TableName, ...input }))),
    batchGet: (request) =>
      run('dynamodb:BatchGetItem', async (to) => {
        const answer = await to.send(new BatchGetItemCommand({ RequestItems: { [table]: request } }))
        return {
          items: Object.values(answer.Responses ?? {}).flat(),
          unprocessed: Object.values(answer.UnprocessedKeys ?? {}).flatMap((left) => left.Keys ?? []),
        }
      }),
    batchWrite: (writes) =>
      run('dynamodb:BatchWriteItem', async (to) => {
        const answer = await to.send(new BatchWriteItemCommand({ RequestItems: { [table]: writes } }))
        return Object.values(answer.UnprocessedItems ?? {}).flat()
      }),
    executeBatch: (Statements) =>
      run('dynamodb:BatchExecuteStatement', async (to) => {
        const command = new RawBatchExecuteStatement({ Statements, ReturnConsumedCapacity: 'TOTAL' })
        const { Responses, ConsumedCapacity } = await to.send(command)
        if (Responses?.length !== Statements.length)
          throw new DynamoDBRequestError('SERVER_ERROR', 'dynamodb:BatchExecuteStatement', 'the answer does not tell of every statement')
        return {
          errors: Responses.map(({ Error: error }) => error && (error.Code ?? 'Unknown')),
          units: ConsumedCapacity?.reduce((sum, { CapacityUnits }) => sum + (CapacityUnits ?? 0), 0),
        }
      }),
    query: (input) => run('dynamodb:Query', async (to) => toPage(await to.send(new QueryCommand({ TableName, ...input })))),
    scan: (input) => run('dynamodb:Scan', async (to) => toPage(await to.send(new ScanCommand({ TableName, ...input })))),
    scanRaw: (input) => run('dynamodb:Scan', async (to) => toPage(await to.send(new RawScan({ TableName, ...input })))),
    deleteRaw: (input) => write('dynamodb:DeleteItem', (to) => to.send(new RawDeleteItem({ TableName, ...input }))),
    createTable: (input) =>
      run('dynamodb:CreateTable', async (to) => (await to.send(new CreateTableCommand({ TableName, ...input }))).TableDescription),
    describeTable: (onAnswer) =>
      run('dynamodb:DescribeTable', async (to) =>
        unlessMissing(async () => {
          const command = new DescribeTableCommand({ TableName })
          if (onAnswer) listen(command, onAnswer)
          return (await to.send(command)).Table
        }),
      ),
    credentials: () =>
      run('credentials', async (to) => {
        const { $source: found = {}, expiration } = (await to.config.credentials()) as FoundCredentials
        return { sources: Object.keys(found), expiration }
      }),
    endpoint: () => endpointOf(client()),
    deleteTable: () =>
      run(
        'dynamodb:DeleteTable',
        async (to) => (await unlessMissing(async () => (await to.send(new DeleteTableCommand({ TableName }))) && true)) ?? false,
      ),
    describeTimeToLive: () =>
      run('dynamodb:DescribeTimeToLive', async (to) => (await to.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription),
    enableTimeToLive: (AttributeName) =>
      run('dynamodb:UpdateTimeToLive', async (to) => {
        await to.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName, Enabled: true } }))
      }),
    enablePointInTimeRecovery: () =>
      run('dynamodb:UpdateContinuousBackups', async (to) => {
        await to.send(
          new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }),
        )
      }),
    hasPointInTimeRecovery: () =>
      run('dynamodb:DescribeContinuousBackups', async (to) => {
        const { ContinuousBackupsDescription: backups } = await to.send(new DescribeContinuousBackupsCommand({ TableName }))
        return backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
      }),
    tagsOf: (ResourceArn) =>
      run('dynamodb:ListTagsOfResource', async (to) => {
        const tags: Tag[] = []
        let from: string | undefined
        do {
          const page = await to.send(new ListTagsOfResourceCommand({ ResourceArn, ...(from ? { NextToken: from } : {}) }))
          tags.push(...(page.Tags ?? []))
          from = page.NextToken
        } while (from)
        return tags
      }),
    tag: (ResourceArn, Tags) =>
      run('dynamodb:TagResource', async (to) => void (await to.send(new TagResourceCommand({ ResourceArn, Tags })))),
  }
}

const RawBatchExecuteStatement = raw(BatchExecuteStatementCommand)
const RawScan = raw(ScanCommand)
const RawDeleteItem = raw(DeleteItemCommand)

type Listeners = WeakMap<object, () => void>
/** Whom to tell what happens to a request, by its input. */
const sendListeners: Listeners = new WeakMap()
const silenceListeners: Listeners = new WeakMap()

function tellOfSending(stack: Stack): void {
  stack.add((next) => (args) => (sendListeners.get(args.input)?.(), next(args)), {
    step: 'finalizeRequest',
    priority: 'low',
    name: 'dynamodbSessionsOnSend',
  })
}

function tellOfSilence(stack: Stack): void {
  stack.add(
    (next) => (args) => {
      const onSilence = silenceListeners.get(args.input)
      if (!onSilence) return next(args)
      return next(args).catch((error: { readonly code?: unknown }) => {
        if (!NEVER_SENT.has(error.code)) onSilence()
        throw error
      })
    },
    // Below the deserializer, which throws for answers that are errors.
    { step: 'deserialize', priority: 'low', name: 'dynamodbSessionsOnSilence' },
  )
}

interface Stack {
  add(middleware: (next: Next) => Next, options: { step: string; priority: string; name: string }): void
}
type Next = (args: { readonly input: object }) => Promise<unknown>

/** What a connection fails with that never came about. https://nodejs.org/api/errors.html#common-system-errors */
const NEVER_SENT: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function createClient(options: ClientOptions): DynamoDBClient {
  const { region, endpoint, credentials, maxAttempts, requestTimeout } = options
  const client = new DynamoDBClient({
    // Nothing is added to this client once it sends, and composing its middleware anew is a seventh of what a call costs.
    cacheMiddleware: true,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    // Without `throwOnRequestTimeout` the SDK only warns.
    ...(requestTimeout === undefined
      ? {}
      : {
          requestHandler: { requestTimeout, connectionTimeout: requestTimeout, socketTimeout: requestTimeout, throwOnRequestTimeout: true },
        }),
  })
  if (requestTimeout !== undefined) boundAnswers(client, requestTimeout)
  // It copies every input and answer for a logger, though there is none: a tenth of what a large batch costs.
  client.middlewareStack.remove('loggerMiddleware')
  tellOfSending(client.middlewareStack as never)
  tellOfSilence(client.middlewareStack as never)
  speedUp(client.config)
  return client
}

/**
 * The SDK copies its configuration five times for each request, and V8 takes ten times as long to copy a large object that was put
 * together piece by piece: it holds it as a dictionary. Once another object inherits from it and is read, it has fast properties.
 * Nothing else changes. https://v8.dev/blog/fast-properties
 */
function speedUp(config: object): void {
  const heir = Object.create(config) as { readonly serviceId?: string }
  // The first reads only make room for what the later ones find.
  for (let read = 0; read < 100; read++) void heir.serviceId
}

/** The handler's timeouts end with an answer's headers and while its body drips: this one lasts until the body is there. */
function boundAnswers(client: DynamoDBClient, requestTimeout: number): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const from = performance.now()
      const result = await next(args)
      const { body } = result.response as { body?: Readable }
      if (typeof body?.destroy !== 'function') return result
      const late = (): void => void body.destroy(Object.assign(new Error('the answer was not complete'), { name: 'TimeoutError' }))
      const timer = setTimeout(late, requestTimeout - (performance.now() - from))
      body.once('close', () => clearTimeout(timer))
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'dynamodbSessionsBound' },
  )
}

/** The client, which asks what its requests consume and tells of every answer. */
function metered(client: DynamoDBClient, note: (answer: Answered) => void): DynamoDBClient {
  const send = async (command: { input: object }, ...options: []): Promise<unknown> => {
    if (METERED.has(command.constructor)) Object.assign(command.input, { ReturnConsumedCapacity: 'TOTAL' })
    try {
      const answer = await client.send(command as GetItemCommand, ...options)
      note(answer)
      return answer
    } catch (error) {
      note(error as Answered)
      throw error
    }
  }
  return { send, config: client.config } as unknown as DynamoDBClient
}

const METERED = new Set<unknown>([
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  RawBatchExecuteStatement,
  RawScan,
  RawDeleteItem,
])

interface FoundCredentials {
  /** `CREDENTIALS_ENV_VARS` and the like. */
  readonly $source?: Record<string, string>
  readonly expiration?: Date
}

/** Reads the Date header below the SDK's deserializer, which throws for an answer that is an error. */
function listen(command: DescribeTableCommand, onAnswer: (date: Date | undefined) => void): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: Record<string, string> }
      const date = headers?.date === undefined ? undefined : new Date(headers.date)
      onAnswer(date && !Number.isNaN(date.getTime()) ? date : undefined)
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'dynamodbSessionsOnAnswer' },
  )
}

/** Where a client goes that was given an endpoint of its own, for messages. */
async function endpointOf(client: DynamoDBClient): Promise<string | undefined> {
  const endpoint = await client.config.endpoint?.().catch(() => undefined)
  return endpoint && `${endpoint.protocol}//${endpoint.hostname}${endpoint.port ? `:${endpoint.port}` : ''}`
}

function toPage(answer: {
  Items?: Item[] | undefined
  Count?: number | undefined
  LastEvaluatedKey?: Item | undefined
  ConsumedCapacity?: ConsumedCapacity | undefined
}): Page {
  return {
    items: answer.Items ?? [],
    count: answer.Count ?? 0,
    next: answer.LastEvaluatedKey,
    units: answer.ConsumedCapacity?.CapacityUnits,
  }
}

async function unlessMissing<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isNamed(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}
