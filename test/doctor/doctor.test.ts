// What the doctor says of a healthy table, and that it changes nothing.
import { BatchExecuteStatementCommand, DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import { diagnose } from '../../src/doctor/doctor.ts'
import { onEveryEngine } from '../support/engines.ts'
import { KEY, REMOTE, SECRET, of, usePatient } from './patient.ts'

onEveryEngine(
  (table) => {
    const { options, client, proxy, own, hasTtl, unavoidable, everything } = usePatient(table)

    test('a table that is as it should be has no faults', async () => {
      const checks = await diagnose(own({ userIdKey: 'userId', unstorage: true }))
      expect(checks.map(({ name }) => name)).toEqual([
        'secret',
        'lifetimes',
        'region',
        ...REMOTE,
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
  },
  { userIdKey: 'userId' },
  'tables',
)
