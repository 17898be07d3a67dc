// Sessions in DynamoDB (npm package dynamodb-sessions). In a stack: `new SessionTable(this, 'Sessions')`, and for a function's role
// `sessions.appPolicy.attachToRole(role)`.
import { RemovalPolicy } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

export class SessionTable extends Construct {
  readonly table: dynamodb.Table
  readonly appPolicy: iam.ManagedPolicy
  readonly gcPolicy: iam.ManagedPolicy
  readonly adminPolicy: iam.ManagedPolicy

  constructor(scope: Construct, id: string) {
    super(scope, id)

    this.table = new dynamodb.Table(this, 'Table', {
      tableName: 'sessions',
      partitionKey: { name: 'session_id', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expire_at',
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.table.addGlobalSecondaryIndex({
      indexName: 'user_id-index',
      partitionKey: { name: 'user_id', type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    })

    this.appPolicy = new iam.ManagedPolicy(this, 'AppPolicy', {
      description: 'What an application with sessions needs',
      statements: [
        new iam.PolicyStatement({
          sid: 'Sessions',
          actions: [
            'dynamodb:BatchGetItem',
            'dynamodb:DeleteItem',
            'dynamodb:GetItem',
            'dynamodb:PartiQLDelete',
            'dynamodb:PutItem',
            'dynamodb:UpdateItem',
          ],
          resources: [this.table.tableArn],
        }),
        new iam.PolicyStatement({
          sid: 'SessionsOfUser',
          actions: ['dynamodb:Query'],
          resources: [`${this.table.tableArn}/index/user_id-index`],
        }),
      ],
    })

    this.gcPolicy = new iam.ManagedPolicy(this, 'GcPolicy', {
      description: 'What garbage collection of sessions needs',
      statements: [
        new iam.PolicyStatement({
          sid: 'FindGarbage',
          actions: ['dynamodb:DescribeTable', 'dynamodb:DescribeTimeToLive', 'dynamodb:Scan'],
          resources: [this.table.tableArn],
        }),
        new iam.PolicyStatement({
          sid: 'DeleteGarbage',
          actions: ['dynamodb:DeleteItem', 'dynamodb:PartiQLDelete'],
          resources: [this.table.tableArn],
        }),
      ],
    })

    this.adminPolicy = new iam.ManagedPolicy(this, 'AdminPolicy', {
      description: 'What making, looking at and deleting the table of sessions needs',
      statements: [
        new iam.PolicyStatement({
          sid: 'ManageTable',
          actions: [
            'dynamodb:CreateTable',
            'dynamodb:DeleteTable',
            'dynamodb:DescribeTable',
            'dynamodb:DescribeTimeToLive',
            'dynamodb:UpdateTimeToLive',
          ],
          resources: [this.table.tableArn],
        }),
      ],
    })
  }
}
