import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import type { BatchStatementRequest, CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { describe, expect, test, vi } from 'vitest'
import type { Check } from '../../src/doctor/check.ts'
import { diagnose } from '../../src/doctor/doctor.ts'
import type { DoctorOptions } from '../../src/doctor/doctor.ts'
import { collectGarbage, deleteSessionTable, enableSessionTableTtl } from '../../src/index.ts'
import { awsCommands, runAws } from '../support/aws-cli.ts'
import { onEveryEngine } from '../support/engines.ts'
import { freePort } from '../engines/index.ts'
import { useProxy } from '../support/proxy.ts'

const SECRET = 'Nz1rNmJ4Y3l2dW5qd2ttb3FhZWhsZnB0'

let tables = 0

const KEY = { session_id: { S: 'x' } }

onEveryEngine(
  ({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const own = (more: DoctorOptions = {}): DoctorOptions => ({
      ...options,
      endpoint: proxy.endpoint,
      secretKey: SECRET,
      maxAttempts: 1,
      ...more,
    })
    const hasTtl = engine.name !== 'dynalite'
    /** Dynalite has no UpdateTimeToLive. */
    const unavoidable = hasTtl ? [] : ['time to live']
    const everything = async (): Promise<unknown> => (await client.send(new ScanCommand({ TableName: options.tableName }))).Items

    test('a table that is as it should be has no faults', async () => {
      const checks = await diagnose(own({ userIdKey: 'userId', unstorage: true }))
      expect(checks.map(({ name }) => name)).toEqual([
        'secret',
        'lifetimes',
        'region',
        'credentials',
        'connection',
        'clock',
        'table',
        'keys',
        'time to live',
        'index of users',
        'billing',
        'may read sessions',
        'may write sessions',
        'may destroy sessions',
        'may find the sessions of a user',
        'may use unstorage',
        'may collect garbage',
      ])
      expect(checks.filter(({ status }) => status !== 'ok').map(({ name }) => name)).toEqual(unavoidable)
      expect(of(checks, 'region').detail).toBe('us-east-1')
      expect(of(checks, 'credentials').detail).toBe('found by env vars')
      expect(of(checks, 'connection').detail).toMatch(new RegExp(`^${proxy.endpoint} answered in \\d+ ms$`))
      expect(of(checks, 'may collect garbage').detail).toBe(
        hasTtl
          ? 'dynamodb:DescribeTimeToLive, dynamodb:Scan, dynamodb:PartiQLDelete allowed'
          : 'dynamodb:DescribeTimeToLive, dynamodb:Scan allowed; the engine does not know dynamodb:PartiQLDelete',
      )
      expect(JSON.stringify(checks)).not.toContain(SECRET)
    })

    test('a prefix is told, with what policies make of it, and one without a separator is a finding', async () => {
      expect(of(await diagnose(own({ keyPrefix: 'shop:' })), 'prefix')).toMatchObject({
        status: 'ok',
        detail: expect.stringContaining('longer prefixes, such as shop:admin:') as string,
      })
      const odd = of(await diagnose(own({ keyPrefix: 'app' })), 'prefix')
      expect(odd).toMatchObject({ status: 'warning', detail: expect.stringContaining('such as app1') as string })
      expect(odd.remedy).toContain('`app:`')
      expect(of(await diagnose(own({ keyPrefix: 'app-', hashIds: false })), 'prefix').status).toBe('warning')
      expect(of(await diagnose(own({ keyPrefix: 'app', unstorage: true })), 'prefix').status).toBe('fault')
    })

    test('nothing is changed by looking, and every write that is sent has a condition that no item meets', async () => {
      const Item = { session_id: { S: 'shop:a' }, data: { S: '{}' }, expire_at: { N: '1' }, user_id: { S: 'shop:ada' } }
      await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
      const before = await everything()
      await diagnose(own({ userIdKey: 'userId', unstorage: true, keyPrefix: 'shop:' }))
      expect(await everything()).toEqual(before)
      const sent = proxy.operations()
      expect(sent.toSorted()).toEqual(
        [
          'BatchExecuteStatement',
          'BatchGetItem',
          'BatchGetItem',
          'BatchWriteItem',
          'DeleteItem',
          'DescribeTable',
          'DescribeTimeToLive',
          'DescribeTimeToLive',
          'GetItem',
          'PutItem',
          'Query',
          'Query',
          'Scan',
          'Scan',
          'UpdateItem',
        ].toSorted(),
      )
      const never = 'attribute_exists(#key) AND attribute_not_exists(#key)'
      for (const { operation, body } of proxy.requests) {
        if (['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation)) expect(body.ConditionExpression).toBe(never)
        if (/Item$|^Query$/.test(operation)) expect(JSON.stringify(body)).toMatch(/"shop:[0-9a-f]{64}"/)
        if (operation === 'BatchWriteItem') expect(JSON.stringify(body)).not.toContain('PutRequest')
        if (operation === 'BatchExecuteStatement')
          expect(JSON.stringify(body)).toContain('AND \\"expire_at\\" = ? AND \\"expire_at\\" IS MISSING')
      }
    })

    test('the conditions hold off the writes even where the item exists', async () => {
      const Item = { session_id: { S: 'x' }, data: { S: '{}' } }
      await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
      const before = await everything()
      await diagnose(own())
      // The same writes on the key of an item that is there.
      const inputOf = (name: string): never =>
        ({
          ...proxy.requests.find(({ operation }) => operation === name)?.body,
          ...(name === 'PutItem' ? { Item: KEY } : { Key: KEY }),
        }) as never
      const failed = { name: 'ConditionalCheckFailedException' }
      await expect(client.send(new PutItemCommand(inputOf('PutItem')))).rejects.toMatchObject(failed)
      await expect(client.send(new UpdateItemCommand(inputOf('UpdateItem')))).rejects.toMatchObject(failed)
      await expect(client.send(new DeleteItemCommand(inputOf('DeleteItem')))).rejects.toMatchObject(failed)
      if (hasTtl) {
        const batch = proxy.requests.find(({ operation }) => operation === 'BatchExecuteStatement')
        const [{ Statement, Parameters = [] }] = (batch?.body ?? {}).Statements as [BatchStatementRequest]
        const { Responses } = await client.send(
          new BatchExecuteStatementCommand({ Statements: [{ Statement, Parameters: [KEY.session_id, ...Parameters.slice(1)] }] }),
        )
        expect(Responses?.[0]?.Error?.Code).toBe('ConditionalCheckFailed')
      }
      expect(await everything()).toEqual(before)
    })

    test('a missing table is a fault that names the command, and what depends on it is skipped', async () => {
      const checks = await diagnose(own({ tableName: 'there-is-none', userIdKey: 'userId' }))
      expect(of(checks, 'table')).toMatchObject({
        status: 'fault',
        detail: 'there is no table there-is-none in us-east-1',
        remedy: expect.stringContaining('`dynamodb-sessions table create`'),
      })
      expect(statuses(checks, 'skipped')).toEqual(['keys', 'time to live', 'index of users', 'billing', 'permissions'])
      expect(statuses(checks, 'ok')).toContain('clock')
    })

    test('other keys, no index, no TTL and another billing are told with their remedies', async () => {
      const tableName = `${options.tableName}-other`
      await client.send(
        new CreateTableCommand({
          TableName: tableName,
          ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 3 },
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      )
      const checks = await diagnose(own({ tableName, userIdKey: 'userId', billingMode: 'PAY_PER_REQUEST' }))
      expect(of(checks, 'keys')).toMatchObject({
        status: 'fault',
        detail: 'the table’s key is id, the options say session_id',
        remedy: expect.stringContaining("set `tableKey: 'id'`"),
      })
      expect(of(checks, 'index of users')).toMatchObject({ status: 'fault', detail: 'there is no user_id-index' })
      expect(awsCommands(of(checks, 'index of users').remedy ?? '')).toMatchObject([
        {
          operation: 'UpdateTable',
          endpoint: proxy.endpoint,
          input: {
            TableName: tableName,
            GlobalSecondaryIndexUpdates: [
              { Create: { IndexName: 'user_id-index', ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 3 } } },
            ],
          },
        },
      ])
      expect(of(checks, 'billing')).toMatchObject({
        status: 'warning',
        detail: '2 read and 3 write units, though the options say PAY_PER_REQUEST',
      })
      expect(of(checks, 'time to live')).toMatchObject({
        status: 'warning',
        detail: expect.stringMatching(/^off: /),
        remedy: expect.stringContaining('table enable-ttl'),
      })
      expect(of(checks, 'permissions')).toMatchObject({ status: 'skipped', detail: 'there is no table that fits' })
      // What needs no user and fits is healthy; the index is nobody's business.
      const fitting = await diagnose(own({ tableName, tableKey: 'id' }))
      expect(statuses(fitting, 'fault')).toEqual([])
      expect(of(fitting, 'index of users').status).toBe('skipped')
      if (hasTtl) {
        const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true }
        await client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }))
        expect(of(await diagnose(own({ tableName, tableKey: 'id' })), 'time to live')).toMatchObject({
          status: 'warning',
          detail: expect.stringContaining('on for expires and not for expire_at'),
        })
        await mend('time to live', { tableName, tableKey: 'id' })
        await enableSessionTableTtl(own({ tableName, tableKey: 'id' }))
        expect(of(await diagnose(own({ tableName, tableKey: 'id' })), 'time to live').status).toBe('ok')
      }
      await deleteSessionTable({ ...own(), tableName })
    })

    /** Runs what the check's remedy says. */
    async function mend(name: string, more: DoctorOptions): Promise<void> {
      const { remedy = '' } = of(await diagnose(own(more)), name)
      const ran = await runAws(remedy, client)
      expect(ran.length, remedy).toBeGreaterThan(0)
      expect(ran.every(({ input, endpoint }) => input.TableName === more.tableName && endpoint === proxy.endpoint)).toBe(true)
    }

    async function withTable(request: Partial<CreateTableCommandInput>, work: (tableName: string) => Promise<void>): Promise<void> {
      const tableName = `${options.tableName}-${tables++}`
      await client.send(
        new CreateTableCommand({
          TableName: tableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'session_id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }],
          ...request,
        }),
      )
      try {
        await work(tableName)
      } finally {
        await deleteSessionTable({ ...options, tableName })
      }
    }

    const units = { ReadCapacityUnits: 2, WriteCapacityUnits: 3 }
    const index = {
      IndexName: 'user_id-index',
      KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' as const }],
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    }
    const indexed = {
      AttributeDefinitions: ['session_id', 'user_id'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: [index],
    }

    /** Dynalite takes an index for a table that is there, with capacities only, and never makes it. */
    const addsIndexes = engine.name !== 'dynalite'
    const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: units } as const
    const expectIndex = async (tableName: string): Promise<void> => {
      if (addsIndexes) expect(of(await diagnose(own({ tableName, userIdKey: 'userId' })), 'index of users').status).toBe('ok')
    }

    test.each(addsIndexes ? [{}, provisioned] : [provisioned])('a missing index can be added as told: %j', (billing) =>
      withTable(billing, async (tableName) => {
        await mend('index of users', { tableName, userIdKey: 'userId' })
        await expectIndex(tableName)
      }),
    )

    test('an index of another key can be replaced as told', () =>
      withTable(
        {
          ...provisioned,
          AttributeDefinitions: indexed.AttributeDefinitions.slice(0, 1),
          GlobalSecondaryIndexes: [
            { ...index, KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }], ProvisionedThroughput: units },
          ],
        },
        async (tableName) => {
          const { detail } = of(await diagnose(own({ tableName, userIdKey: 'userId' })), 'index of users')
          expect(detail).toBe('the hash key of user_id-index is not user_id')
          await mend('index of users', { tableName, userIdKey: 'userId' })
          await expectIndex(tableName)
        },
      ))

    test('other billing can be changed as told, there and back', () =>
      withTable(indexed, async (tableName) => {
        const billingOf = async (): Promise<unknown> => {
          const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
          return [Table, ...(Table?.GlobalSecondaryIndexes ?? [])].map((one) => one?.ProvisionedThroughput?.ReadCapacityUnits)
        }
        const seven = { tableName, readCapacity: 7 }
        const [request] = await runAws(of(await diagnose(own(seven)), 'billing').remedy ?? '', client)
        const wanted = { ReadCapacityUnits: 7, WriteCapacityUnits: 5 }
        expect(request?.input).toEqual({
          TableName: tableName,
          BillingMode: 'PROVISIONED',
          ProvisionedThroughput: wanted,
          GlobalSecondaryIndexUpdates: [{ Update: { IndexName: 'user_id-index', ProvisionedThroughput: wanted } }],
        })
        await vi.waitFor(async () => expect(of(await diagnose(own(seven)), 'billing').detail).toMatch(/^7 read and 5 write units/))
        // Dynoxide takes capacities of an index, and forgets them.
        expect(await billingOf()).toEqual(engine.name === 'dynoxide' ? [7, 0] : [7, 7])
        await mend('billing', { tableName, billingMode: 'PAY_PER_REQUEST' })
        await vi.waitFor(async () =>
          expect(of(await diagnose(own({ tableName, billingMode: 'PAY_PER_REQUEST' })), 'billing')).toMatchObject({
            status: 'ok',
            detail: 'on demand',
          }),
        )
      }))

    test('an index that slows the table down can be widened as told', () =>
      withTable(
        {
          ...indexed,
          ...provisioned,
          GlobalSecondaryIndexes: [{ ...index, ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 1 } }],
        },
        async (tableName) => {
          expect(of(await diagnose(own({ tableName })), 'billing').detail).toContain('has fewer write units')
          await mend('billing', { tableName })
          if (engine.name === 'dynoxide') return // it takes capacities of an index, and forgets them
          await vi.waitFor(async () => expect(of(await diagnose(own({ tableName })), 'billing').status).toBe('ok'))
          const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
          expect(Table?.GlobalSecondaryIndexes?.[0]?.ProvisionedThroughput).toMatchObject({ ReadCapacityUnits: 4, WriteCapacityUnits: 3 })
        },
      ))

    test('keys that are not strings are a fault', async () => {
      const tableName = `${options.tableName}-number`
      await client.send(
        new CreateTableCommand({
          TableName: tableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'session_id', AttributeType: 'N' }],
          KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }],
        }),
      )
      expect(of(await diagnose(own({ tableName })), 'keys')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining('is of type N'),
      })
      await deleteSessionTable({ ...own(), tableName })
    })

    test.each(['CREATING', 'DELETING', 'UPDATING'])('a table that is %s is told', async (status) => {
      proxy.rewrite = ({ operation }, answer) =>
        operation === 'DescribeTable' ? { Table: { ...(answer as { Table: object }).Table, TableStatus: status } } : answer
      expect(of(await diagnose(own()), 'table')).toMatchObject({
        status: status === 'UPDATING' ? 'ok' : 'fault',
        detail: expect.stringContaining(status),
      })
    })

    test.each([
      ['GetItem', 'may read sessions', 'fault', 'app'],
      ['PutItem', 'may write sessions', 'fault', 'app'],
      ['UpdateItem', 'may write sessions', 'fault', 'app'],
      ['DeleteItem', 'may destroy sessions', 'fault', 'app'],
      ['Query', 'may find the sessions of a user', 'fault', 'app'],
      ['BatchGetItem', 'may find the sessions of a user', 'fault', 'app'],
      ['Scan', 'may collect garbage', 'warning', 'gc'],
      ['BatchExecuteStatement', 'may collect garbage', 'warning', 'gc'],
      ['DescribeTimeToLive', 'may collect garbage', 'warning', 'gc'],
      ['DescribeTable', 'table', 'warning', 'admin'],
    ])('where %s is denied, "%s" says so and everything else is looked at', async (denied, name, status, policy) => {
      proxy.fault = ({ operation }) => (operation === denied ? DENIED : undefined)
      const checks = await diagnose(own({ userIdKey: 'userId' }))
      const action = denied === 'BatchExecuteStatement' ? 'PartiQLDelete' : denied
      expect(of(checks, name)).toMatchObject({
        status,
        detail: expect.stringMatching(new RegExp(`dynamodb:${action}\\b.* (is )?denied`)),
        remedy: expect.stringContaining(`template --format iam --policy ${policy}`),
      })
      const others = denied === 'DescribeTimeToLive' ? [] : unavoidable
      expect([...statuses(checks, 'fault'), ...statuses(checks, 'warning')].toSorted()).toEqual([name, ...others].toSorted())
      expect(statuses(checks, 'ok')).toContain(name === 'may read sessions' ? 'may write sessions' : 'may read sessions')
    })

    test('a denied PartiQL statement is told as well, where the whole batch is not denied', async () => {
      proxy.fault = ({ operation }) =>
        operation === 'BatchExecuteStatement'
          ? { status: 200, body: { Responses: [{ Error: { Code: 'AccessDenied', Message: '' } }] } }
          : undefined
      expect(of(await diagnose(own()), 'may collect garbage')).toMatchObject({
        status: 'warning',
        detail: expect.stringContaining('PartiQLDelete denied'),
      })
    })

    test('an application’s own role may not look at TTL, and that is no fault', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      const checks = await diagnose(own())
      expect(statuses(checks, 'fault')).toEqual([])
      expect(of(checks, 'time to live')).toMatchObject({
        status: 'skipped',
        detail: expect.stringContaining('DescribeTimeToLive is denied'),
      })
    })

    test.each(['Scan', 'DescribeTimeToLive'])('garbage collection that fails for want of %s is said to', async (denied) => {
      proxy.fault = ({ operation }) => (operation === denied || operation === 'DescribeTable' ? DENIED : undefined)
      await expect(collectGarbage({ ...own(), maxAge: 3600, dryRun: true })).rejects.toMatchObject({ action: `dynamodb:${denied}` })
      expect(of(await diagnose(own()), 'may collect garbage').detail).toContain(`dynamodb:${denied} denied`)
      // What is said to be enough, is.
      proxy.fault = ({ operation }) => (operation === 'DescribeTable' ? DENIED : undefined)
      expect(of(await diagnose(own()), 'may collect garbage').status).toBe('ok')
      await collectGarbage({ ...own(), maxAge: 3600, dryRun: true })
    })

    test('an engine without time to live is told', async () => {
      proxy.fault = ({ operation }) => (operation === 'DescribeTimeToLive' ? UNKNOWN : undefined)
      expect(of(await diagnose(own()), 'time to live')).toMatchObject({
        status: 'skipped',
        detail: expect.stringContaining('the engine does not know DescribeTimeToLive'),
      })
    })

    test('a missing table is found even by those who may not describe it', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      expect(of(await diagnose(own({ tableName: 'there-is-none' })), 'may read sessions')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining('There is no table there-is-none'),
        remedy: expect.stringContaining('table create'),
      })
    })

    test('those who may not describe the table are told of a missing index, and what adds it', () =>
      withTable(addsIndexes ? {} : provisioned, async (tableName) => {
        proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
        const more = { tableName, userIdKey: 'userId', ...(addsIndexes ? {} : { writeCapacity: 3 }) }
        const check = of(await diagnose(own(more)), 'may find the sessions of a user')
        expect(check).toMatchObject({ status: 'fault', detail: 'the table has no index user_id-index' })
        expect(check.remedy).not.toContain('table create')
        await mend('may find the sessions of a user', more)
        if (addsIndexes) expect(of(await diagnose(own(more)), 'may find the sessions of a user').status).toBe('ok')
      }))

    test('those who may not describe the table are told of another key, and no creation that must fail', async () => {
      proxy.fault = ({ operation }) => (operation.startsWith('Describe') ? DENIED : undefined)
      const checks = await diagnose(own({ tableKey: 'id' }))
      for (const name of ['may read sessions', 'may write sessions', 'may destroy sessions']) {
        const { status, detail, remedy } = of(checks, name)
        expect({ name, status }).toEqual({ name, status: 'fault' })
        expect(detail).toContain('has another key than the options say')
        expect(remedy).toContain('set `tableKey`')
        expect(remedy).not.toContain('table create')
      }
    })

    test('throttled probes cannot tell', async () => {
      proxy.fault = ({ operation }) => (operation === 'GetItem' ? 'throttle' : undefined)
      expect(of(await diagnose(own()), 'may read sessions')).toMatchObject({
        status: 'warning',
        detail: expect.stringContaining('cannot be told'),
      })
    })

    // The header has whole seconds.
    test.each([
      [0, 'ok', /^agrees with/],
      [10_000, 'warning', /^(9|10|11) s behind the server’s: sessions end that much too late/],
      [-20_000, 'warning', /^(19|20|21) s ahead of the server’s: sessions end that much too early/],
      [3_600_000, 'fault', /^(3599|3600|3601) s behind the server’s: AWS refuses/],
      [undefined, 'skipped', /has no date/],
    ])('a server whose clock is %s ms ahead is told: %s', async (ahead, status, detail) => {
      proxy.ahead = ahead
      expect(of(await diagnose(own()), 'clock')).toMatchObject({ status, detail: expect.stringMatching(detail) })
    })

    test('credentials that AWS refuses are a fault of the credentials', async () => {
      proxy.fault = () => ({
        status: 400,
        body: { __type: 'x#UnrecognizedClientException', message: 'The security token included in the request is invalid.' },
      })
      const checks = await diagnose(own())
      expect(of(checks, 'credentials')).toMatchObject({ status: 'fault', detail: expect.stringContaining('AWS refused the credentials') })
      expect(of(checks, 'connection').status).toBe('ok')
      expect(of(checks, 'table').status).toBe('skipped')
    })

    test('an endpoint of something else is told', async () => {
      proxy.fault = () => ({ status: 404, body: { error: 'not found' } })
      expect(of(await diagnose(own()), 'requests')).toMatchObject({ status: 'fault', remedy: expect.stringContaining('a DynamoDB engine') })
    })

    test('a server that only fails is told', async () => {
      proxy.fault = () => 'error'
      const checks = await diagnose(own())
      expect(of(checks, 'requests')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining('500'),
        remedy: expect.stringContaining('try again'),
      })
      expect(of(checks, 'connection').status).toBe('ok')
    })
  },
  { userIdKey: 'userId' },
)

