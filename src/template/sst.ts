import { POLICY_DESCRIPTIONS, ROLES, policyName } from './policies.ts'
import type { Role, Template } from './policies.ts'
import { raw, toTypeScript } from './print.ts'
import type { Value } from './print.ts'
import { keyNames } from '../table/keys.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** For SST 3 and later. https://sst.dev/docs/component/aws/dynamo */
export function toSst({ definition, policies }: Template): string {
  const { request, tags } = definition
  const { SSESpecification: encryption, ProvisionedThroughput: capacity } = request
  const { hash, range } = keyNames(request)
  const capacities = capacity && { readCapacity: capacity.ReadCapacityUnits, writeCapacity: capacity.WriteCapacityUnits }
  const indexes = (request.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema }) => ({
    name: IndexName as string,
    hashKey: KeySchema?.[0]?.AttributeName,
  }))
  const table: Value = {
    fields: Object.fromEntries((request.AttributeDefinitions ?? []).map(({ AttributeName }) => [AttributeName as string, 'string'])),
    primaryIndex: { hashKey: hash, rangeKey: range },
    globalIndexes:
      indexes.length > 0 ? Object.fromEntries(indexes.map(({ name, hashKey }) => [name, { hashKey, projection: 'keys-only' }])) : undefined,
    ttl: definition.timeToLive,
    deletionProtection: definition.deletionProtection ? true : undefined,
    transform: {
      table: {
        name: definition.tableName,
        ...(capacities ? { billingMode: request.BillingMode, ...capacities } : {}),
        // SST's indexes have no capacities.
        globalSecondaryIndexes:
          capacities && indexes.length > 0
            ? indexes.map((index) => Object.assign({}, index, { projectionType: 'KEYS_ONLY' }, capacities))
            : undefined,
        // SST switches it on.
        pointInTimeRecovery: { enabled: definition.pointInTimeRecovery },
        serverSideEncryption: encryption && { enabled: true, kmsKeyArn: encryption.KMSMasterKeyId },
        tags: Object.keys(tags).length > 0 ? tags : undefined,
      },
    },
  }
  const resources = {
    table: raw('sessionTable.arn'),
    userIndex: raw(`$interpolate\`\${sessionTable.arn}/index/${USER_INDEX}\``),
    key: encryption?.KMSMasterKeyId,
  }
  const policy = (role: Role): string => {
    const statements = policies[role].map(({ sid, actions, resource, condition }) => ({
      sid,
      actions,
      resources: [resources[resource]],
      conditions: condition && [{ test: condition.operator, variable: condition.key, values: condition.values }],
    }))
    const args: Value = {
      description: POLICY_DESCRIPTIONS[role],
      policy: raw(`aws.iam.getPolicyDocumentOutput(${toTypeScript({ statements }, 1)}).json`),
    }
    const name = policyName(role)
    return `export const ${name[0]?.toLowerCase()}${name.slice(1)} = new aws.iam.Policy('${name}', ${toTypeScript(args)})\n`
  }
  return [
    `/// <reference path="../.sst/platform/config.d.ts" />\n
// Sessions in DynamoDB (npm package dynamodb-sessions). Save it as infra/sessions.ts, import it in \`run()\` of sst.config.ts, and
// give functions \`policies: [sessionAppPolicy.arn]\`: linking the table would allow them everything.\n`,
    `export const sessionTable = new sst.aws.Dynamo('SessionTable', ${toTypeScript(table)})\n`,
    ...ROLES.map(policy),
  ].join('\n')
}
