import { policyDocument } from './iam.ts'
import { POLICY_DESCRIPTIONS, ROLES, policyName } from './policies.ts'
import type { Role, Template } from './policies.ts'
import { raw, toYaml } from './print.ts'
import type { Value } from './print.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export function toCloudFormation({ definition, policies }: Template): string {
  const { request, tags } = definition
  const { SSESpecification: encryption } = request
  const isKept = definition.deletionProtection
  const table: Value = {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy: isKept ? 'Retain' : 'Delete',
    UpdateReplacePolicy: isKept ? 'Retain' : 'Delete',
    Properties: {
      TableName: definition.tableName,
      // CreateTable's names are CloudFormation's too, but for the encryption.
      AttributeDefinitions: request.AttributeDefinitions as Value,
      KeySchema: request.KeySchema as Value,
      BillingMode: request.BillingMode,
      ProvisionedThroughput: request.ProvisionedThroughput as Value,
      GlobalSecondaryIndexes: request.GlobalSecondaryIndexes as Value,
      TimeToLiveSpecification: { AttributeName: definition.timeToLive, Enabled: true },
      PointInTimeRecoverySpecification: definition.pointInTimeRecovery ? { PointInTimeRecoveryEnabled: true } : undefined,
      DeletionProtectionEnabled: isKept,
      SSESpecification: encryption && {
        SSEEnabled: true,
        SSEType: encryption.SSEType,
        KMSMasterKeyId: encryption.KMSMasterKeyId,
      },
      Tags: Object.keys(tags).length > 0 ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : undefined,
    },
  }
  const resources = {
    table: raw('!GetAtt SessionTable.Arn'),
    userIndex: raw(`!Sub "\${SessionTable.Arn}/index/${USER_INDEX}"`),
    key: encryption?.KMSMasterKeyId,
  }
  const policy = (role: Role): Value => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: {
      Description: POLICY_DESCRIPTIONS[role],
      PolicyDocument: policyDocument(policies[role], resources),
    },
  })
  const template: Value = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Sessions in DynamoDB (npm package dynamodb-sessions)',
    Resources: {
      SessionTable: table,
      ...Object.fromEntries(ROLES.map((role) => [policyName(role), policy(role)])),
    },
    Outputs: {
      SessionTableName: output('!Ref SessionTable'),
      SessionTableArn: output('!GetAtt SessionTable.Arn'),
      ...Object.fromEntries(ROLES.map((role) => [`${policyName(role)}Arn`, output(`!Ref ${policyName(role)}`)])),
    },
  }
  return `${toYaml(template).trimStart()}\n`
}

function output(text: string): Value {
  return { Value: raw(text) }
}
