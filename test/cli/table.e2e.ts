import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { createSessionTable, describeSessionTable } from '../../src/index.ts'
import { runAws } from '../support/aws-cli.ts'
import { noTerminal, useCommand } from '../support/command.ts'
import { bareClient, isBasic, onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const { run, folder } = useCommand()
const withoutTerminal = noTerminal()
if (withoutTerminal) console.log(`tests on a pseudo-terminal are skipped: ${withoutTerminal}`)

onEveryEngine(
  (table) => {
    /** Dynalite tells of TTL, but cannot switch it on. */
    const hasTtl = !isBasic(table.engine)

    it('tells missing credentials, a missing region and an unreachable endpoint apart', async () => {
      const nobody = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, HOME: folder }
      const [credentials, region, unreachable, debug] = await Promise.all([
        // Without an endpoint: an engine on this machine needs neither.
        run(['table', 'status'], { env: nobody }),
        run(['table', 'status', '--json'], { env: { AWS_REGION: undefined } }),
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
        expect(ensured).toMatchObject({
          code: 3,
          stdout: expect.stringContaining('run\n    npx dynamodb-sessions table enable-ttl\n') as string,
        })
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

    it.skipIf(withoutTerminal)('deletes the table once its name is typed, and nothing otherwise', async () => {
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
  },
  { userIdKey: 'userId' },
)
