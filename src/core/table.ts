import { createDynamo } from './dynamodb.ts'
import type { Dynamo, TableDescription } from './dynamodb.ts'
import { DynamoDBRequestError, TableMismatchError, TableNotFoundError, TableTimeoutError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { allowDeletion, createIndex, deleteIndex, mendTimeToLive, moveTimeToLive } from './remedies.ts'
import { TTL_ATTRIBUTE, resolveTableOptions } from './table-options.ts'
import type { TableDefinition, TableOptions, Throughput } from './table-options.ts'
import { sleep } from './time.ts'
import { USER_INDEX } from './users.ts'

/** A table as it is. */
export interface SessionTable {
  readonly tableName: string
  readonly arn: string | undefined
  /** `ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, ... */
  readonly status: string
  readonly billingMode: 'PAY_PER_REQUEST' | 'PROVISIONED'
  readonly tableKey: string | undefined
  readonly sortKey: string | undefined
  /** Whether the index that finds a user's sessions is there. */
  readonly userIndex: boolean
  /** The TTL attribute and `ENABLED`, `ENABLING`, `DISABLED`, ...; `undefined` where the engine cannot tell. */
  readonly timeToLive: { readonly attribute: string | undefined; readonly status: string } | undefined
  readonly deletionProtection: boolean
  /** Number of items, updated by AWS about every six hours. */
  readonly itemCount: number
  readonly sizeInBytes: number
}

/** Something about an existing table that is not as the options want it, and what to do. */
export interface TableDifference {
  readonly what: 'tableKey' | 'sortKey' | 'userIndex' | 'timeToLive'
  readonly expected: string
  readonly found: string
  readonly remedy: string
}

/** A feature that the engine lacks; the table works without it. */
export interface NotApplied {
  readonly feature: 'timeToLive' | 'tags' | 'deletionProtection' | 'pointInTimeRecovery'
  readonly reason: string
}

export interface CreatedTable {
  readonly table: SessionTable
  readonly notApplied: readonly NotApplied[]
}

export interface EnsuredTable extends CreatedTable {
  readonly created: boolean
  /** Empty when the table is as the options want it. */
  readonly differences: readonly TableDifference[]
}

/**
 * Creates the table and waits until it is ACTIVE: on-demand billing unless capacities are given, TTL on `expire_at`,
 * with `userIdKey` the index that finds a user's sessions.
 *
 * @returns the table, and the features that the engine lacks.
 * @throws TableMismatchError when the table exists already; TableTimeoutError after `timeout` seconds.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
 * @example await createSessionTable({ tableName: 'sessions', userIdKey: 'userId' })
 */
export async function createSessionTable(options: TableOptions = {}): Promise<CreatedTable> {
  return withTable(options, async (dynamo, resolved, definition, timeout) => {
    if (await dynamo.describeTable()) throw existsAlready(resolved.tableName)
    return create(dynamo, definition, timeout)
  })
}

/**
 * Creates the table, or verifies key schema, index and TTL attribute of the one that exists. An existing table is
 * never changed. Idempotent, also when several hosts do it at once.
 *
 * @returns the table, whether it was created here, and what differs with its remedy.
 * @throws TableTimeoutError after `timeout` seconds.
 */
export async function ensureSessionTable(options: TableOptions = {}): Promise<EnsuredTable> {
  return withTable(options, async (dynamo, resolved, definition, timeout) => {
    if (!(await dynamo.describeTable())) {
      try {
        return { created: true, differences: [], ...(await create(dynamo, definition, timeout)) }
      } catch (error) {
        // Another host was faster.
        if (!(error instanceof TableMismatchError)) throw error
      }
    }
    const description = await waitUntilActive(dynamo, timeout)
    const table = toTable(dynamo.table, description, await timeToLiveOf(dynamo))
    return { created: false, table, notApplied: [], differences: differencesOf(table, description, resolved) }
  })
}

/** The table as it is; `undefined` when there is none. */
export async function describeSessionTable(options: TableOptions = {}): Promise<SessionTable | undefined> {
  return withTable(options, async (dynamo) => {
    const description = await dynamo.describeTable()
    return description && toTable(dynamo.table, description, await timeToLiveOf(dynamo))
  })
}

/**
 * The table as it is, and what differs from the options.
 * @throws TableNotFoundError.
 */
export async function inspectSessionTable(options: TableOptions): Promise<Pick<EnsuredTable, 'table' | 'differences'>> {
  return withTable(options, async (dynamo, resolved) => {
    const description = await dynamo.describeTable()
    if (!description) throw new TableNotFoundError(dynamo.table, await dynamo.region(), resolved.endpoint)
    const table = toTable(dynamo.table, description, await timeToLiveOf(dynamo))
    return { table, differences: differencesOf(table, description, resolved) }
  })
}

/**
 * Deletes the table with every session in it and waits until it is gone.
 *
 * @returns `false` when there was none.
 * @throws TableMismatchError when it is protected against deletion; TableTimeoutError after `timeout` seconds.
 */
export async function deleteSessionTable(options: TableOptions = {}): Promise<boolean> {
  return withTable(options, async (dynamo, resolved, _definition, timeout) => {
    let deleted: boolean
    try {
      deleted = await dynamo.deleteTable()
    } catch (error) {
      if (!isCausedBy(error, /protect/i, 'ValidationException')) throw error
      throw new TableMismatchError(resolved.tableName, `is protected against deletion; switch that off first: ${allowDeletion(resolved)}`, {
        cause: error,
      })
    }
    await poll(resolved.tableName, 'gone', timeout, async () => !(await dynamo.describeTable()))
    return deleted
  })
}

/**
 * Switches DynamoDB's TTL on for `expire_at`, which deletes expired sessions free of charge. AWS allows one change an
 * hour or so.
 *
 * @returns `false` when it was on already.
 * @throws TableMismatchError when the table's TTL uses another attribute; TableNotFoundError.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
 */
export async function enableSessionTableTtl(options: TableOptions = {}): Promise<boolean> {
  return withTable(options, async (dynamo, resolved) => {
    const ttl = await dynamo.describeTimeToLive()
    const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
    if (isOn && ttl.AttributeName !== TTL_ATTRIBUTE) {
      throw new TableMismatchError(
        resolved.tableName,
        `uses ${ttl.AttributeName} as its TTL attribute; ${moveTimeToLive(resolved, ttl.AttributeName)}`,
      )
    }
    if (!isOn) await dynamo.enableTimeToLive(TTL_ATTRIBUTE)
    return !isOn
  })
}

async function create(dynamo: Dynamo, definition: TableDefinition, timeout: number): Promise<CreatedTable> {
  const notApplied: NotApplied[] = []
  const attempt = async (feature: NotApplied['feature'], apply: () => Promise<void>): Promise<void> => {
    try {
      await apply()
    } catch (error) {
      if (!isUnsupported(error)) throw error
      notApplied.push({ feature, reason: `the engine does not know ${(error as DynamoDBRequestError).action}` })
    }
  }
  const { request } = definition
  try {
    if (definition.deletionProtection) await createProtected(dynamo, request)
    else await dynamo.createTable(request)
  } catch (error) {
    if (isCausedBy(error, /./, 'ResourceInUseException')) throw existsAlready(definition.tableName, error)
    throw error
  }
  const description = await waitUntilActive(dynamo, timeout)
  if (definition.deletionProtection && !description.DeletionProtectionEnabled) {
    notApplied.push({ feature: 'deletionProtection', reason: 'the engine does not know deletion protection' })
  }
  await attempt('timeToLive', () => dynamo.enableTimeToLive(definition.timeToLive))
  if (definition.pointInTimeRecovery) await attempt('pointInTimeRecovery', () => dynamo.enablePointInTimeRecovery())
  // Tags go in a request of their own: an engine that cannot tag then still makes the table.
  const tags = Object.entries(definition.tags).map(([Key, Value]) => ({ Key, Value }))
  if (tags.length > 0) await attempt('tags', () => dynamo.tag(description.TableArn ?? '', tags))
  return { table: toTable(dynamo.table, description, await timeToLiveOf(dynamo)), notApplied }
}

/** An engine that does not know the parameter may refuse the whole request. */
async function createProtected(dynamo: Dynamo, request: TableDefinition['request']): Promise<void> {
  try {
    await dynamo.createTable({ ...request, DeletionProtectionEnabled: true })
  } catch (error) {
    if (!isCausedBy(error, /DeletionProtection/i, 'ValidationException', 'SerializationException')) throw error
    await dynamo.createTable(request)
  }
}

async function withTable<Result>(
  options: TableOptions,
  work: (dynamo: Dynamo, resolved: ResolvedOptions, definition: TableDefinition, timeout: number) => Promise<Result>,
): Promise<Result> {
  const { resolved, definition, timeout } = resolveTableOptions(options)
  const dynamo = createDynamo(resolved.tableName, resolved)
  try {
    return await work(dynamo, resolved, definition, timeout)
  } finally {
    dynamo.dispose()
  }
}

async function waitUntilActive(dynamo: Dynamo, timeout: number): Promise<TableDescription> {
  let description: TableDescription | undefined
  await poll(dynamo.table, 'ACTIVE', timeout, async () => {
    description = await dynamo.describeTable()
    if (description?.TableStatus === 'DELETING') throw new TableMismatchError(dynamo.table, 'is being deleted; try again when it is gone')
    const indexes = description?.GlobalSecondaryIndexes ?? []
    return (
      description?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === undefined || index.IndexStatus === 'ACTIVE')
    )
  })
  if (!description) throw new TableNotFoundError(dynamo.table, await dynamo.region(), undefined)
  return description
}

