import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { checkArgs } from '../../src/cli/flags.ts'
import { createTicker } from '../../src/cli/progress.ts'
import { createTerminal } from '../../src/cli/terminal.ts'
import { KINDS } from '../../src/core/options/kinds.ts'
import dynamodbDriver from '../../src/driver.ts'
import { createSessionStore, createSessionTable, describeSessionTable } from '../../src/index.ts'
import type { SessionRecord } from '../../src/index.ts'
import { runAws } from '../support/aws-cli.ts'
import { noTerminal, useCommand } from '../support/command.ts'
import { bareClient, onEveryEngine } from '../support/engines.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const { run, folder } = useCommand()
const withoutTerminal = noTerminal()
if (withoutTerminal) console.log(`tests on a pseudo-terminal are skipped: ${withoutTerminal}`)

describe.concurrent('the command line', () => {
  it('tells its version, and what there is on each level', async () => {
    const [version, help, table, gc] = await Promise.all([run(['--version']), run(['--help']), run(['table', '--help']), run(['gc', '-h'])])
    expect(version).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' })
    expect(help.stdout).toMatch(/table.*\n.*gc.*\n(.*\n)*.*config/)
    expect(table.stdout).toMatch(/create .*\n.*ensure .*\n.*status .*\n.*enable-ttl .*\n.*delete /)
    expect(gc.stdout).toContain('--max-write-rate=<units>')
    expect(gc.stdout).toContain('--table-name')
    for (const { code, stdout } of [help, table, gc]) {
      expect(code).toBe(0)
      expect(stdout).not.toContain('\u001B')
    }
  })

  it.each([
    [[], /^error: Which command\? dynamodb-sessions table \| gc \|/],
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

describe('checkArgs', () => {
  const args = {
    key: { type: 'positional' },
    region: { type: 'string' },
    'max-age': { type: 'string' },
    yes: { type: 'boolean', alias: 'y' },
  } as const

  it.each([
    ['--region', 'x', '--max-age=-5', '-y', 'key'],
    ['--max-age', '-5'],
    ['--no-yes', '--', '--key'],
    ['--yes=false'],
    ['--region=--odd'],
  ])('lets pass: %s %s %s %s %s', (...raw) => {
    expect(() => checkArgs(raw.filter(Boolean), args)).not.toThrow()
  })

  it.each([
    [['--tableName', 'x'], /no flag --tableName; --help lists/],
    [['--maxAge', '5'], /no flag --maxAge; did you mean --max-age\?/],
    [['-x'], /no flag -x/],
    [['--key', 'x'], /no flag --key/],
    [['--__proto__', 'x'], /no flag --__proto__/],
    [['--no-region'], /no flag --no-region/],
    [['--region'], /--region needs a value/],
    [['--region', '--yes'], /--region needs a value; one that begins with - is written --region=VALUE/],
    [['--yes=maybe'], /--yes takes no value/],
    [['--region', 'a', '--region=b'], /--region is given twice/],
    [['--yes', '--no-yes'], /given twice/],
    [['a', 'secret'], /^There are 2 arguments besides the flags, 1 at most is taken$/],
  ])('refuses %j', (raw, message) => {
    expect(() => checkArgs(raw, args)).toThrow(message)
  })
})

describe('createTicker', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('writes a line at the beginning and every ten seconds, with what was told last', () => {
    vi.useFakeTimers()
    const lines: string[] = []
    const ticker = createTicker({ ...createTerminal(false), note: (text) => void lines.push(text) })
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([])
    ticker.show('1 ended')
    ticker.show('2 ended')
    expect(lines).toEqual(['1 ended'])
    vi.advanceTimersByTime(9_999)
    ticker.show('500 ended')
    expect(lines).toHaveLength(1)
    vi.advanceTimersByTime(10_001)
    expect(lines).toEqual(['1 ended', 'after 10 s: 500 ended', 'after 20 s: 500 ended'])
    ticker.clear()
    vi.advanceTimersByTime(60_000)
    expect(lines).toHaveLength(3)
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

onEveryEngine(
  (table) => {
    /** Dynalite tells of TTL, but cannot switch it on. */
    const hasTtl = table.engine.name !== 'dynalite'
    const on = (...args: string[]): string[] => [...args, '--table-name', table.options.tableName, '--endpoint', table.options.endpoint]

    it('tells missing credentials, a missing region and an unreachable endpoint apart', async () => {
      const nobody = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, HOME: folder }
      const [credentials, region, unreachable, debug] = await Promise.all([
        run(on('table', 'status'), { env: nobody }),
        run(on('table', 'status', '--json'), { env: { AWS_REGION: undefined } }),
        run(['table', 'status', '--endpoint', 'http://127.0.0.1:1', '--max-attempts', '1']),
        run(['table', 'status', '--endpoint', 'http://127.0.0.1:1', '--max-attempts', '1', '--debug']),
      ])
      expect(credentials).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^error: .*AWS_ACCESS_KEY_ID/) as string })
      expect(region).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('"MISSING_REGION"') as string })
      expect(unreachable).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: dynamodb:DescribeTable failed/) as string })
      expect(unreachable.stderr).not.toContain('    at ')
      expect(debug.stderr).toMatch(/\n {4}at .*\ncaused by /s)
    })

    describe.concurrent('table', () => {
      it('is created, verified and deleted', async () => {
        const tableName = `${table.options.tableName}-own`
        const own = (...args: string[]): string[] => [...args, '--table-name', tableName, '--endpoint', table.options.endpoint]
        const missing = await run(own('table', 'status'))
        expect(missing).toMatchObject({ code: 1, stdout: '' })
        expect(missing.stderr).toContain(`npx dynamodb-sessions table create --table-name ${tableName}`)
        const created = await run(own('table', 'create', '--user-id-key', 'userId', '--json'))
        expect(created).toMatchObject({ code: 0, json: { created: true, table: { tableName, status: 'ACTIVE', userIndex: true } } })
        const [again, ensured, differs] = await Promise.all([
          run(own('table', 'create')),
          run(own('table', 'ensure', '--user-id-key', 'userId')),
          run(own('table', 'status', '--table-key', 'id')),
        ])
        expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') as string })
        expect(ensured).toMatchObject({ code: hasTtl ? 0 : 3, stdout: expect.stringContaining('was there already') as string })
        expect(differs).toMatchObject({ code: 3, stdout: expect.stringContaining('differs: tableKey is session_id') as string })
        const refused = await run(own('table', 'delete'))
        expect(refused).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/every session in it: confirm it with --yes/) as string,
        })
        expect((await run(own('table', 'delete', '--yes', '--json'))).json).toEqual({ tableName, deleted: true })
        expect(await run(own('table', 'delete', '-y'))).toMatchObject({ code: 0, stdout: `There was no table ${tableName}\n` })
      }, 60_000)

      it('says what to run where TTL is off, and does it', async () => {
        const tableName = `${table.options.tableName}-ttl`
        const own = (...args: string[]): string[] => [...args, '--table-name', tableName, '--endpoint', table.options.endpoint]
        await table.client.send(
          new CreateTableCommand({
            TableName: tableName,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'session_id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }],
          }),
        )
        const ensured = await run(own('table', 'ensure'))
        expect(ensured).toMatchObject({ code: 3, stdout: expect.stringContaining('run `dynamodb-sessions table enable-ttl`') as string })
        const enabled = await run(own('table', 'enable-ttl', '--json'))
        if (!hasTtl) expect(enabled).toMatchObject({ code: 1, stderr: expect.stringContaining('dynamodb:UpdateTimeToLive') as string })
        else {
          expect(enabled).toMatchObject({ code: 0, json: { tableName, enabled: true } })
          expect((await run(own('table', 'ensure'))).code).toBe(0)
        }
        await table.client.send(new DeleteTableCommand({ TableName: tableName }))
      })
    })

    describe('a table that is waited for', () => {
      const proxy = useProxy(table.engine)
      const asCreating = ({ operation }: { operation: string }, answer: unknown): unknown =>
        operation === 'DescribeTable' ? { Table: { ...(answer as { Table: object }).Table, TableStatus: 'CREATING' } } : answer
      /** One that is ready when a second look is taken. */
      const slowly = (): void => {
        let looks = 0
        proxy.rewrite = (request, answer) => (request.operation === 'DescribeTable' && looks++ < 2 ? asCreating(request, answer) : answer)
      }
      const own = (tableName: string, ...args: string[]): string[] => [
        'table',
        ...args,
        '--table-name',
        tableName,
        '--endpoint',
        proxy.endpoint,
      ]
      const extras = ['--tags', 'team=shop', '--point-in-time-recovery']
      const waiting = (tableName: string): string => `waiting for the table ${tableName} to become ACTIVE`

      it('says so once, on the standard error, and not with --json', async () => {
        const tableName = `${table.options.tableName}-slow`
        slowly()
        const created = await run(own(tableName, 'create'))
        expect(created).toMatchObject({ code: 0, stderr: `${waiting(tableName)}\n` })
        expect(created.stdout).toMatch(/^The table .* is created\n/)
        proxy.reset()
        slowly()
        const ensured = await run(own(tableName, 'ensure', '--json'))
        expect(ensured).toMatchObject({ stderr: '', json: { created: false, table: { tableName } } })
        expect(proxy.operations().filter((name) => name === 'DescribeTable').length).toBeGreaterThan(2)
        proxy.reset()
        let isThere = true
        proxy.fault = ({ operation, body }) => {
          if (operation !== 'DescribeTable' || !isThere) return undefined
          isThere = false
          return { status: 200, body: { Table: { TableName: body.TableName, TableStatus: 'DELETING' } } }
        }
        const deleted = await run(own(tableName, 'delete', '--yes'))
        expect(deleted).toMatchObject({ code: 0, stderr: `waiting for the table ${tableName} to be gone\n` })
      })

      it.each([false, true])('is left at Ctrl-C with what it still needs, which can be given to it (--json: %s)', async (json) => {
        const tableName = `${table.options.tableName}-stopped`
        proxy.rewrite = asCreating
        const tables = proxy.requests
        const stopped = await run(own(tableName, 'create', ...extras, ...(json ? ['--json'] : [])), {
          started(child) {
            proxy.fault = ({ operation }) => {
              const looks = tables.filter((request) => request.operation === 'DescribeTable').length
              if (operation === 'DescribeTable' && looks === 3) child.kill('SIGINT')
              return undefined
            }
          },
        })
        expect(stopped).toMatchObject({ code: 130, stdout: '' })
        const message = json
          ? (JSON.parse(stopped.stderr) as { error: { code: string; message: string } }).error.message
          : (/^error: (.*)$/m.exec(stopped.stderr)?.[1] ?? '')
        expect(message).toContain(`The table ${tableName} was not ACTIVE yet`)
        expect(message).toContain('timeToLive (run `dynamodb-sessions table enable-ttl`)')
        expect(stopped.stderr.includes('Stopping: ')).toBe(!json)
        proxy.reset()
        if (json) return void (await table.client.send(new DeleteTableCommand({ TableName: tableName })))
        // No engine here knows backups.
        proxy.fault = ({ operation }) => (operation === 'UpdateContinuousBackups' ? { status: 200, body: {} } : undefined)
        const before = await run(own(tableName, 'ensure', ...extras))
        expect(before).toMatchObject({ code: 3, stdout: expect.stringContaining('differs: tags is none') as string })
        const through = bareClient(proxy.endpoint)
        expect(await runAws(message, through)).toMatchObject([{ operation: 'UpdateContinuousBackups' }, { operation: 'TagResource' }])
        through.destroy()
        if (hasTtl) expect((await run(own(tableName, 'enable-ttl'))).code).toBe(0)
        expect((await run(own(tableName, 'ensure', ...extras))).code).toBe(hasTtl ? 0 : 3)
        await table.client.send(new DeleteTableCommand({ TableName: tableName }))
      })

      it.skipIf(withoutTerminal)('is a line that counts the seconds on a terminal, and is taken away', async () => {
        const tableName = `${table.options.tableName}-drawn`
        slowly()
        proxy.fault = ({ operation }) => (operation === 'DescribeTable' ? 500 : undefined)
        const created = await run(own(tableName, 'create'), { terminal: true })
        expect(created.code).toBe(0)
        expect(created.stdout).toContain(`\r\u001B[K${waiting(tableName)} … 0 s`)
        expect(created.stdout).toMatch(/ … 1 s/)
        expect(created.stdout).toContain(`\r\u001B[KThe table ${tableName} is created`)
        await table.client.send(new DeleteTableCommand({ TableName: tableName }))
      })
    })

    describe('sessions', () => {
      const store = createSessionStore<{ userId: string; 'odd\u001Bkey'?: string }>({
        ...table.options,
        userIdKey: 'userId',
        maxStale: 3600,
      })
      let records: SessionRecord<{ userId: string }>[]
      const by = (...args: string[]): string[] => on(...args, '--user-id-key', 'userId')

      beforeAll(async () => {
        records = await Promise.all([1, 2, 3].map(() => store.create({ userId: '42', 'odd\u001Bkey': 'private' })))
      })

      it.concurrent('are listed by user, as text and as JSON', async () => {
        const keys = records.map(({ key }) => key).toSorted()
        const [text, array, none] = await Promise.all([
          run(by('list', '--user', '42')),
          run(by('list', '--user', '42', '--json')),
          run(by('list', '--user', '7', '--json=true')),
        ])
        expect(text.stdout.split('\n')[0]).toMatch(/^updated +created +expires +key$/)
        expect(
          text.stdout
            .trim()
            .split('\n')
            .slice(1)
            .map((line) => line.split(/ {2}/).at(-1))
            .toSorted(),
        ).toEqual(keys)
        const rows = JSON.parse(array.stdout) as { key: string; createdAt: string }[]
        expect(rows.map(({ key }) => key).toSorted()).toEqual(keys)
        expect(rows.map(({ createdAt }) => createdAt)).toContain(records[0]?.createdAt.toISOString())
        expect(none).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' })
      })

      it.concurrent('are shown as one JSON document, whatever a serializer prints', async () => {
        const cwd = join(folder, `serializer-${table.engine.name}`)
        mkdirSync(cwd)
        const parse = "(text: string) => (console.log('parsing'), JSON.parse(text))"
        writeFileSync(
          join(cwd, 'dynamodb-sessions.config.ts'),
          `export default { serializer: { stringify: JSON.stringify, parse: ${parse} } }`,
        )
        const [{ key }] = records as [SessionRecord<unknown>]
        const [shown, listed] = await Promise.all([run(by('show', key, '--json'), { cwd }), run(by('list', '--user', '42'), { cwd })])
        expect(shown).toMatchObject({ code: 0, json: { key, state: 'live' }, stderr: 'parsing\n' })
        expect(listed.stdout).toContain(key)
        expect(listed.stdout).not.toContain('parsing')
      })

      it.concurrent('are shown by key or id: data only where it is asked for', async () => {
        const [{ id, key }] = records as [SessionRecord<unknown>]
        const [text, json, data, absent] = await Promise.all([
          run(by('show', key)),
          run(by('show', '--id', '-', '--json'), { input: `${id}\n` }),
          run(by('show', key, '--data', '--json')),
          run(by('show', '0'.repeat(64))),
        ])
        expect(text.stdout).toMatch(/\nstate +live\n(.*\n)*user +42\n/)
        expect(text.stdout).toMatch(/data +userId, "odd\\u001bkey"\n/)
        expect(json.json).toMatchObject({ key, state: 'live', user: '42', dataKeys: ['userId', 'odd\u001Bkey'] })
        for (const { stdout } of [text, json]) {
          expect(stdout).not.toContain('private')
          expect(stdout).not.toContain(id)
        }
        expect(data.json).toMatchObject({ data: { userId: '42', 'odd\u001Bkey': 'private' } })
        expect(absent).toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringContaining(`There is no session ${'0'.repeat(64)} in the table`) as string,
        })
      })

      it.concurrent('that cannot be read are shown with the reason', async () => {
        const [key, expired, timeless] = ['b', 'e', '7'].map((digit) => digit.repeat(64)) as [string, string, string]
        const times = { created_at: { N: '1' }, updated_at: { N: '1' } }
        const put = (session_id: string, rest: object): Promise<unknown> =>
          table.client.send(
            new PutItemCommand({ TableName: table.options.tableName, Item: { session_id: { S: session_id }, ...times, ...rest } }),
          )
        await put(timeless, { data: { S: '{}' }, updated_at: { S: 'soon' } })
        await put(key, { data: { S: '{"secret' }, expire_at: { N: '9999999999' } })
        await put(expired, { data: { S: '{"a":1}' }, expire_at: { N: '2' } })
        const [broken, old, without] = await Promise.all([
          run(by('show', key, '--data')),
          run(by('show', expired, '--json')),
          run(by('show', timeless)),
        ])
        expect(without.stdout).toMatch(/state +unreadable\n(.*\n)*updated +unknown\n(.*\n)*data +has a updated_at .+\n/)
        expect(broken.stdout).toMatch(/state +unreadable\n/)
        expect(broken.stdout).not.toContain('secret')
        expect(old.json).toMatchObject({ state: 'expired', dataKeys: ['a'], expiresAt: '1970-01-01T00:00:02.000Z' })
        for (const id of [key, expired, timeless]) {
          await table.client.send(new DeleteItemCommand({ TableName: table.options.tableName, Key: { session_id: { S: id } } }))
        }
      })

      it('end one by one, or all of a user, after a confirmation', async () => {
        const [{ id, key }, second] = records as [SessionRecord<unknown>, SessionRecord<unknown>]
        for (const args of [[key], [`--id=${id}`], ['--user', '42']]) {
          const refused = await run(by('revoke', ...args))
          expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') as string })
        }
        expect(await store.read(id)).not.toBeNull()
        const [ended, bySecret] = await Promise.all([
          run(by('revoke', key, '--yes', '--json')),
          run(by('revoke', `--id=${second.id}`, '--yes')),
        ])
        expect(ended).toMatchObject({ code: 0, json: { key, revoked: true } })
        expect(bySecret).toMatchObject({ code: 0, stdout: 'Ended the session of this id\n' })
        expect(await store.read(id)).toBeNull()
        const [again, asJson, all, none] = await Promise.all([
          run(by('revoke', key, '-y')),
          run(by('revoke', `--id=${id}`, '-y', '--json')),
          run(by('revoke', '--user', '42', '--yes', '--json')),
          run(by('revoke', '--user', 'nobody', '--yes', '--json')),
        ])
        const { tableName } = table.options
        expect(again).toMatchObject({ code: 1, stdout: '', stderr: `error: There is no session ${key} in the table ${tableName}\n` })
        expect(asJson).toMatchObject({ code: 1, stdout: '' })
        const message = `There is no session of this id in the table ${tableName}`
        expect(JSON.parse(asJson.stderr)).toEqual({ error: { name: 'DynamoSessionError', code: 'NOT_FOUND', message } })
        expect(all).toMatchObject({ code: 0, json: { user: '42', revoked: 1 } })
        // That a user has no session is what was asked for.
        expect(none).toMatchObject({ code: 0, json: { user: 'nobody', revoked: 0 } })
      })

      it('of a user are counted while they end, on the standard error', async () => {
        const many = Array.from({ length: 30 }, () => store.create({ userId: 'many' }))
        await Promise.all(many)
        const ended = await run(by('revoke', '--user', 'many', '--yes'))
        expect(ended).toMatchObject({
          code: 0,
          stdout: 'Ended 30 sessions of the user\n',
          stderr: 'ending the sessions of the user: 0 so far\n',
        })
        if (withoutTerminal) return
        await Promise.all(Array.from({ length: 30 }, () => store.create({ userId: 'many' })))
        const drawn = await run(by('revoke', '--user', 'many', '--yes'), { terminal: true })
        // It looks again a second later, which is time enough to be seen.
        expect(drawn.stdout).toContain('\r\u001B[Kending the sessions of the user: 30 so far … ')
        expect(drawn.stdout.trimEnd().endsWith('\r\u001B[KEnded 30 sessions of the user')).toBe(true)
      })

      it.concurrent('are all that can be revoked: items of others stay', async () => {
        const driver = dynamodbDriver(table.options)
        await driver.setItem?.('cart:1', '"apples"', {})
        expect(await run(by('revoke', 'cart:1'))).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringContaining('is not that of a session') as string,
        })
        expect(await driver.getItem('cart:1')).toBe('"apples"')
        await driver.removeItem('cart:1')
      })
    })

    describe('gc', () => {
      const proxy = useProxy(table.engine)
      const through = (...args: string[]): string[] => [
        'gc',
        '--max-age',
        '3600',
        '--table-name',
        table.options.tableName,
        '--endpoint',
        proxy.endpoint,
        ...args,
      ]

      it('stops at Ctrl-C with a token, with which another run deletes the rest', async () => {
        // Dynalite knows single DeleteItems only.
        const total = hasTtl ? 3000 : 600
        await seed(table, total)
        expect(await run(through())).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(/the sessions that are due in .* --yes/) as string,
        })
        const counted = await run(through('--dry-run', '--json'))
        expect(counted).toMatchObject({ code: 0, json: { matched: total, deleted: 0 }, stderr: '' })
        proxy.fault = ({ operation }) => (isDelete(operation) ? 100 : undefined)
        let isStopped = false
        const stopped = await run(through('--yes', '--concurrency', '2'), {
          watch(output, child) {
            if (isStopped || !/after \d s: [\d,]+ scanned, [1-9]\d* deleted/.test(output)) return
            isStopped = true
            child.kill('SIGINT')
          },
        })
        expect(stopped.code).toBe(130)
        expect(stopped.stderr).toContain('\nStopping: ')
        const deleted = Number(/deleted +([\d,]+)/.exec(stopped.stdout)?.[1]?.replaceAll(',', ''))
        expect(deleted).toBeGreaterThan(0)
        expect(deleted).toBeLessThan(total)
        expect(await due(table)).toBe(total - deleted)
        const [, token = ''] = /--resume-token (\S+)\n/.exec(stopped.stdout) ?? []
        proxy.reset()
        const resumed = await run(through('--yes', '--json', '--resume-token', token))
        expect(resumed).toMatchObject({ code: 0, json: { deleted: total - deleted, failed: 0 } })
        expect(resumed.json?.resumeToken).toBeUndefined()
        expect(await due(table)).toBe(0)
      }, 60_000)

      it('ends at the second Ctrl-C, whatever is under way', async () => {
        await seed(table, 5)
        proxy.fault = ({ operation }) => (isDelete(operation) ? 15_000 : undefined)
        let signals = 0
        const startedAt = performance.now()
        const killed = await run(through('--yes', '--request-timeout', '20000'), {
          watch(output, child) {
            if (signals === 1 && output.includes('Stopping: ')) signals = 2 * Number(child.kill('SIGINT'))
          },
          started(child) {
            proxy.fault = ({ operation }) => {
              if (!isDelete(operation)) return undefined
              if (signals === 0) signals = Number(child.kill('SIGINT'))
              return 15_000
            }
          },
        })
        expect({ code: killed.code, stdout: killed.stdout, signals }).toEqual({ code: 130, stdout: '', signals: 2 })
        expect(performance.now() - startedAt).toBeLessThan(10_000)
      })

      describe.skipIf(withoutTerminal)('on a terminal', () => {
        it('draws a bar, and colours unless NO_COLOR', async () => {
          await seed(table, 60)
          proxy.fault = ({ operation }) => (isDelete(operation) ? 100 : undefined)
          // As AWS would count; an engine's own number may be old.
          proxy.rewrite = ({ operation }, answer) => (operation === 'DescribeTable' ? withItemCount(answer, 60) : answer)
          const [first, plain] = await Promise.all([
            run(through('--yes', '--concurrency', '1'), { terminal: true }),
            run(['config'], { terminal: true, env: { NO_COLOR: '1' } }),
          ])
          expect(first).toMatchObject({ code: 0, stderr: '' })
          expect(first.stdout).toMatch(/\[[#-]{24}\] +\d+ % {2}[\d,]+ scanned, [1-9]\d* deleted/)
          expect(first.stdout).toContain('\u001B[1mdeleted\u001B[22m')
          expect(plain.code).toBe(0)
          expect(plain.stdout).not.toContain('\u001B')
        })

        it('deletes the table once its name is typed, and nothing otherwise', async () => {
          const tableName = `${table.options.tableName}-typed`
          const own = (...args: string[]): string[] => ['table', ...args, '--table-name', tableName, '--endpoint', table.options.endpoint]
          const typing = (text: string): ReturnType<typeof run> => {
            let isTyped = false
            return run(own('delete'), {
              terminal: true,
              watch(output, child) {
                if (isTyped || !output.includes(`Type ${tableName} to go on: `)) return
                isTyped = true
                child.stdin.write(text)
              },
            })
          }
          await createSessionTable({ ...table.options, tableName })
          const [wrong, interrupted, ended] = await Promise.all([typing('yes\r'), typing('\u0003'), typing('\u0004')])
          expect([wrong.code, interrupted.code, ended.code]).toEqual([2, 130, 2])
          expect(wrong.stdout).toContain('Nothing was deleted')
          const typed = await typing(`${tableName}\r`)
          expect(typed).toMatchObject({ code: 0, stdout: expect.stringContaining(`The table ${tableName} is deleted`) as string })
          expect(await describeSessionTable({ ...table.options, tableName })).toBeUndefined()
        })
      })
    })
  },
  { userIdKey: 'userId' },
)

