// The CDK construct with CDK itself: the compiler takes it, and what it synthesizes is the CloudFormation template. Installed is what
// examples/nitro-lambda asks for, so that example is tested here, too.
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderTemplate } from '../../src/template/template.ts'
import type { TemplateOptions } from '../../src/template/template.ts'
import { fromCloudFormation, fromResources } from '../template/described.ts'
import type { Described, RawResources } from '../template/described.ts'
import { copyExample, testExample } from './example.ts'
import { testOnLambda } from './nitro-lambda.ts'
import { createProject, installWith } from './npm.ts'
import { tarball } from './packed.ts'

const CASES: Record<string, Omit<TemplateOptions, 'format'>> = {
  plain: {},
  users: { userIdKey: 'userId', tags: { team: "it's" } },
  everything: {
    tableName: 'all.of-it',
    tableKey: 'pk',
    sortKey: 'sk',
    sortKeyValue: 'S',
    userIdKey: 'userId',
    keyPrefix: 'a$b*:',
    readCapacity: 7,
    writeCapacity: 3,
    tags: { team: 'web', stage: 'a "b" ${c}' },
    deletionProtection: true,
    pointInTimeRecovery: true,
    serverSideEncryption: 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    unstorage: true,
  },
  managed: { billingMode: 'PROVISIONED', serverSideEncryption: true },
}

let made: Awaited<ReturnType<typeof createProject>>

beforeAll(async () => {
  made = await createProject()
  await copyExample('nitro-lambda', made.project)
  await installWith(made.project, tarball)
}, 600_000)

afterAll(() => made.remove())

testExample('nitro-lambda', () => made.project)
testOnLambda(() => made.project)

test('the construct, and the example that uses it, compile against aws-cdk-lib', async () => {
  const files = await Promise.all(
    Object.entries(CASES).map(async ([name, options]) => {
      const file = join(made.project, `${name}.ts`)
      await writeFile(file, renderTemplate({ ...options, format: 'cdk' }))
      return file
    }),
  )
  const program = ts.createProgram([...files, join(made.project, 'infra/app.ts')], {
    allowImportingTsExtensions: true,
    strict: true,
    noUnusedLocals: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  })
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([])
})

test.each(Object.entries(CASES))('the construct for %s makes what the CloudFormation template makes', (_, options) => {
  const require = createRequire(join(made.project, 'package.json'))
  const { outputText } = ts.transpileModule(renderTemplate({ ...options, format: 'cdk' }), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  })
  const exports: { SessionTable?: new (scope: unknown, id: string) => { table: unknown; appPolicy: unknown } } = {}
  const body = new Function('require', 'exports', outputText) as (...args: unknown[]) => void
  body(require, exports)
  const { App, Stack } = require('aws-cdk-lib') as {
    App: new () => { synth(): { getStackByName(name: string): { template: { Resources: RawResources } } } }
    Stack: new (scope: unknown, id: string) => object
  }
  const app = new App()
  const stack = new Stack(app, 'Test')
  const { SessionTable } = exports
  if (!SessionTable) throw new Error('the template exports no construct')
  expect(new SessionTable(stack, 'Sessions')).toHaveProperty('appPolicy')
  const resources = app.synth().getStackByName('Test').template.Resources
  const [id, table] = Object.entries(resources).find(([, { Type }]) => Type === 'AWS::DynamoDB::Table') as [
    string,
    { Type: string; Properties: object },
  ]
  const text = renderTemplate({ ...options, format: 'cloudformation' })
  expect(settled(fromResources(resources, id))).toEqual(settled(fromCloudFormation(text)))
  expect(table).toMatchObject({ DeletionPolicy: /DeletionPolicy: (\w+)/.exec(text)?.[1] })
})

/** CDK leaves out CloudFormation's defaults and sorts what has no order. */
function settled({ table, policies }: Described): Described {
  return {
    table: { ...table, billing: table.billing ?? 'PROVISIONED' },
    policies: Object.fromEntries(
      Object.entries(policies).map(([role, statements]) => [role, statements.map((one) => ({ ...one, Action: one.Action.toSorted() }))]),
    ),
  }
}
