import type { TableApi, TableDescription, Tag } from '../core/dynamodb/table-api.ts'
import { kindOf } from '../core/dynamodb/transport-error.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { addTags, enablePointInTimeRecovery, forbidDeletion, mendIndex, mendTimeToLive } from './remedies.ts'
import { TTL_ATTRIBUTE } from './definition.ts'
import type { TableDefinition, Throughput } from './definition.ts'
import { keyNames } from './keys.ts'
import { USER_INDEX } from '../core/items/schema.ts'

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
  /** The TTL attribute and `ENABLED`, `ENABLING`, `DISABLED`, ...; `undefined` where the engine does not know TTL. */
  readonly timeToLive: { readonly attribute: string | undefined; readonly status: string } | undefined
  readonly deletionProtection: boolean
  /** Number of items, updated by AWS about every six hours. */
  readonly itemCount: number
  readonly sizeInBytes: number
}

/** Something about an existing table that is not as the options want it, and what to do. */
export interface TableDifference {
  readonly what: 'tableKey' | 'sortKey' | 'userIndex' | 'timeToLive' | 'deletionProtection' | 'pointInTimeRecovery' | 'tags'
  readonly expected: string
  readonly found: string
  readonly remedy: string
}

/** AWS's description of a table in our words. */
export function toTable(tableName: string, description: TableDescription, timeToLive: SessionTable['timeToLive']): SessionTable {
  const { hash, range } = keyNames(description)
  const index = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === USER_INDEX)
  return {
    tableName: description.TableName ?? tableName,
    arn: description.TableArn,
    status: description.TableStatus ?? 'UNKNOWN',
    billingMode: unitsOf(description) ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    tableKey: hash,
    sortKey: range,
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

/** The TTL attribute and its status; `undefined` where the engine does not know TTL. */
export async function timeToLiveOf(api: TableApi): Promise<SessionTable['timeToLive']> {
  return known(async () => {
    const ttl = await api.describeTimeToLive()
    return { attribute: ttl?.AttributeName, status: ttl?.TimeToLiveStatus ?? 'DISABLED' }
  })
}

/** What about a table is not as the options want it. */
export function differencesOf(table: SessionTable, description: TableDescription, options: ResolvedOptions): TableDifference[] {
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
    const isTaken = description.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === USER_INDEX) ?? false
    const remedy = mendIndex(options, unitsOf(description), isTaken)
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

/**
 * What the options ask for and the table lacks of what is no part of a session table: nothing is looked at that they do not
 * name, and nothing that the engine does not know.
 */
export async function missingExtras(
  api: TableApi,
  description: TableDescription,
  definition: TableDefinition,
  where: ResolvedOptions,
): Promise<TableDifference[]> {
  const differences: TableDifference[] = []
  const isOff = { expected: 'on', found: 'off' }
  if (definition.deletionProtection && description.DeletionProtectionEnabled === false)
    differences.push({ what: 'deletionProtection', ...isOff, remedy: `switch it on: ${forbidDeletion(where)}` })
  if (definition.pointInTimeRecovery && (await known(() => api.hasPointInTimeRecovery())) === false)
    differences.push({ what: 'pointInTimeRecovery', ...isOff, remedy: `switch it on: ${enablePointInTimeRecovery(where)}` })
  const arn = description.TableArn
  const wanted = toTags(definition.tags)
  const tags = wanted.length > 0 && arn !== undefined ? await known(() => api.tagsOf(arn)) : undefined
  if (arn === undefined || tags === undefined) return differences
  const missing = wanted.filter(({ Key, Value }) => !tags.some((tag) => tag.Key === Key && tag.Value === Value))
  if (missing.length > 0) {
    const ours = tags.filter(({ Key = '' }) => Object.hasOwn(definition.tags, Key))
    const remedy = `add them: ${addTags(where, arn, missing)}`
    differences.push({ what: 'tags', expected: tagText(wanted), found: tagText(ours), remedy })
  }
  return differences
}

export function toTags(tags: TableDefinition['tags']): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function tagText(tags: readonly Tag[]): string {
  return tags.map(({ Key, Value }) => `${Key}=${Value}`).join(', ') || 'none'
}

/** `undefined` where the engine does not know the operation. */
async function known<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (kindOf(error) === 'unsupported') return undefined
    throw error
  }
}
