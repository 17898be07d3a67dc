// infra/app.ts
// The function with a URL of its own, and the table. `npm run deploy` builds and deploys both.
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import { Code, Function, FunctionUrlAuthType, Runtime } from 'aws-cdk-lib/aws-lambda'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { SessionTable } from './session-table.ts'

const stack = new Stack(new App(), 'SessionsExample')
const sessions = new SessionTable(stack, 'Sessions')
const secret = new Secret(stack, 'Secret', { generateSecretString: { passwordLength: 43, excludePunctuation: true } })

const app = new Function(stack, 'App', {
  runtime: Runtime.NODEJS_22_X,
  code: Code.fromAsset('.output/server'),
  handler: 'index.handler',
  memorySize: 512,
  // Longer than a read or a write of a session takes to fail, so that its message gets into the log.
  timeout: Duration.seconds(15),
  environment: {
    NITRO_DYNAMODB_SESSIONS_TABLE_NAME: sessions.table.tableName,
    // CloudFormation puts the value in: it is neither in this file nor in the template.
    NITRO_DYNAMODB_SESSIONS_SECRET_KEY: secret.secretValue.unsafeUnwrap(),
  },
})
if (app.role) sessions.appPolicy.attachToRole(app.role)

const { url } = app.addFunctionUrl({ authType: FunctionUrlAuthType.NONE })
new CfnOutput(stack, 'Url', { value: url })
