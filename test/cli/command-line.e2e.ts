// The command as users run it, as a process, where it asks no engine.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { KINDS } from '../../src/core/options/kinds.ts'
import { useCommand } from '../support/command.ts'
import { renderTemplate, TEMPLATE_FORMATS } from '../../src/template/template.ts'
import { freePort } from '../engines/index.ts'

const { run, folder } = useCommand()

describe.concurrent('the command line', () => {
  it('tells its version, and what there is on each level', async () => {
    const [version, help, table, gc] = await Promise.all([run(['--version']), run(['--help']), run(['table', '--help']), run(['gc', '-h'])])
    expect(version).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' })
    expect(help.stdout).toMatch(/table.*\n.*gc.*\n(.*\n)*.*config/)
    expect(table.stdout).toMatch(/create .*\n.*ensure .*\n.*status .*\n.*enable-ttl .*\n.*delete /)
    expect(gc.stdout).toContain('--max-write-rate=<units>')
    expect(gc.stdout).toContain('--table-name')
    // Who types the name alone wants to know what there is.
    expect(await run([])).toMatchObject({ code: 0, stdout: help.stdout, stderr: '' })
    for (const { code, stdout } of [help, table, gc]) {
      expect(code).toBe(0)
      expect(stdout).not.toContain('\u001B')
    }
  })

  it.each([
    [['--json'], /^{"error":.*Which command\? dynamodb-sessions init \| table \| gc \|/],
    [['--hlep'], /^error: Which command\? .*; did you mean --help\?\n$/],
    [['table'], /^error: Which command\? dynamodb-sessions table create \|/],
    [['tabel', 'status'], /^error: There is no command dynamodb-sessions "tabel"; did you mean dynamodb-sessions table\?\n$/],
    [['config', '--regoin', 'x'], /^error: There is no flag --regoin; did you mean --region\?\n$/],
    [['config', '--max-stale', 'soon'], /^error: Option `maxStale` \(from --max-stale\) must be a number of seconds, not negative/],
    [
      ['config', '--touch-after', '60', '--max-stale', '30'],
      /^error: Option `touchAfter` \(from --touch-after\) is 60 seconds, but must be/,
    ],
    [['config', '--config-file', 'none.yaml'], /^error: Option `configFile` \(from --config-file\) names .*none\.yaml, but there is no/],
    [['gc', '--segments', 'many', '--yes'], /^error: Option `segments` \(from --segments\) must be a whole number from 1 to 4096\n$/],
    [['list'], /^error: The flag --user is missing/],
    [['list', '--user', '42'], /^error: Option `userIdKey` \(from --user-id-key\) is needed/],
    [['show'], /^error: Which session\?/],
    [['show', 'key', '--id', 'abcdefghijklmnopqrstuvwxyz'], /^error: Name the session by its key or by --id, not by both\n$/],
    [['revoke', 'key', '--user', '42'], /^error: Name a session or a user/],
    [['show', 'key', '--key-prefix', 'app:'], /^error: Argument `key` must begin with the `keyPrefix` app:\n$/],
  ])('refuses %j with exit code 2', async (args, message) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string })
  })

  it('with --json says what is wrong as JSON, and never what a secret is', async () => {
    const { code, stdout, stderr } = await run(['config', '--json', '--encryption-key', 'hunter2'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toEqual({
      error: { name: 'InvalidOptionError', code: 'INVALID_OPTION', message: expect.stringContaining('--encryption-key') as string },
    })
    expect(stderr).not.toContain('hunter2')
    const endpoint = await run(['config', '--endpoint', 'http://localhost:1?token=hunter2', '--debug'])
    expect(endpoint).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--endpoint') as string })
    expect(endpoint.stderr).not.toContain('hunter2')
  })

  it('ends without a word when nobody reads on', async () => {
    expect(await run(['config'], { started: (child) => void child.stdout.destroy() })).toMatchObject({ code: 0, stderr: '' })
  })

  it('has a flag for every option that the environment can set', async () => {
    const names = Object.entries(KINDS).filter(([, { parse, codeOnly }]) => parse && !codeOnly)
    const { stdout } = await run(['config', '--help'])
    expect(names.length).toBeGreaterThan(25)
    for (const [name] of names) expect(stdout).toContain(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
  })
})

describe.concurrent('config', () => {
  const file = join(folder, 'options.yaml')
  beforeAll(() =>
    writeFileSync(
      file,
      'table_name: from-file\nregion: file\nkey_prefix: "file:"\nsecret_key: [one-secret, another]\ncookie: { name: sid, secrets: [hidden] }\n',
    ),
  )
  const env = { AWS_DYNAMO_DB_SESSION_REGION: 'environment', AWS_DYNAMO_DB_SESSION_KEY_PREFIX: 'env:', AWS_DYNAMO_DB_SESSION_HASH_IDS: '0' }
  const args = ['config', '--config-file', file, '--key-prefix', 'flag:', '--enable-locking', '--no-raise-errors', '--compression', '2048']

  it('tells each option with its source: flag, environment, file, default', async () => {
    const { code, json, stdout } = await run([...args, '--json'], { env })
    expect(code).toBe(0)
    expect(json).toMatchObject({
      keyPrefix: { value: 'flag:', source: '--key-prefix' },
      enableLocking: { value: true, source: '--enable-locking' },
      raiseErrors: { value: false, source: '--raise-errors' },
      compression: { value: 2048, source: '--compression' },
      region: { value: 'environment', source: 'AWS_DYNAMO_DB_SESSION_REGION' },
      hashIds: { value: false, source: 'AWS_DYNAMO_DB_SESSION_HASH_IDS' },
      tableName: { value: 'from-file', source: file },
      secretKey: { value: '(2 secrets)', source: file },
      cookie: { value: { name: 'sid' }, source: file },
      configFile: { value: file, source: '--config-file' },
      maxStale: { value: 1_209_600, source: 'default' },
    })
    expect(stdout).not.toMatch(/one-secret|another|hidden/)
  })

  it('prints nothing else on the standard output, whatever a configuration file of code prints', async () => {
    const cwd = join(folder, 'talkative')
    mkdirSync(cwd)
    const lines = ['log', 'info', 'debug', 'dir', 'table'].map((method) => `console.${method}('said by ${method}')`)
    writeFileSync(
      join(cwd, 'dynamodb-sessions.config.ts'),
      [...lines, "process.stdout.write('said directly\\n', () => {})", "export default { tableName: 'talk' as string }"].join('\n'),
    )
    const [asJson, asText] = await Promise.all([run(['config', '--json'], { cwd }), run(['config'], { cwd })])
    expect(asJson).toMatchObject({ code: 0, json: { tableName: { value: 'talk' } } })
    expect(asText.stdout).toMatch(/^option +value +source\n/)
    for (const { stdout, stderr } of [asJson, asText]) {
      expect(stdout).not.toContain('said')
      for (const method of ['log', 'info', 'debug', 'dir', 'table', 'directly']) expect(stderr).toMatch(new RegExp(`said (by )?${method}`))
    }
  })

  it('tells where a configuration file of code fails, and never what its error says', async () => {
    const cwd = join(folder, 'failing')
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'dynamodb-sessions.config.ts'), '\nthrow new Error("hunter2")')
    for (const more of [[], ['--json']]) {
      const failed = await run(['config', '--debug', ...more], { cwd })
      expect(failed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('cannot be read: Error at line 2') as string })
      expect(failed.stderr).not.toContain('hunter2')
    }
  })

  it('is a table to read, without colours in a pipe', async () => {
    const { stdout, stderr } = await run(args, { env: { ...env, AWS_DYNAMO_DB_SESSION_CONFIG_FILE: '/not/read' } })
    expect(stdout).toMatch(/^option +value +source\n/)
    expect(stdout).toMatch(/\nregion +environment +AWS_DYNAMO_DB_SESSION_REGION\n/)
    expect(stdout).not.toMatch(/one-secret|another|hidden/)
    expect(stdout).not.toContain('\u001B')
    expect(stderr).toBe('')
  })
})

