import { POLICY_DESCRIPTIONS } from './policies.ts'
import type { Role, Template } from './policies.ts'
import { raw, toTypeScript } from './print.ts'
import type { Value } from './print.ts'
import { keyNames } from '../table/keys.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/**
 * A construct for CDK 2. `Table` and not `TableV2`, which cannot have a fixed write capacity.
 * https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_dynamodb.Table.html
 */
export function toCdk({ definition, policies }: Template): string {
  const { request, tags } = definition
  const { SSESpecification: encryption, ProvisionedThroughput: capacity } = request
  const { hash, range } = keyNames(request)
  const capacities = { readCapacity: capacity?.ReadCapacityUnits, writeCapacity: capacity?.WriteCapacityUnits }
  const key = encryption?.KMSMasterKeyId
  const table: Value = {
    tableName: definition.tableName,
    partitionKey: attribute(hash),
    sortKey: attribute(range),
    billingMode: raw(`dynamodb.BillingMode.${request.BillingMode}`),
    ...capacities,
    timeToLiveAttribute: definition.timeToLive,
    pointInTimeRecoverySpecification: definition.pointInTimeRecovery ? { pointInTimeRecoveryEnabled: true } : undefined,
    deletionProtection: definition.deletionProtection,
    removalPolicy: raw(`RemovalPolicy.${definition.deletionProtection ? 'RETAIN' : 'DESTROY'}`),
    encryption: encryption && raw(`dynamodb.TableEncryption.${key === undefined ? 'AWS_MANAGED' : 'CUSTOMER_MANAGED'}`),
    encryptionKey: key === undefined ? undefined : raw(`kms.Key.fromKeyArn(this, 'Key', ${toTypeScript(key)})`),
  }
  const indexes = (request.GlobalSecondaryIndexes ?? []).map((index) => {
    const props: Value = {
      indexName: index.IndexName,
      partitionKey: attribute(keyNames(index).hash),
      projectionType: raw(`dynamodb.ProjectionType.${index.Projection?.ProjectionType}`),
      ...capacities,
    }
    return `this.table.addGlobalSecondaryIndex(${toTypeScript(props, 2)})`
  })
  const taggings = Object.entries(tags).map(([name, text]) => `Tags.of(this.table).add(${toTypeScript(name)}, ${toTypeScript(text)})`)
  const resources = {
    table: raw('this.table.tableArn'),
    userIndex: raw(`\`\${this.table.tableArn}/index/${USER_INDEX}\``),
    key,
  }
  const policy = (role: Role): string => {
    const statements = policies[role].map(({ sid, actions, resource, condition }) => {
      const conditions = condition && { [condition.operator]: { [condition.key]: condition.values } }
      const props: Value = { sid, actions, resources: [resources[resource]], conditions }
      return raw(`new iam.PolicyStatement(${toTypeScript(props, 4)})`)
    })
    return toTypeScript({ description: POLICY_DESCRIPTIONS[role], statements }, 2)
  }
  const more = [...indexes, ...taggings].map((statement) => `\n    ${statement}`).join('')
  return `// Sessions in DynamoDB (npm package dynamodb-sessions). In a stack: \`new SessionTable(this, 'Sessions')\`, and for a function's role
// \`sessions.appPolicy.attachToRole(role)\`.
import { RemovalPolicy${taggings.length > 0 ? ', Tags' : ''} } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as iam from 'aws-cdk-lib/aws-iam'${key === undefined ? '' : "\nimport * as kms from 'aws-cdk-lib/aws-kms'"}
import { Construct } from 'constructs'

export class SessionTable extends Construct {
  readonly table: dynamodb.Table
  readonly appPolicy: iam.ManagedPolicy
  readonly gcPolicy: iam.ManagedPolicy
  readonly adminPolicy: iam.ManagedPolicy

  constructor(scope: Construct, id: string) {
    super(scope, id)

    this.table = new dynamodb.Table(this, 'Table', ${toTypeScript(table, 2)})${more}

    this.appPolicy = new iam.ManagedPolicy(this, 'AppPolicy', ${policy('app')})

    this.gcPolicy = new iam.ManagedPolicy(this, 'GcPolicy', ${policy('gc')})

    this.adminPolicy = new iam.ManagedPolicy(this, 'AdminPolicy', ${policy('admin')})
  }
}
`
}

function attribute(name: string | undefined): Value {
  return name === undefined ? undefined : { name, type: raw('dynamodb.AttributeType.STRING') }
}
