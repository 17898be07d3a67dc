// What is wrong with a table, and that the remedies mend it.
import { CreateTableCommand, DescribeTableCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb'
import { expect, test, vi } from 'vitest'
import { diagnose } from '../../src/doctor/doctor.ts'
import { deleteSessionTable, enableSessionTableTtl } from '../../src/index.ts'
import { awsCommands, runAws } from '../support/aws-cli.ts'
import { isBasic, onEveryEngine } from '../support/engines.ts'
import { ATTRIBUTES, INDEX, UNITS, of, statuses, usePatient } from './patient.ts'

onEveryEngine(
  (table) => {
    const { engine, options, client, proxy, own, hasTtl, mend, withTable } = usePatient(table)
    /** Dynalite takes an index for a table that is there, with capacities only, and never makes it. */
    const addsIndexes = !isBasic(engine)
    const provisioned = { BillingMode: 'PROVISIONED', ProvisionedThroughput: UNITS } as const
    const indexed = { AttributeDefinitions: ATTRIBUTES, GlobalSecondaryIndexes: [INDEX] }
    const expectIndex = async (tableName: string): Promise<void> => {
      if (addsIndexes) expect(of(await diagnose(own({ tableName, userIdKey: 'userId' })), 'index of users').status).toBe('ok')
    }

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
          AttributeDefinitions: ATTRIBUTES.slice(0, 1),
          GlobalSecondaryIndexes: [
            { ...INDEX, KeySchema: [{ AttributeName: 'session_id', KeyType: 'HASH' }], ProvisionedThroughput: UNITS },
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
        await vi.waitFor(async () => expect(of(await diagnose(own(seven)), 'billing').detail).toMatch(/^7 read and 5 write units/), {
          timeout: 20_000,
        })
        // Dynoxide takes capacities of an index, and forgets them.
        expect(await billingOf()).toEqual(engine.name === 'dynoxide' ? [7, 0] : [7, 7])
        await mend('billing', { tableName, billingMode: 'PAY_PER_REQUEST' })
        await vi.waitFor(
          async () =>
            expect(of(await diagnose(own({ tableName, billingMode: 'PAY_PER_REQUEST' })), 'billing')).toMatchObject({
              status: 'ok',
              detail: 'on demand',
            }),
          { timeout: 20_000 },
        )
      }))

    test('an index that slows the table down can be widened as told', () =>
      withTable(
        {
          ...indexed,
          ...provisioned,
          GlobalSecondaryIndexes: [{ ...INDEX, ProvisionedThroughput: { ReadCapacityUnits: 4, WriteCapacityUnits: 1 } }],
        },
        async (tableName) => {
          expect(of(await diagnose(own({ tableName })), 'billing').detail).toContain('has fewer write units')
          await mend('billing', { tableName })
          if (engine.name === 'dynoxide') return // it takes capacities of an index, and forgets them
          await vi.waitFor(async () => expect(of(await diagnose(own({ tableName })), 'billing').status).toBe('ok'), { timeout: 20_000 })
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
  },
  { userIdKey: 'userId' },
  'tables',
)
