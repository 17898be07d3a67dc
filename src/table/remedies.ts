// What to run where a table that is there is not as it should be. No function of ours changes an existing table, except
// `enableSessionTableTtl`: the rest are commands of the AWS CLI. https://docs.aws.amazon.com/cli/latest/reference/dynamodb/
import { inShell } from '../core/base/shell.ts'
import type { TableDescription, Tag } from '../core/dynamodb/table-api.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { TTL_ATTRIBUTE, throughputOf } from './definition.ts'
import type { Throughput } from './definition.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** How the table is reached, so that a command mends no other. */
export type Whereabouts = Pick<ResolvedOptions, 'tableName' | 'region' | 'endpoint'>

export const ENABLE_TTL = '`dynamodb-sessions table enable-ttl`'

/** Adds the index of users; with capacities where the table has them. */
function createIndex(where: Whereabouts, units: Throughput | undefined): string {
  const Create = {
    IndexName: USER_INDEX,
    KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'KEYS_ONLY' },
    ...(units ? { ProvisionedThroughput: units } : {}),
  }
  return updateTable(where, {
    'attribute-definitions': [{ AttributeName: 'user_id', AttributeType: 'S' }],
    'global-secondary-index-updates': [{ Create }],
  })
}

/** What to do where a table lacks the index of users, or `isTaken`: has another by its name. */
export function mendIndex(where: Whereabouts, units: Throughput | undefined, isTaken: boolean): string {
  const add = createIndex(where, units)
  return isTaken ? `delete the index: ${deleteIndex(where)}; once it is gone, add ours: ${add}` : `add it: ${add}`
}

function deleteIndex(where: Whereabouts): string {
  return updateTable(where, { 'global-secondary-index-updates': [{ Delete: { IndexName: USER_INDEX } }] })
}

/** Gives the table, and each index that it has, the billing of the options. */
export function changeBilling(options: ResolvedOptions, table: TableDescription): string {
  const units = throughputOf(options)
  if (!units) return updateTable(options, { 'billing-mode': 'PAY_PER_REQUEST' })
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(({ IndexName = '' }) => indexUpdate(IndexName, units))
  return updateTable(options, {
    'billing-mode': 'PROVISIONED',
    'provisioned-throughput': units,
    ...(indexes.length > 0 ? { 'global-secondary-index-updates': indexes } : {}),
  })
}

export function changeIndexCapacity(where: Whereabouts, index: string, units: Throughput): string {
  return updateTable(where, { 'global-secondary-index-updates': [indexUpdate(index, units)] })
}

export function allowDeletion(where: Whereabouts): string {
  return updateTable(where, { 'no-deletion-protection-enabled': true })
}

export function forbidDeletion(where: Whereabouts): string {
  return updateTable(where, { 'deletion-protection-enabled': true })
}

export function enablePointInTimeRecovery(where: Whereabouts): string {
  const specification = { PointInTimeRecoveryEnabled: true }
  return aws('update-continuous-backups', where, {
    'table-name': where.tableName,
    'point-in-time-recovery-specification': specification,
  })
}

export function addTags(where: Whereabouts, arn: string, tags: readonly Tag[]): string {
  return aws('tag-resource', where, { 'resource-arn': arn, tags })
}

/** TTL knows one attribute, and takes one change an hour. */
export function moveTimeToLive(where: Whereabouts, attribute: string | undefined): string {
  const off = aws('update-time-to-live', where, {
    'table-name': where.tableName,
    'time-to-live-specification': { Enabled: false, AttributeName: attribute },
  })
  return `switch it off, if nobody needs it: ${off}; an hour later run ${ENABLE_TTL}`
}

/** What to do where TTL does not delete what is past `expire_at`. */
export function mendTimeToLive(where: Whereabouts, { status, attribute }: { status: string; attribute: string | undefined }): string {
  if (status.startsWith('ENABL') && attribute !== TTL_ATTRIBUTE) return moveTimeToLive(where, attribute)
  return status === 'DISABLING' ? `once it is off, in an hour or so, run ${ENABLE_TTL}` : `run ${ENABLE_TTL}`
}

function indexUpdate(IndexName: string, ProvisionedThroughput: Throughput): object {
  return { Update: { IndexName, ProvisionedThroughput } }
}

function updateTable(where: Whereabouts, parameters: Readonly<Record<string, unknown>>): string {
  return aws('update-table', where, { 'table-name': where.tableName, ...parameters })
}

/** A command for a POSIX shell, as a message shows it. `true` is a flag without a value. */
function aws(operation: string, { region, endpoint }: Whereabouts, parameters: Readonly<Record<string, unknown>>): string {
  const all: Readonly<Record<string, unknown>> = { ...parameters, region, 'endpoint-url': endpoint }
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined) return []
    return value === true ? [`--${name}`] : [`--${name}`, inShell(typeof value === 'string' ? value : JSON.stringify(value))]
  })
  return `\`aws dynamodb ${[operation, ...words].join(' ')}\``
}
