import { skip } from './check.ts'
import type { Check } from './check.ts'
import type { TableApi, TableDescription } from '../core/dynamodb/table-api.ts'
import { AccessDeniedError, DynamoSessionError } from '../core/base/errors.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { changeBilling, changeIndexCapacity, mendIndex, mendTimeToLive } from '../table/remedies.ts'
import { TTL_ATTRIBUTE, throughputOf } from '../table/definition.ts'
import { keyNames } from '../table/keys.ts'
import { timeToLiveOf, unitsOf } from '../table/state.ts'
import { USER_INDEX } from '../core/items/schema.ts'

export interface TableFindings {
  readonly checks: Check[]
  /** Whether requests for items make sense. */
  readonly isUsable: boolean
  readonly hasIndex: boolean
}

/** The table against what the options say of it. */
export async function checkTable(
  api: TableApi,
  options: ResolvedOptions,
  table: TableDescription | 'denied' | undefined,
): Promise<TableFindings> {
  if (table === undefined) {
    const detail = `there is no table ${api.table} in ${await api.region()}`
    const remedy = '`dynamodb-sessions table create`, or set `tableName` (AWS_DYNAMO_DB_SESSION_TABLE_NAME), `region` or `endpoint`'
    const left = skip(['keys', 'time to live', 'index of users', 'billing'], 'there is no table')
    return { checks: [{ name: 'table', status: 'fault', detail, remedy }, ...left], isUsable: false, hasIndex: false }
  }
  if (table === 'denied') {
    const detail = 'dynamodb:DescribeTable is denied, which applications do not need'
    const remedy = 'run it with the role of an administrator: `dynamodb-sessions template --format iam --policy admin`'
    const checks: Check[] = [
      { name: 'table', status: 'warning', detail, remedy },
      ...skip(['keys'], detail),
      await checkTimeToLive(api, options),
      ...skip(['index of users', 'billing'], detail),
    ]
    return { checks, isUsable: true, hasIndex: options.userIdKey !== undefined }
  }
  const keys = checkKeys(table, options)
  const index = checkIndex(table, options)
  const checks = [checkStatus(table), keys, await checkTimeToLive(api, options), index, checkBilling(table, options)]
  return { checks, isUsable: keys.status === 'ok', hasIndex: index.status === 'ok' }
}

function checkStatus({ TableStatus: status, TableName: name, ItemCount: items = 0 }: TableDescription): Check {
  const detail = `${name} is ${status}`
  if (status === 'ACTIVE') return { name: 'table', status: 'ok', detail: `${detail}, about ${items} items` }
  if (status === 'UPDATING') return { name: 'table', status: 'ok', detail: `${detail}, and can be used meanwhile` }
  const remedy =
    status === 'CREATING' ? '`dynamodb-sessions table ensure` waits for it' : '`dynamodb-sessions table create`, once it is gone'
  return { name: 'table', status: 'fault', detail, remedy }
}

function checkKeys(table: TableDescription, { tableKey, sortKey }: ResolvedOptions): Check {
  const { hash, range } = keyNames(table)
  const found = `the table’s key is ${hash}${range === undefined ? '' : ` with sort key ${range}`}`
  const expected = `${tableKey}${sortKey === undefined ? '' : ` with sort key ${sortKey}`}`
  if (hash !== tableKey || range !== sortKey) {
    const settings = `\`tableKey: '${hash}'\`${range === undefined ? '' : ` and \`sortKey: '${range}'\` with a \`sortKeyValue\``}`
    return wrong(`${found}, the options say ${expected}`, `set ${settings}, or \`tableName\` to another table: keys cannot be changed`)
  }
  const numeric = table.AttributeDefinitions?.find(
    ({ AttributeName: name, AttributeType: type }) => (name === hash || name === range) && type !== 'S',
  )
  if (numeric) {
    return wrong(
      `${found}, but ${numeric.AttributeName} is of type ${numeric.AttributeType}`,
      'use another table: keys must be strings (S)',
    )
  }
  return { name: 'keys', status: 'ok', detail: found }
}