describe('doctor', () => {
  it('ends with 1 where there are no credentials, or nobody answers', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const [nobody, refused] = await Promise.all([
      // An engine on this machine needs none.
      run(['doctor', '--endpoint', 'http://192.0.2.1:1'], { env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined } }),
      run(['doctor', '--endpoint', endpoint, '--max-attempts', '1']),
    ])
    expect(nobody.code).toBe(1)
    expect(nobody.stdout).toMatch(/^FAULT {4}credentials: No AWS credentials were found/m)
    expect(nobody.stdout).toMatch(/^skipped {2}connection: without credentials nothing can be asked$/m)
    expect(refused.code).toBe(1)
    expect(refused.stdout).toMatch(/^FAULT {4}connection: .*ECONNREFUSED/m)
  })

  it('ends with 2 for flags that are wrong, before anything is asked', async () => {
    const [flag, value] = await Promise.all([run(['doctor', '--fix']), run(['doctor', '--max-attempts', '99'])])
    expect(flag).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('There is no flag --fix') })
    expect(value).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--max-attempts') })
  })
})

describe('template', () => {
  /** Nothing is asked of AWS, so nothing of it need be known. */
  const env = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }

  it('prints every format, of the options that the application has', async () => {
    const runs = TEMPLATE_FORMATS.map((format) =>
      run(['template', '--format', format, '--tags', 'team=web', '--deletion-protection'], {
        env: { ...env, AWS_DYNAMO_DB_SESSION_USER_ID_KEY: 'userId' },
      }),
    )
    for (const [index, ran] of (await Promise.all(runs)).entries()) {
      const format = TEMPLATE_FORMATS[index] as (typeof TEMPLATE_FORMATS)[number]
      const stdout = renderTemplate({ format, userIdKey: 'userId', tags: { team: 'web' }, deletionProtection: true })
      expect(ran).toMatchObject({ code: 0, stderr: '', stdout })
    }
  })

  it('reads the configuration file, and writes a new file but replaces none', async () => {
    const cwd = join(folder, 'app')
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'dynamodb-sessions.config.json'), JSON.stringify({ tableName: 'from-the-file', keyPrefix: 'shop:' }))
    const args = ['template', '--format', 'terraform', '--output', 'infra/sessions.tf']
    const expected = renderTemplate({ format: 'terraform', tableName: 'from-the-file', keyPrefix: 'shop:' })
    const written = await run(args, { env, cwd })
    expect(written).toMatchObject({ code: 0, stdout: 'Written to infra/sessions.tf\n' })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe(expected)
    writeFileSync(join(cwd, 'infra/sessions.tf'), 'mine')
    expect(await run(args, { env, cwd })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--force replaces it'),
    })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe('mine')
    const forced = await run([...args, '--force', '--json'], { env, cwd })
    expect(forced).toMatchObject({ code: 0, json: { format: 'terraform', output: 'infra/sessions.tf' } })
    expect(readFileSync(join(cwd, 'infra/sessions.tf'), 'utf8')).toBe(expected)
  })

  it('prints one policy, exactly of one table, and as part of a JSON document', async () => {
    const args = ['template', '--format', 'iam', '--policy', 'gc', '--account', '123456789012', '--region', 'eu-west-1']
    const [bare, json] = await Promise.all([run(args, { env }), run([...args, '--json'], { env })])
    expect(bare.json).toMatchObject({ Version: '2012-10-17' })
    expect(bare.stdout).toContain('"arn:aws:dynamodb:eu-west-1:123456789012:table/sessions"')
    expect(json.json).toEqual({ format: 'iam', template: bare.stdout })
  })

  it('ends with 2 without a format, or for one that there is not', async () => {
    const [none, other] = await Promise.all([run(['template'], { env }), run(['template', '--format', 'pulumi', '--json'], { env })])
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: 'error: Which --format? cloudformation, cdk, terraform, sst, iam\n' })
    expect(other).toMatchObject({ code: 2, stdout: '' })
    expect(JSON.parse(other.stderr)).toMatchObject({
      error: { code: 'INVALID_OPTION', message: expect.stringContaining('must be one of') },
    })
  })
})