async function poll(tableName: string, what: string, timeout: number, isDone: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + timeout * 1000
  for (let pause = 100; !(await isDone()); pause = Math.min(pause * 2, 5000)) {
    if (performance.now() + pause > until) throw new TableTimeoutError(tableName, what, timeout)
    await sleep(pause)
  }
}

/** What AWS tells of a table, as we tell it. */
export function toTable(tableName: string, description: TableDescription, timeToLive: SessionTable['timeToLive']): SessionTable {
  const keyOf = (type: string): string | undefined => description.KeySchema?.find((key) => key.KeyType === type)?.AttributeName
  const index = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === USER_INDEX)
  return {
    tableName: description.TableName ?? tableName,
    arn: description.TableArn,
    status: description.TableStatus ?? 'UNKNOWN',
    billingMode: unitsOf(description) ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    tableKey: keyOf('HASH'),
    sortKey: keyOf('RANGE'),
    userIndex: index?.KeySchema?.some((key) => key.AttributeName === 'user_id' && key.KeyType === 'HASH') ?? false,
    timeToLive,
    deletionProtection: description.DeletionProtectionEnabled ?? false,
    itemCount: description.ItemCount ?? 0,
    sizeInBytes: description.TableSizeBytes ?? 0,
  }
}

/** The table's capacities; `undefined`: on demand. */
export function unitsOf({ BillingModeSummary: billing, ProvisionedThroughput: units }: TableDescription): Throughput | undefined {
  if (billing?.BillingMode === 'PAY_PER_REQUEST') return undefined
  return { ReadCapacityUnits: units?.ReadCapacityUnits ?? 0, WriteCapacityUnits: units?.WriteCapacityUnits ?? 0 }
}

