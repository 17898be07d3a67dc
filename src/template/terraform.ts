import { POLICY_DESCRIPTIONS, ROLES } from './policies.ts'
import type { Role, Template } from './policies.ts'
import { blocks, raw, toHcl } from './print.ts'
import type { Body } from './print.ts'
import { keyNames } from '../table/keys.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dynamodb_table */
export function toTerraform({ definition, policies }: Template): string {
  const { request, tags } = definition
  const { SSESpecification: encryption, ProvisionedThroughput: capacity } = request
  const { hash, range } = keyNames(request)
  const capacities = { read_capacity: capacity?.ReadCapacityUnits, write_capacity: capacity?.WriteCapacityUnits }
  const table: Body = {
    name: definition.tableName,
    billing_mode: request.BillingMode,
    ...capacities,
    hash_key: hash,
    range_key: range,
    deletion_protection_enabled: definition.deletionProtection,
    tags: Object.keys(tags).length > 0 ? tags : undefined,
    attribute: blocks(...(request.AttributeDefinitions ?? []).map(({ AttributeName: name, AttributeType: type }) => ({ name, type }))),
    global_secondary_index: blocks(
      ...(request.GlobalSecondaryIndexes ?? []).map((index) =>
        Object.assign({ name: index.IndexName, hash_key: index.KeySchema?.[0]?.AttributeName }, capacities, {
          projection_type: index.Projection?.ProjectionType,
        }),
      ),
    ),
    ttl: blocks({ attribute_name: definition.timeToLive, enabled: true }),
    point_in_time_recovery: definition.pointInTimeRecovery ? blocks({ enabled: true }) : undefined,
    server_side_encryption: encryption ? blocks({ enabled: true, kms_key_arn: encryption.KMSMasterKeyId }) : undefined,
  }
  const resources = {
    table: raw('aws_dynamodb_table.sessions.arn'),
    userIndex: raw(`"\${aws_dynamodb_table.sessions.arn}/index/${USER_INDEX}"`),
    key: encryption?.KMSMasterKeyId,
  }
  const document = (role: Role): Body => ({
    statement: blocks(
      ...policies[role].map(({ sid, actions, resource, condition }) => ({
        sid,
        actions,
        resources: [resources[resource]],
        condition: condition ? blocks({ test: condition.operator, variable: condition.key, values: condition.values }) : undefined,
      })),
    ),
  })
  return [
    '# Sessions in DynamoDB (npm package dynamodb-sessions)\n',
    top('resource', 'aws_dynamodb_table', 'sessions', table),
    ...ROLES.flatMap((role) => [
      top('data', 'aws_iam_policy_document', `sessions_${role}`, document(role)),
      top('resource', 'aws_iam_policy', `sessions_${role}`, {
        // IAM adds 26 characters to it and takes 128.
        name_prefix: `${definition.tableName.slice(0, 90)}-${role}-`,
        description: POLICY_DESCRIPTIONS[role],
        policy: raw(`data.aws_iam_policy_document.sessions_${role}.json`),
      }),
    ]),
    ...ROLES.map((role) => `output "sessions_${role}_policy_arn" {\n  value = aws_iam_policy.sessions_${role}.arn\n}\n`),
  ].join('\n')
}

function top(kind: string, type: string, name: string, body: Body): string {
  return `${kind} "${type}" "${name}" {\n${toHcl(body, 1)}\n}\n`
}
