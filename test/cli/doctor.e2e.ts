// `doctor` as users run it: as a process. What it finds is tested in test/doctor.
import { expect, test } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
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
        /^FAULT {4}table: there is no table not-there in us-east-1\n {9}remedy:\n {11}npx dynamodb-sessions table create\n {9}or set `tableName`/m,
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