/** The TTL attribute and its status; `undefined` where the engine cannot tell. */
export async function timeToLiveOf(dynamo: Dynamo): Promise<SessionTable['timeToLive']> {
  try {
    const ttl = await dynamo.describeTimeToLive()
    return { attribute: ttl?.AttributeName, status: ttl?.TimeToLiveStatus ?? 'DISABLED' }
  } catch (error) {
    if (isUnsupported(error)) return undefined
    throw error
  }
}

/** What about a table is not as the options want it. */
function differencesOf(table: SessionTable, description: TableDescription, options: ResolvedOptions): TableDifference[] {
  const differences: TableDifference[] = []
  const compare = (what: TableDifference['what'], expected: string, found: string, remedy: string): void => {
    if (expected !== found) differences.push({ what, expected, found, remedy })
  }
  compare(
    'tableKey',
    options.tableKey,
    table.tableKey ?? 'none',
    'set `tableKey` to the table’s hash key, or use another table: keys cannot be changed',
  )
  compare(
    'sortKey',
    options.sortKey ?? 'none',
    table.sortKey ?? 'none',
    'set `sortKey` and `sortKeyValue` as the table has them, or use another table: keys cannot be changed',
  )
  if (options.userIdKey !== undefined && !table.userIndex) {
    const isTaken = description.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === USER_INDEX)
    const add = createIndex(options, unitsOf(description))
    const remedy = isTaken ? `delete the index: ${deleteIndex(options)}; once it is gone, add ours: ${add}` : `add it: ${add}`
    compare('userIndex', USER_INDEX, isTaken ? 'one of another key' : 'none', remedy)
  }
  if (table.timeToLive) {
    const { attribute, status } = table.timeToLive
    const found = status.startsWith('ENABL') ? (attribute ?? 'none') : status.toLowerCase()
    const remains = 'without it expired sessions stay in the table, though nobody can read them'
    compare('timeToLive', TTL_ATTRIBUTE, found, `${mendTimeToLive(options, table.timeToLive)}; ${remains}`)
  }
  return differences
}

function existsAlready(tableName: string, cause?: unknown): TableMismatchError {
  return new TableMismatchError(
    tableName,
    'exists already; `dynamodb-sessions table ensure`, or `ensureSessionTable`, tells how it differs from the options',
    { cause },
  )
}

/** Whether the engine does not know the operation, which AWS always does. */
export function isUnsupported(error: unknown): boolean {
  return isCausedBy(error, /./, 'UnknownOperationException', 'UnsupportedOperationException', 'NotImplementedException', 'NotImplemented')
}

function isCausedBy(error: unknown, message: RegExp, ...names: string[]): boolean {
  const cause = error instanceof DynamoDBRequestError ? error.cause : error
  return cause instanceof Error && names.includes(cause.name) && message.test(cause.message)
}
