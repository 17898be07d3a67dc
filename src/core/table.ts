import { createDynamo } from './dynamodb.ts'
import type { CreateTableCommandInput, Dynamo, TableDescription } from './dynamodb.ts'
import { DynamoDBRequestError, InvalidOptionError, TableMismatchError, TableNotFoundError, TableTimeoutError } from './errors.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, SessionOptions } from './options.ts'
import { sleep } from './time.ts'
import { USER_INDEX } from './users.ts'

/** DynamoDB's TTL attribute. */
export const TTL_ATTRIBUTE = 'expire_at'

/** The flat set of options, and what concerns tables only. */
export interface TableOptions extends SessionOptions {
  /** Tags of a new table. */
  tags?: Record<string, string>
  /** Whether a new table refuses deletion until this is switched off. Default `false`. */
  deletionProtection?: boolean
  /** Whether a new table can be restored to any second of the last 35 days. Default `false`. */
  pointInTimeRecovery?: boolean
  /** `true`: encrypt a new table with AWS's managed KMS key, a text: with the key of that ARN. Default: AWS's own key. */
  serverSideEncryption?: boolean | string
  /** Seconds to wait for the table to become ready or to be gone, 1 to 3600. Default 300. */
  timeout?: number
}

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
  return withTable(options, async (dynamo, resolved, own) => {
    if (await dynamo.describeTable()) throw existsAlready(resolved.tableName)
    return create(dynamo, resolved, own)
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
  return withTable(options, async (dynamo, resolved, own) => {
    if (!(await dynamo.describeTable())) {
      try {
        return { created: true, differences: [], ...(await create(dynamo, resolved, own)) }
      } catch (error) {
        // Another host was faster.
        if (!(error instanceof TableMismatchError)) throw error
      }
    }
    const description = await waitUntilActive(dynamo, own.timeout)
    const table = await toTable(dynamo, description)
    return { created: false, table, notApplied: [], differences: differencesOf(table, resolved) }
  })
}

/** The table as it is; `undefined` when there is none. */
export async function describeSessionTable(options: TableOptions = {}): Promise<SessionTable | undefined> {
  return withTable(options, async (dynamo) => {
    const description = await dynamo.describeTable()
    return description && toTable(dynamo, description)
  })
}

/**
 * Deletes the table with every session in it and waits until it is gone.
 *
 * @returns `false` when there was none.
 * @throws TableMismatchError when it is protected against deletion; TableTimeoutError after `timeout` seconds.
 */
export async function deleteSessionTable(options: TableOptions = {}): Promise<boolean> {
  return withTable(options, async (dynamo, resolved, own) => {
    let deleted: boolean
    try {
      deleted = await dynamo.deleteTable()
    } catch (error) {
      if (!isCausedBy(error, /protect/i, 'ValidationException')) throw error
      throw new TableMismatchError(resolved.tableName, 'is protected against deletion; switch deletion protection off first', {
        cause: error,
      })
    }
    await poll(resolved.tableName, 'gone', own.timeout, async () => !(await dynamo.describeTable()))
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
      throw new TableMismatchError(resolved.tableName, `uses ${ttl.AttributeName} as its TTL attribute; switch that off first`)
    }
    if (!isOn) await dynamo.enableTimeToLive(TTL_ATTRIBUTE)
    return !isOn
  })
}

interface OwnOptions {
  readonly tags: Record<string, string>
  readonly deletionProtection: boolean
  readonly pointInTimeRecovery: boolean
  readonly serverSideEncryption: boolean | string
  readonly timeout: number
}

/** The request that makes the table; infrastructure templates are generated from it too. */
export function tableRequest(
  options: ResolvedOptions,
  own: Pick<OwnOptions, 'serverSideEncryption'>,
): Omit<CreateTableCommandInput, 'TableName'> {
  const { tableKey, sortKey, userIdKey, readCapacity, writeCapacity } = options
  const provisioned = options.billingMode === 'PROVISIONED' || readCapacity !== undefined || writeCapacity !== undefined
  // The gem's defaults, where one of the two is given.
  const throughput = provisioned
    ? { ProvisionedThroughput: { ReadCapacityUnits: readCapacity ?? 10, WriteCapacityUnits: writeCapacity ?? 5 } }
    : {}
  const strings = [tableKey, ...(sortKey === undefined ? [] : [sortKey]), ...(userIdKey === undefined ? [] : ['user_id'])]
  return {
    AttributeDefinitions: strings.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [
      { AttributeName: tableKey, KeyType: 'HASH' },
      ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
    ],
    BillingMode: provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    ...throughput,
    ...(userIdKey === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: [
            {
              IndexName: USER_INDEX,
              KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' as const }],
              Projection: { ProjectionType: 'KEYS_ONLY' as const },
              ...throughput,
            },
          ],
        }),
    ...(own.serverSideEncryption
      ? {
          SSESpecification: {
            Enabled: true,
            SSEType: 'KMS' as const,
            ...(typeof own.serverSideEncryption === 'string' ? { KMSMasterKeyId: own.serverSideEncryption } : {}),
          },
        }
      : {}),
  }
}

