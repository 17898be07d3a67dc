// Reads templates back: each format is parsed or run, and brought to one shape, which the requests on the wire have too.
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { parse } from 'yaml'
import type { ScalarTag } from 'yaml'
import type { ProxiedRequest } from '../support/proxy.ts'

/** A table, whatever described it. */
export interface DescribedTable {
  name: unknown
  /** Type by name. */
  attributes: Record<string, unknown>
  hashKey: unknown
  sortKey: unknown
  billing: unknown
  /** Read and write units. */
  capacity: unknown[]
  indexes: { name: unknown; hashKey: unknown; projection: unknown; capacity: unknown[] }[]
  /** `undefined`: AWS's own key; else the ARN, or `aws` for AWS's managed one. */
  encryption: unknown
  timeToLive: unknown
  pointInTimeRecovery: boolean
  deletionProtection: boolean
  tags: Record<string, unknown>
}

export interface DescribedStatement {
  Sid: string
  Action: string[]
  /** `table`, `table/index/NAME`, or an ARN. */
  Resource: string
  Condition?: unknown
}

export interface Described {
  table: DescribedTable
  policies: Record<string, DescribedStatement[]>
}

/** CreateTable, whose words are CloudFormation's too. */
interface RawTable extends Partial<CreateTableCommandInput> {
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean }
  readonly PointInTimeRecoverySpecification?: { readonly PointInTimeRecoveryEnabled?: boolean }
}

interface RawDocument {
  readonly Version?: string
  readonly Statement?: readonly { Sid: string; Effect: string; Action: string | string[]; Resource: unknown; Condition?: unknown }[]
}

export type RawResources = Record<string, { readonly Type: string; readonly Properties: object }>

/** What was asked for on the wire. */
export function fromRequests(requests: readonly ProxiedRequest[]): DescribedTable {
  const bodyOf = (name: string): RawTable => requests.find(({ operation }) => operation === name)?.body ?? {}
  const table = bodyOf('CreateTable')
  const { TimeToLiveSpecification } = bodyOf('UpdateTimeToLive')
  return {
    ...tableOf({ ...table, ...(TimeToLiveSpecification ? { TimeToLiveSpecification } : {}) }),
    encryption: table.SSESpecification?.Enabled ? (table.SSESpecification.KMSMasterKeyId ?? 'aws') : undefined,
    pointInTimeRecovery: bodyOf('UpdateContinuousBackups').PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false,
    tags: tagsOf(bodyOf('TagResource').Tags),
  }
}

/** As CloudFormation reads YAML: version 1.1. */
export function fromCloudFormation(text: string): Described {
  const { Resources } = parse(text, { customTags: TAGS, schema: 'yaml-1.1' }) as { Resources: RawResources }
  return fromResources(Resources, 'SessionTable')
}

/** The resources of a CloudFormation template, also of one that CDK made. */
export function fromResources(resources: RawResources, tableId: string): Described {
  const table = resources[tableId]?.Properties as RawTable
  const encryption = table.SSESpecification as { SSEEnabled?: boolean; KMSMasterKeyId?: string } | undefined
  return {
    table: {
      ...tableOf(table),
      encryption: encryption?.SSEEnabled ? (encryption.KMSMasterKeyId ?? 'aws') : undefined,
      pointInTimeRecovery: table.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false,
      tags: tagsOf(table.Tags),
    },
    policies: Object.fromEntries(
      Object.entries(resources)
        .filter(([, { Type }]) => Type === 'AWS::IAM::ManagedPolicy')
        .map(([id, { Properties }]) => [
          roleOf(id),
          statementsOf((Properties as { PolicyDocument: RawDocument }).PolicyDocument, (resource) => resourceOf(resource, tableId)),
        ]),
    ),
  }
}

/** The documents of the format `iam`; `table` is the table's ARN. */
export function fromIam(text: string, table: string): Described['policies'] {
  return Object.fromEntries(
    Object.entries(JSON.parse(text) as Record<string, RawDocument>).map(([role, document]) => [
      role,
      statementsOf(document, (resource) => String(resource).replace(table, 'table')),
    ]),
  )
}

/** `app` of `SessionAppPolicy`, and the like. */
export function roleOf(name: string): string {
  return /(App|Gc|Admin)Policy/.exec(name)?.[1]?.toLowerCase() ?? name
}

export function clean<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Value
}

const TAGS: ScalarTag[] = ['GetAtt', 'Sub', 'Ref'].map((name) => ({ tag: `!${name}`, resolve: (text) => ({ [name]: text }) }))

function tableOf(table: RawTable): Omit<DescribedTable, 'encryption' | 'pointInTimeRecovery' | 'tags'> {
  const keyOf = (schema: RawTable['KeySchema'], type: string): unknown => schema?.find(({ KeyType }) => KeyType === type)?.AttributeName
  const capacityOf = ({ ProvisionedThroughput: units }: Pick<RawTable, 'ProvisionedThroughput'>): unknown[] => [
    units?.ReadCapacityUnits,
    units?.WriteCapacityUnits,
  ]
  return {
    name: table.TableName,
    attributes: Object.fromEntries((table.AttributeDefinitions ?? []).map((each) => [each.AttributeName, each.AttributeType])),
    hashKey: keyOf(table.KeySchema, 'HASH'),
    sortKey: keyOf(table.KeySchema, 'RANGE'),
    billing: table.BillingMode,
    capacity: capacityOf(table),
    indexes: (table.GlobalSecondaryIndexes ?? []).map((index) => ({
      name: index.IndexName,
      hashKey: keyOf(index.KeySchema, 'HASH'),
      projection: index.Projection?.ProjectionType,
      capacity: capacityOf(index),
    })),
    timeToLive: table.TimeToLiveSpecification?.Enabled ? table.TimeToLiveSpecification.AttributeName : undefined,
    deletionProtection: table.DeletionProtectionEnabled ?? false,
  }
}

function tagsOf(tags: RawTable['Tags']): Record<string, unknown> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key, Value]))
}

function statementsOf({ Version, Statement = [] }: RawDocument, resource: (value: unknown) => string): DescribedStatement[] {
  if (Version !== '2012-10-17') throw new Error(`a policy of version ${Version}`)
  return Statement.map(({ Sid, Effect, Action, Resource, Condition }) => {
    if (Effect !== 'Allow') throw new Error(`the statement ${Sid} does not allow`)
    return clean({ Sid, Action: [Action].flat(), Resource: resource(Resource), Condition })
  })
}

/** References of CloudFormation, written short and, as CDK does, long. */
function resourceOf(value: unknown, tableId: string): string {
  if (typeof value === 'string') return value
  const { GetAtt, Sub, ...long } = value as Record<string, unknown>
  if (GetAtt === `${tableId}.Arn`) return 'table'
  if (typeof Sub === 'string') return Sub.replace(`\${${tableId}.Arn}`, 'table')
  if (String(long['Fn::GetAtt']) === `${tableId},Arn`) return 'table'
  const [glue, parts] = long['Fn::Join'] as [string, unknown[]]
  return parts.map((part) => resourceOf(part, tableId)).join(glue)
}