async function checkTimeToLive(api: TableApi, options: ResolvedOptions): Promise<Check> {
  const name = 'time to live'
  let ttl: Awaited<ReturnType<typeof timeToLiveOf>>
  try {
    ttl = await timeToLiveOf(api)
  } catch (error) {
    if (!(error instanceof DynamoSessionError)) throw error
    const detail =
      error instanceof AccessDeniedError
        ? 'dynamodb:DescribeTimeToLive is denied, which garbage collection needs and applications do not'
        : error.message
    return { name, status: 'skipped', detail }
  }
  if (!ttl)
    return { name, status: 'skipped', detail: 'the engine does not know DescribeTimeToLive; expired sessions are hidden all the same' }
  const { status, attribute } = ttl
  if (status.startsWith('ENABL') && attribute === TTL_ATTRIBUTE) {
    return { name, status: 'ok', detail: `${status === 'ENABLED' ? 'on' : 'being switched on'} for ${TTL_ATTRIBUTE}` }
  }
  const remains = 'expired sessions are hidden, but stay in the table and cost storage'
  const mend = mendTimeToLive(options, ttl)
  if (status.startsWith('ENABL')) {
    return { name, status: 'warning', detail: `on for ${attribute} and not for ${TTL_ATTRIBUTE}: ${remains}`, remedy: mend }
  }
  const remedy = `${mend}, or \`dynamodb-sessions gc\` on a schedule`
  return { name, status: 'warning', detail: `${status === 'DISABLING' ? 'being switched off' : 'off'}: ${remains}`, remedy }
}

function checkIndex(table: TableDescription, options: ResolvedOptions): Check {
  const name = 'index of users'
  if (options.userIdKey === undefined) return { name, status: 'skipped', detail: 'there is no `userIdKey`' }
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === USER_INDEX)
  const isOurs = index?.KeySchema?.some((key) => key.KeyType === 'HASH' && key.AttributeName === 'user_id')
  if (!index || !isOurs) {
    const detail = index ? `the hash key of ${USER_INDEX} is not user_id` : `there is no ${USER_INDEX}`
    return { name, status: 'fault', detail, remedy: mendIndex(options, unitsOf(table), index !== undefined) }
  }
  const { IndexStatus: status = 'ACTIVE' } = index
  if (status === 'ACTIVE' || status === 'UPDATING') return { name, status: 'ok', detail: `${USER_INDEX} is ${status}` }
  const remedy = 'wait until it is ACTIVE: `dynamodb-sessions table status`'
  return { name, status: 'fault', detail: `${USER_INDEX} is ${status}; users’ sessions cannot be found yet`, remedy }
}

function checkBilling(table: TableDescription, options: ResolvedOptions): Check {
  const name = 'billing'
  const wanted = throughputOf(options) ? 'PROVISIONED' : options.billingMode
  const units = unitsOf(table)
  const found = units ? 'PROVISIONED' : 'PAY_PER_REQUEST'
  const detail = units ? `${units.ReadCapacityUnits} read and ${units.WriteCapacityUnits} write units` : 'on demand'
  if (wanted !== undefined && wanted !== found) {
    const remedy = `${changeBilling(options, table)}, or leave \`billingMode\` and the capacities out`
    return { name, status: 'warning', detail: `${detail}, though the options say ${wanted}`, remedy }
  }
  const slow = table.GlobalSecondaryIndexes?.find(
    ({ ProvisionedThroughput: own }) => units && (own?.WriteCapacityUnits ?? units.WriteCapacityUnits) < units.WriteCapacityUnits,
  )
  if (units && slow) {
    const { IndexName: index = '', ProvisionedThroughput: own } = slow
    const ReadCapacityUnits = own?.ReadCapacityUnits ?? units.ReadCapacityUnits
    const remedy = changeIndexCapacity(options, index, { ...units, ReadCapacityUnits })
    return { name, status: 'warning', detail: `${detail}; ${index} has fewer write units and slows the table down`, remedy }
  }
  return { name, status: 'ok', detail }
}

function wrong(detail: string, remedy: string): Check {
  return { name: 'keys', status: 'fault', detail, remedy }
}