function withItemCount(answer: unknown, ItemCount: number): unknown {
  const { Table } = answer as { Table: object }
  return { Table: { ...Table, ItemCount } }
}

function isDelete(operation: string): boolean {
  return operation === 'BatchExecuteStatement' || operation === 'DeleteItem'
}

/** Sessions that were created long ago, and live on. */
async function seed({ client, options }: TestTable, count: number): Promise<void> {
  const old = String(Date.now() / 1000 - 7200)
  const times = { created_at: { N: old }, updated_at: { N: old }, expire_at: { N: '9999999999' } }
  const key = (index: number): string => index.toString(16).padStart(64, '0')
  for (let from = 0; from < count; from += 250) {
    const batches = Array.from({ length: Math.min(10, Math.ceil((count - from) / 25)) }, (_, batch) => from + batch * 25)
    await Promise.all(
      batches.map((first) => {
        const indexes = Array.from({ length: Math.min(25, count - first) }, (_, index) => first + index)
        const writes = indexes.map((index) => ({ PutRequest: { Item: { session_id: { S: key(index) }, data: { S: '{}' }, ...times } } }))
        return client.send(new BatchWriteItemCommand({ RequestItems: { [options.tableName]: writes } }))
      }),
    )
  }
}

/** How many of them are left. */
async function due({ client, options }: TestTable): Promise<number> {
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: options.tableName, ProjectionExpression: 'session_id', ConsistentRead: true }),
  )
  return Items.filter(({ session_id }) => session_id?.S?.startsWith('0000')).length
}
