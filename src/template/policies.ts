import type { ResolvedOptions } from '../core/options/options.ts'
import type { TableDefinition } from '../table/definition.ts'

/** Who uses the table: the application, garbage collection, and whoever makes and deletes the table. */
export const ROLES = ['app', 'gc', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** What a statement is about: the table, its index of users, or the KMS key that the table is encrypted with. */
export type PolicyResource = 'table' | 'userIndex' | 'key'

export interface PolicyStatement {
  readonly sid: string
  readonly actions: readonly string[]
  readonly resource: PolicyResource
  readonly condition?: { readonly operator: string; readonly key: string; readonly values: readonly string[] }
}

export type Policies = Readonly<Record<Role, readonly PolicyStatement[]>>

/** What every template is made of, in whatever format. */
export interface Template {
  readonly definition: TableDefinition
  readonly policies: Policies
}

export const POLICY_DESCRIPTIONS: Readonly<Record<Role, string>> = {
  app: 'What an application with sessions needs',
  gc: 'What garbage collection of sessions needs',
  admin: 'What making, looking at and deleting the table of sessions needs',
}

/** A policy's name in templates: `SessionAppPolicy` and the like. */
export function policyName(role: Role): string {
  return `Session${role[0]?.toUpperCase()}${role.slice(1)}Policy`
}

/**
 * The least that each role needs: what `core/dynamodb` sends for it with these options, and nothing else.
 * @param unstorage whether the application also uses the driver through unstorage: batches, key lists, metadata.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function policiesOf(definition: TableDefinition, options: ResolvedOptions, unstorage: boolean): Policies {
  const users = options.userIdKey !== undefined
  const ours = ownKeys(options.keyPrefix)
  const keyActions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*']
  return {
    app: [
      {
        ...statement('Sessions', 'table', [
          ...(users || unstorage ? ['BatchGetItem'] : []),
          ...(unstorage ? ['BatchWriteItem'] : []),
          'DeleteItem',
          'GetItem',
          // Many sessions of a user at once; DeleteItem takes over where it is not allowed.
          ...(users ? ['PartiQLDelete'] : []),
          'PutItem',
          ...(unstorage ? ['Query'] : []),
          'UpdateItem',
        ]),
        ...ours,
      },
      ...(users ? [{ ...statement('SessionsOfUser', 'userIndex', ['Query']), ...ours }] : []),
      ...(unstorage ? [statement('ListKeys', 'table', ['Scan'])] : []),
      ...keyStatement(definition, keyActions),
    ],
    gc: [
      statement('FindGarbage', 'table', ['DescribeTable', 'DescribeTimeToLive', 'Scan']),
      // DeleteItem takes over where PartiQL cannot be used.
      { ...statement('DeleteGarbage', 'table', ['DeleteItem', 'PartiQLDelete']), ...ours },
      ...keyStatement(definition, keyActions),
    ],
    admin: [
      statement('ManageTable', 'table', [
        'CreateTable',
        'DeleteTable',
        'DescribeTable',
        'DescribeTimeToLive',
        ...(Object.keys(definition.tags).length > 0 ? ['ListTagsOfResource', 'TagResource'] : []),
        ...(definition.pointInTimeRecovery ? ['DescribeContinuousBackups', 'UpdateContinuousBackups'] : []),
        'UpdateTimeToLive',
      ]),
      ...keyStatement(definition, ['kms:CreateGrant', ...keyActions]),
    ],
  }
}

function statement(sid: string, resource: PolicyResource, actions: readonly string[]): PolicyStatement {
  return { sid, resource, actions: actions.map((action) => `dynamodb:${action}`) }
}

/**
 * Applications that share a table stay within their prefix, the index of users included.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
function ownKeys(keyPrefix: string): Pick<PolicyStatement, 'condition'> {
  if (keyPrefix === '') return {}
  const literal = keyPrefix.replace(/[*?$]/g, '${$&}')
  return { condition: { operator: 'ForAllValues:StringLike', key: 'dynamodb:LeadingKeys', values: [`${literal}*`] } }
}

/**
 * With a customer's key DynamoDB acts for the caller, who needs the permissions, but through DynamoDB only.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
function keyStatement({ request }: TableDefinition, actions: readonly string[]): PolicyStatement[] {
  if (request.SSESpecification?.KMSMasterKeyId === undefined) return []
  const condition = { operator: 'StringLike', key: 'kms:ViaService', values: ['dynamodb.*.amazonaws.com*'] }
  return [{ sid: 'UseKey', resource: 'key', actions, condition }]
}