describe('without a table', () => {
  test('an endpoint where nobody listens is a fault, and the rest is skipped', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const checks = await diagnose({ endpoint, secretKey: SECRET, maxAttempts: 1 })
    expect(of(checks, 'connection')).toMatchObject({
      status: 'fault',
      detail: expect.stringContaining(`the connection to ${endpoint} failed (ECONNREFUSED)`),
      remedy: expect.stringContaining('endpoint'),
    })
    expect(statuses(checks, 'ok')).toEqual(['secret', 'lifetimes', 'region', 'credentials'])
    expect(statuses(checks, 'skipped')).toEqual(['clock', 'table', 'keys', 'time to live', 'index of users', 'billing', 'permissions'])
  })

  test('without credentials or region nothing is sent', async () => {
    const own = { endpoint: 'http://127.0.0.1:1', secretKey: SECRET, maxAttempts: 1 }
    const credentials = async (): Promise<never> => {
      throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
    }
    expect(of(await diagnose({ ...own, credentials }), 'credentials')).toMatchObject({
      status: 'fault',
      detail: expect.stringContaining('No AWS credentials were found'),
      remedy: expect.stringContaining('AWS_PROFILE'),
    })
    vi.stubEnv('AWS_REGION', undefined)
    try {
      const checks = await diagnose(own)
      expect(of(checks, 'region')).toMatchObject({ status: 'fault', detail: expect.stringContaining('No AWS region') })
      expect(statuses(checks, 'skipped')).toEqual([
        'credentials',
        'connection',
        'clock',
        'table',
        'keys',
        'time to live',
        'index of users',
        'billing',
        'permissions',
      ])
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('options that do not go together are a fault, and nothing is sent', async () => {
    const checks = await diagnose({ endpoint: 'http://127.0.0.1:1', sortKey: 'sk' })
    expect(checks[0]).toMatchObject({ name: 'configuration', status: 'fault', detail: expect.stringContaining('`sortKeyValue`') })
    expect(statuses(checks.slice(1), 'skipped')).toHaveLength(checks.length - 1)
    expect((await diagnose({ driver: {} }))[0]).toMatchObject({
      name: 'configuration',
      status: 'fault',
      detail: expect.stringContaining('`driver`'),
    })
    await expect(diagnose({ unstorage: 'yes' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'unstorage' })
  })

  test.each<[DoctorOptions, string, Check['status'], string]>([
    [{}, 'secret', 'warning', 'there is no `secretKey`'],
    [{ cookie: { secrets: [SECRET] } }, 'secret', 'ok', 'its own secrets'],
    [{ cookie: { isSigned: true } }, 'secret', 'ok', 'its own secrets'],
    [{ secretKey: 'short' }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: 'a'.repeat(40) }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: 'change-me-in-production-please-!!' }, 'secret', 'fault', 'can be guessed'],
    [{ secretKey: SECRET.slice(0, 20) }, 'secret', 'warning', 'shorter than 32'],
    [{ secretKey: [SECRET, 'old'] }, 'secret', 'ok', '2 secrets'],
    [
      {
        secretKey: 'f'.repeat(10) + '0123456789abcdef'.repeat(3) + '012345',
        encryptionKey: 'f'.repeat(10) + '0123456789abcdef'.repeat(3) + '012345',
      },
      'secret',
      'warning',
      'too',
    ],
    [{ maxStale: 0 }, 'lifetimes', 'warning', 'sessions never end'],
    [{ maxStale: 3600, maxAge: 3600 }, 'lifetimes', 'warning', 'no session is ever idle'],
    [{ maxAge: 3600 }, 'lifetimes', 'ok', 'idle 14 days, at most 60 minutes'],
    [{ touchAfter: 0 }, 'lifetimes', 'warning', 'every use of a session writes'],
    [{ enableLocking: true }, 'locking', 'ok', '500 ms'],
    [{ enableLocking: true, lockExpiryTime: 2000 }, 'locking', 'warning', 'gives up'],
    [{ raiseErrors: false }, 'errors', 'warning', 'nobody is told'],
    [{ hashIds: false }, 'ids', 'warning', 'holds ids'],
  ])('%j: %s is %s', async (options, name, status, detail) => {
    const checks = await diagnose({ ...options, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    expect(of(checks, name)).toMatchObject({ status, detail: expect.stringContaining(detail) })
    if (status !== 'ok') expect(of(checks, name).remedy?.length).toBeGreaterThan(10)
    for (const secret of [options.secretKey ?? []].flat()) expect(JSON.stringify(checks)).not.toContain(`"${secret}"`)
  })
})

const DENIED = {
  status: 400,
  body: { __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'not authorized' },
} as const

const UNKNOWN = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#UnknownOperationException' } } as const

function of(checks: readonly Check[], name: string): Check {
  const check = checks.find((candidate) => candidate.name === name)
  if (!check) throw new Error(`there is no check ${name} among ${checks.map((one) => one.name).join(', ')}`)
  return check
}

function statuses(checks: readonly Check[], status: Check['status']): string[] {
  return checks.filter((check) => check.status === status).map(({ name }) => name)
}
