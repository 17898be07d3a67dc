// What examples/nitro-lambda deploys: built, synthesized, and its function invoked as Lambda would. A test of template.e2e.ts, which has it installed.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { ensureSessionTable } from '../../src/index.ts'
import { createProject, run } from './npm.ts'
import { invokeOnLambda } from './lambda.ts'
import type { LambdaRequest } from './lambda.ts'
import { copyExample } from './example.ts'
import { bareEnvironment, serverEnvironment } from './server.ts'

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>
  readonly Outputs: object
}

const VISIT: readonly Omit<LambdaRequest, 'cookies'>[] = [
  { path: '/' },
  { method: 'POST', path: '/login', form: { username: 'ada' } },
  { path: '/' },
  { method: 'POST', path: '/logout', form: {} },
  { path: '/' },
]

export function testOnLambda(installed: () => string): void {
  test('examples/nitro-lambda is one stack, whose function keeps sessions', async ({ onTestFinished }) => {
    const engine = await startDynalite()
    onTestFinished(() => engine.stop())
    const { project, remove } = await createProject(installed())
    onTestFinished(remove)
    await copyExample('nitro-lambda', project)
    // Neither an account nor a region.
    await run(project, { ...bareEnvironment(), CDK_DISABLE_CLI_TELEMETRY: 'true' }, 'npm', 'run', 'synth', '--', '--quiet', '--no-notices')

    const { Resources } = JSON.parse(await readFile(join(project, 'cdk.out/SessionsExample.template.json'), 'utf8')) as Template
    const only = (type: string): Record<string, unknown> => {
      const found = Object.values(Resources).filter(({ Type }) => Type === type)
      expect([type, found.length]).toEqual([type, 1])
      return found[0]?.Properties ?? {}
    }
    const { Environment, Handler } = only('AWS::Lambda::Function') as { Environment: { Variables: object }; Handler: string }
    expect([Handler, only('AWS::DynamoDB::Table').TimeToLiveSpecification]).toEqual([
      'index.handler',
      { AttributeName: 'expire_at', Enabled: true },
    ])
    expect(JSON.stringify(Environment)).toContain('{{resolve:secretsmanager:')
    const roles = Object.values(Resources).filter(({ Type, Properties }) => Type === 'AWS::IAM::ManagedPolicy' && Properties.Roles)
    expect(roles.map(({ Properties }) => Properties.Description)).toEqual(['What an application with sessions needs'])

    const table = { tableName: 'sessions', endpoint: engine.endpoint, userIdKey: 'userId' }
    await ensureSessionTable(table)
    const secret = { NITRO_DYNAMODB_SESSIONS_SECRET_KEY: 'a long and random secret' }
    // The variables that the stack sets.
    expect(Object.keys(Environment.Variables).toSorted()).toEqual([...Object.keys(secret), 'NITRO_DYNAMODB_SESSIONS_TABLE_NAME'])
    const env = { ...serverEnvironment(engine.endpoint), ...secret, NITRO_DYNAMODB_SESSIONS_TABLE_NAME: 'sessions' }
    let cookies: string[] = []
    const seen: unknown[] = []
    for (const request of VISIT) {
      const [answer] = await invokeOnLambda(project, '.output/server/index.mjs', env, [{ ...request, cookies }])
      const set = answer?.cookies ?? []
      if (set.length > 0) cookies = set.map((text) => text.split(';', 1)[0] as string).filter((pair) => !pair.endsWith('='))
      seen.push(answer?.statusCode === 200 ? JSON.parse(answer.body ?? '') : answer?.statusCode)
    }
    expect(seen).toEqual([{ visits: 1 }, 303, { visits: 2, user: 'ada' }, 303, { visits: 1 }])
  })
}
