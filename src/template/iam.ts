// Policies as IAM has them. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import { ROLES } from './policies.ts'
import type { Policies, PolicyResource, PolicyStatement, Role } from './policies.ts'
import type { Value } from './print.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** A policy's document. `resources` says what each is in the template. */
export function policyDocument(statements: readonly PolicyStatement[], resources: Readonly<Record<PolicyResource, Value>>): Value {
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ sid, actions, resource, condition }) => ({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources[resource],
      Condition: condition && { [condition.operator]: { [condition.key]: condition.values } },
    })),
  }
}

/** One policy as JSON, or all by the names of their roles. */
export function toIam(policies: Policies, policy: Role | undefined, table: string, key: string | undefined): string {
  const documentOf = (role: Role): Value => policyDocument(policies[role], { table, userIndex: `${table}/index/${USER_INDEX}`, key })
  const printed = policy ? documentOf(policy) : Object.fromEntries(ROLES.map((role) => [role, documentOf(role)]))
  return `${JSON.stringify(printed, null, 2)}\n`
}

/** A table's ARN, whose account and region may be any. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function tableArn(tableName: string, region: string | undefined, account = '*'): string {
  if (tableName.startsWith('arn:')) return tableName
  const partition = region?.startsWith('cn-') ? 'aws-cn' : region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:dynamodb:${region ?? '*'}:${account}:table/${tableName}`
}
