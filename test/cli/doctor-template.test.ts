// `doctor` and `template` as users run them: as processes. What they find and print is tested in doctor.test.ts and template.test.ts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { TEMPLATE_FORMATS, renderTemplate } from '../../src/template/template.ts'
import { freePort } from '../engines/index.ts'
import { useCommand } from '../support/command.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const SECRET = 'Nz1rNmJ4Y3l2dW5qd2ttb3FhZWhsZnB0'
const command = useCommand()

onEveryEngine(
  ({ engine, options }) => {
    const proxy = useProxy(engine)
    const flags = (tableName: string = options.tableName): string[] => [
      '--table-name',
      tableName,
      '--endpoint',
      proxy.endpoint,
      '--max-attempts',
      '1',
    ]
    const env = { AWS_DYNAMO_DB_SESSION_SECRET_KEY: SECRET }

    test('doctor ends with 0 for a healthy table, in words and as one JSON document', async () => {
      const [words, json] = await Promise.all([
        command.run(['doctor', ...flags(), '--user-id-key', 'userId', '--unstorage'], { env }),
        command.run(['doctor', ...flags(), '--user-id-key', 'userId', '--json'], { env }),
      ])
      expect(words).toMatchObject({ code: 0, stderr: '' })
      expect(words.stdout).toMatch(/^ok {7}secret: there is a `secretKey`$/m)
      expect(words.stdout).toMatch(/^ok {7}may use unstorage: dynamodb:BatchGetItem, .* allowed$/m)
      expect(words.stdout).toMatch(/\n\nno fault(, 1 warning)?\n$/)
      expect(words.stdout + json.stdout).not.toContain(SECRET)
      expect(json).toMatchObject({ code: 0, stderr: '', json: { healthy: true } })
      const { checks } = json.json as unknown as { checks: Check[] }
      expect(checks.map(({ status }) => status)).not.toContain('fault')
      expect(checks.map(({ name }) => name)).toContain('index of users')
    })

    test('doctor ends with 1 for faults, and says what to run', async () => {
      const [missing, denied] = await Promise.all([
        command.run(
          ['doctor', ...flags(), '--table-name=not-there'].filter((word) => word !== '--table-name' && word !== options.tableName),
        ),
        (async () => {
          proxy.fault = ({ operation }) =>
            operation === 'UpdateItem' ? { status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } } : undefined
          return command.run(['doctor', ...flags(), '--json'], { env })
        })(),
      ])
      expect(missing.code).toBe(1)
      expect(missing.stdout).toMatch(
        /^FAULT {4}table: there is no table not-there in us-east-1\n {9}remedy: `dynamodb-sessions table create`/m,
      )
      expect(missing.stdout).toMatch(/^skipped {2}permissions: /m)
      expect(missing.stdout).toMatch(/\n1 fault, 1 warning, 5 skipped\n$/)
      expect(denied).toMatchObject({ code: 1, json: { healthy: false } })
      const { checks } = denied.json as unknown as { checks: Check[] }
      expect(checks.find(({ status }) => status === 'fault')).toMatchObject({
        name: 'may write sessions',
        detail: 'dynamodb:PutItem allowed; dynamodb:UpdateItem denied',
        remedy: expect.stringContaining('--policy app'),
      })
    })
  },
  { userIdKey: 'userId' },
)

describe('doctor', () => {
  test('ends with 1 where there are no credentials, or nobody answers', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const [nobody, refused] = await Promise.all([
      command.run(['doctor', '--endpoint', endpoint], { env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined } }),
      command.run(['doctor', '--endpoint', endpoint, '--max-attempts', '1']),
    ])
    expect(nobody.code).toBe(1)
    expect(nobody.stdout).toMatch(/^FAULT {4}credentials: No AWS credentials were found/m)
    expect(nobody.stdout).toMatch(/^skipped {2}connection: without credentials nothing can be asked$/m)
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/^FAULT {4}connection: .*ECONNREFUSED/m)
  })

  test('ends with 2 for flags that are wrong, before anything is asked', async () => {
    const [flag, value] = await Promise.all([command.run(['doctor', '--fix']), command.run(['doctor', '--max-attempts', '99'])])
    expect(flag).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no flag --fix') })
    expect(value).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--max-attempts') })
  })
})

describe('template', () => {
  /** Nothing is asked of AWS, so nothing of it need be known. */
  const env = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

  test('prints every format, of the options that the application has', async () => {
    const runs = TEMPLATE_FORMATS.map((format) =>
      command.run(['template', '--format', format, '--tags', 'team=web', '--deletion-protection'], {
        env: { ...env, AWS_DYNAMO_DB_SESSION_USER_ID_KEY: 'userId' },
      }),
    )
    for (const [index, ran] of (await Promise.all(runs)).entries()) {
      const format = TEMPLATE_FORMATS[index] as (typeof TEMPLATE_FORMATS)[number]
      const stdout = renderTemplate({ format, userIdKey: 'userId', tags: { team: 'web' }, deletionProtection: true })
      expect(ran).toMatchObject({ code: 0, stderr: '', stdout })
    }
  })

  test('reads the configuration file, and writes a new file but replaces none', async () => {
    const cwd = join(command.folder, 'app')
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'dynamodb-sessions.config.json'), JSON.stringify({ tableName: 'from-the-file', keyPrefix: 'shop:' }))
    const args = ['template', '--format', 'terraform', '--output', 'infra/sessions.tf']
    const expected = renderTemplate({ format: 'terraform', tableName: 'from-the-file', keyPrefix: 'shop:' })
    const written = await command.run(args, { env, cwd })
    expect(written).toMatchObject({ code: 0, stdout: 'Written to infra/sessions.tf\n' })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe(expected)
    writeFileSync(join(cwd, 'infra/sessions.tf'), 'mine')
    expect(await command.run(args, { env, cwd })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--force replaces it'),
    })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe('mine')
    const forced = await command.run([...args, '--force', '--json'], { env, cwd })
    expect(forced).toMatchObject({ code: 0, json: { format: 'terraform', output: 'infra/sessions.tf' } })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe(expected)
  })

  test('prints one policy, exactly of one table, and as part of a JSON document', async () => {
    const args = ['template', '--format', 'iam', '--policy', 'gc', '--account', '123456789012', '--region', 'eu-west-1']
    const [bare, json] = await Promise.all([command.run(args, { env }), command.run([...args, '--json'], { env })])
    expect(bare.json).toMatchObject({ Version: '2012-10-17' })
    expect(bare.stdout).toContain('"arn:aws:dynamodb:eu-west-1:123456789012:table/sessions"')
    expect(json.json).toEqual({ format: 'iam', template: bare.stdout })
  })

  test('ends with 2 without a format, or for one that there is not', async () => {
    const [none, other] = await Promise.all([
      command.run(['template'], { env }),
      command.run(['template', '--format', 'pulumi', '--json'], { env }),
    ])
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: 'error: Which --format? cloudformation, cdk, terraform, sst, iam\n' })
    expect(other).toMatchObject({ code: 2, stdout: '' })
    expect(JSON.parse(other.stderr)).toMatchObject({
      error: { code: 'INVALID_OPTION', message: expect.stringContaining('must be one of') },
    })
  })
})