async function create(dynamo: Dynamo, options: ResolvedOptions, own: OwnOptions): Promise<CreatedTable> {
  const notApplied: NotApplied[] = []
  const attempt = async (feature: NotApplied['feature'], apply: () => Promise<void>): Promise<void> => {
    try {
      await apply()
    } catch (error) {
      if (!isUnsupported(error)) throw error
      notApplied.push({ feature, reason: `the engine does not know ${(error as DynamoDBRequestError).action}` })
    }
  }
  const request = tableRequest(options, own)
  try {
    if (own.deletionProtection) await createProtected(dynamo, request)
    else await dynamo.createTable(request)
  } catch (error) {
    if (isCausedBy(error, /./, 'ResourceInUseException')) throw existsAlready(options.tableName, error)
    throw error
  }
  const description = await waitUntilActive(dynamo, own.timeout)
  if (own.deletionProtection && !description.DeletionProtectionEnabled) {
    notApplied.push({ feature: 'deletionProtection', reason: 'the engine does not know deletion protection' })
  }
  await attempt('timeToLive', () => dynamo.enableTimeToLive(TTL_ATTRIBUTE))
  if (own.pointInTimeRecovery) await attempt('pointInTimeRecovery', () => dynamo.enablePointInTimeRecovery())
  // Tags go in a request of their own: an engine that cannot tag then still makes the table.
  const tags = Object.entries(own.tags).map(([Key, Value]) => ({ Key, Value }))
  if (tags.length > 0) await attempt('tags', () => dynamo.tag(description.TableArn ?? '', tags))
  return { table: await toTable(dynamo, description), notApplied }
}

/** An engine that does not know the parameter may refuse the whole request. */
async function createProtected(dynamo: Dynamo, request: Omit<CreateTableCommandInput, 'TableName'>): Promise<void> {
  try {
    await dynamo.createTable({ ...request, DeletionProtectionEnabled: true })
  } catch (error) {
    if (!isCausedBy(error, /DeletionProtection/i, 'ValidationException', 'SerializationException')) throw error
    await dynamo.createTable(request)
  }
}

async function withTable<Result>(
  options: TableOptions,
  work: (dynamo: Dynamo, resolved: ResolvedOptions, own: OwnOptions) => Promise<Result>,
): Promise<Result> {
  const {
    tags = {},
    deletionProtection = false,
    pointInTimeRecovery = false,
    serverSideEncryption = false,
    timeout = 300,
    ...flat
  } = options
  if (typeof tags !== 'object' || tags === null || Object.values(tags).some((value) => typeof value !== 'string')) {
    throw new InvalidOptionError('tags', 'must be an object of texts')
  }
  for (const [name, value] of Object.entries({ deletionProtection, pointInTimeRecovery })) {
    if (typeof value !== 'boolean') throw new InvalidOptionError(name, `must be true or false; it is a ${typeof value}`)
  }
  if (!['boolean', 'string'].includes(typeof serverSideEncryption)) {
    throw new InvalidOptionError(
      'serverSideEncryption',
      `must be true, false or the ARN of a KMS key; it is a ${typeof serverSideEncryption}`,
    )
  }
  if (typeof timeout !== 'number' || !(timeout >= 1 && timeout <= 3600)) {
    throw new InvalidOptionError('timeout', 'must be a number of seconds from 1 to 3600')
  }
  const resolved = resolveOptions(flat)
  const dynamo = createDynamo(resolved.tableName, resolved)
  try {
    return await work(dynamo, resolved, { tags, deletionProtection, pointInTimeRecovery, serverSideEncryption, timeout })
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

async function toTable(dynamo: Dynamo, description: TableDescription): Promise<SessionTable> {
  const keyOf = (type: string): string | undefined => description.KeySchema?.find((key) => key.KeyType === type)?.AttributeName
  const index = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === USER_INDEX)
  return {
    tableName: description.TableName ?? dynamo.table,
    arn: description.TableArn,
    status: description.TableStatus ?? 'UNKNOWN',
    billingMode: description.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    tableKey: keyOf('HASH'),
    sortKey: keyOf('RANGE'),
    userIndex: index?.KeySchema?.some((key) => key.AttributeName === 'user_id' && key.KeyType === 'HASH') ?? false,
    timeToLive: await timeToLiveOf(dynamo),
    deletionProtection: description.DeletionProtectionEnabled ?? false,
    itemCount: description.ItemCount ?? 0,
    sizeInBytes: description.TableSizeBytes ?? 0,
  }
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

function differencesOf(table: SessionTable, options: ResolvedOptions): TableDifference[] {
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
    compare(
      'userIndex',
      USER_INDEX,
      'none',
      `add a global secondary index ${USER_INDEX} with hash key user_id (S) and projection KEYS_ONLY`,
    )
  }
  if (table.timeToLive) {
    const { attribute, status } = table.timeToLive
    const found = status.startsWith('ENABL') ? (attribute ?? 'none') : status.toLowerCase()
    compare(
      'timeToLive',
      TTL_ATTRIBUTE,
      found,
      'call `enableSessionTableTtl()`; without it expired sessions stay in the table, though nobody can read them',
    )
  }
  return differences
}

function existsAlready(tableName: string, cause?: unknown): TableMismatchError {
  return new TableMismatchError(tableName, 'exists already; `ensureSessionTable` accepts an existing table', { cause })
}

/** Whether the engine does not know the operation, which AWS always does. */
function isUnsupported(error: unknown): boolean {
  return isCausedBy(error, /./, 'UnknownOperationException', 'UnsupportedOperationException', 'NotImplementedException', 'NotImplemented')
}

function isCausedBy(error: unknown, message: RegExp, ...names: string[]): boolean {
  const cause = error instanceof DynamoDBRequestError ? error.cause : error
  return cause instanceof Error && names.includes(cause.name) && message.test(cause.message)
}
