// The port, on every kind of client that it may be given: what is sent and what comes back is DynamoDB's own JSON.
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../src/core/dynamodb/connection.ts'
import { createDynamo } from '../../../src/core/dynamodb/dynamo.ts'
import type { Item } from '../../../src/core/dynamodb/model.ts'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { createTableApi } from '../../../src/core/dynamodb/table-api.ts'
import { kindOf } from '../../../src/core/dynamodb/transport-error.ts'
import type { Transport } from '../../../src/core/dynamodb/transport.ts'
import type { ClientOptions } from '../../../src/core/options/types.ts'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import { bareClient, inTurn, onEveryEngine } from '../../support/engines.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Fault } from '../../support/proxy.ts'
import { BYTES, newKey, watched } from './watched.ts'

/** Every type of attribute, and what document clients stumble over: empty texts, sets, maps in lists, nothing at all. */
const EVERYTHING: Item = {
  text: { S: 'Ünïcode \u2028 "quoted"' },
  empty: { S: '' },
  number: { N: '12345678901234567890.123456789' },
  bytes: { B: BYTES },
  yes: { BOOL: true },
  nothing: { NULL: true },
  texts: { SS: ['a', 'b'] },
  numbers: { NS: ['1', '2'] },
  several: { BS: ['AAE=', 'AQA='] },
  list: { L: [{ S: '' }, { B: 'AA==' }, { M: { a: { B: '/w==' }, b: { L: [] } } }] },
  map: { M: { S: { S: 'S' }, B: { B: 'AQID' }, empty: { M: {} } } },
}

/** Marshalling options that would change items, or refuse them, if they reached one. */
const ODD = {
  marshallOptions: {
    removeUndefinedValues: true,
    convertEmptyValues: true,
    convertClassInstanceToMap: true,
    convertTopLevelContainer: false,
    allowImpreciseNumbers: true,
  },
  unmarshallOptions: { wrapNumbers: true, convertWithoutMapWrapper: false },
}

const CLIENTS: Record<string, (endpoint: string) => ClientOptions> = {
  'of our own over HTTP': (endpoint) => ({ endpoint, transport: 'http' }),
  'of the SDK that is made here': (endpoint) => ({ endpoint, transport: 'sdk' }),
  'of the application': (endpoint) => ({ client: bareClient(endpoint) }),
  'with cacheMiddleware': (endpoint) => ({ client: bareClient(endpoint, { cacheMiddleware: true }) }),
  'for documents': (endpoint) => ({ client: DynamoDBDocumentClient.from(bareClient(endpoint)) }),
  'for documents, with odd options': (endpoint) => ({ client: DynamoDBDocumentClient.from(bareClient(endpoint), ODD) }),
  'with middleware and a logger': (endpoint) => ({ client: watched(endpoint).client }),
}

onEveryEngine(({ engine, options }: TestTable) => {
  const proxy = useProxy(engine)
  const TableName = options.tableName
  let others = 0

  const clients = Object.entries(CLIENTS).filter((_, way) => inTurn(way)(engine))

  describe.each(clients)('a client %s', (_, connectionOf) => {
    const open = (): Transport => openTransport(connectionOf(proxy.endpoint))

    it('gets and puts items as DynamoDB has them, bytes as base64', async () => {
      const { send, dispose } = open()
      const Key = newKey()
      const Item = { ...EVERYTHING, ...Key }
      expect((await send('PutItem', { TableName, Item })).output.Attributes).toBeUndefined()
      expect(sorted((await send('GetItem', { TableName, Key, ConsistentRead: true })).output.Item)).toEqual(sorted(Item))
      expect((await send('GetItem', { TableName, Key: newKey() })).output.Item).toBeUndefined()
      const sent = proxy.requests.map(({ body }) => body)
      expect(sent).toEqual([
        { TableName, Item },
        { TableName, Key, ConsistentRead: true },
        { TableName, Key: { session_id: expect.anything() as unknown } },
      ])
      dispose()
    })

    it('updates and deletes, and tells the item that made a condition fail', async () => {
      const { send } = open()
      const Key = newKey()
      const names = { ExpressionAttributeNames: { '#b': 'bytes' } }
      const values = { ExpressionAttributeValues: { ':b': { B: BYTES } } }
      const update = { TableName, Key, UpdateExpression: 'SET #b = :b', ...names, ...values, ReturnValues: 'ALL_NEW' as const }
      expect((await send('UpdateItem', update)).output.Attributes).toEqual({ ...Key, bytes: { B: BYTES } })
      const condition = { ConditionExpression: '#b <> :b', ...names, ...values, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
      const failed = { kind: 'conditionFailed', name: 'ConditionalCheckFailedException', httpStatus: 400, attempts: 1 }
      for (const refused of [
        () => send('DeleteItem', { TableName, Key, ...condition }),
        () => send('UpdateItem', { ...update, ...condition }),
        () => send('PutItem', { TableName, Item: Key, ...condition }),
      ]) {
        const error = await refused().catch((reason: unknown) => reason as { item?: Item })
        expect(error).toMatchObject(failed)
        // Dynalite does not know the option.
        if (engine.name !== 'dynalite') expect((error as { item?: Item }).item).toEqual({ ...Key, bytes: { B: BYTES } })
      }
      expect((await send('DeleteItem', { TableName, Key, ReturnValues: 'ALL_OLD' })).output.Attributes).toEqual({
        ...Key,
        bytes: { B: BYTES },
      })
      expect((await send('DeleteItem', { TableName, Key })).output.Attributes).toBeUndefined()
    })

    it('sends batches, queries and scans', async () => {
      const dynamo = createDynamo(connect(TableName, connectionOf(proxy.endpoint)))
      const items = Array.from({ length: 3 }, (): Item => ({ ...newKey(), bytes: { B: BYTES } }))
      const Keys = items.map(({ session_id }) => ({ session_id }) as Item)
      expect(await dynamo.batchWrite(items.map((Item) => ({ PutRequest: { Item } })))).toEqual([])
      const found = await dynamo.batchGet({ Keys, ConsistentRead: true })
      expect(found.unprocessed).toEqual([])
      expect(byKey(found.items)).toEqual(byKey(items))
      const [{ session_id } = {}] = items
      const one = { ExpressionAttributeNames: { '#k': 'session_id' }, ExpressionAttributeValues: { ':k': session_id as Item[string] } }
      const query = { KeyConditionExpression: '#k = :k', ...one, ConsistentRead: true }
      expect(await dynamo.query(query)).toMatchObject({ items: [items[0]], count: 1, next: undefined })
      expect(await dynamo.query({ ...query, Select: 'COUNT' })).toMatchObject({ items: [], count: 1 })
      const scanned = await dynamo.scan({ FilterExpression: '#k = :k', ...one, ConsistentRead: true })
      expect(scanned).toMatchObject({ items: [items[0]], count: 1 })
      const page = await dynamo.scan({ Limit: 1, ReturnConsumedCapacity: 'TOTAL' })
      expect(page).toMatchObject({
        items: [expect.anything()],
        count: 1,
        next: expect.anything() as unknown,
        units: expect.any(Number) as unknown,
      })
      expect(await dynamo.scan({ Limit: 1, ExclusiveStartKey: page.next as Item })).not.toEqual(page)
      expect(await dynamo.batchWrite(Keys.map((Key) => ({ DeleteRequest: { Key } })))).toEqual([])
      expect((await dynamo.batchGet({ Keys })).items).toEqual([])
    })

    it('runs PartiQL where the engine does', async () => {
      const { send } = open()
      const Key = newKey()
      await send('PutItem', { TableName, Item: { ...Key, bytes: { B: BYTES } } })
      const statement = (bytes: string) => ({
        Statement: `DELETE FROM "${TableName}" WHERE session_id = ? AND bytes = ?`,
        Parameters: [Key.session_id as Item[string], { B: bytes }],
      })
      const run = (bytes: string) => send('BatchExecuteStatement', { Statements: [statement(bytes)] })
      const answer = await run('AAAA').catch(kindOf)
      if (answer === 'unsupported') return
      expect(answer).toMatchObject({ output: { Responses: [{ Error: { Code: 'ConditionalCheckFailed' } }] } })
      expect((await run(BYTES)).output.Responses).toMatchObject([{}])
      expect((await send('GetItem', { TableName, Key })).output.Item).toBeUndefined()
    })

    it('makes, describes and deletes a table', async () => {
      const connection = connect(`${TableName}-made-${others++}`, connectionOf(proxy.endpoint))
      const api = createTableApi(connection)
      expect(await api.describe()).toBeUndefined()
      expect(await api.delete()).toBe(false)
      await expect(api.describeTimeToLive()).rejects.toThrow()
      const made = await api.create({
        AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      })
      expect(made).toMatchObject({ TableName: connection.table, KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }] })
      await expect.poll(async () => (await api.describe())?.TableStatus).toBe('ACTIVE')
      // What an engine does not know it says so of; nothing else may go wrong.
      const known = async <Result>(result: Promise<Result>): Promise<Result | 'unsupported'> =>
        result.catch((error: unknown) => {
          expect(kindOf(error)).toBe('unsupported')
          return 'unsupported' as const
        })
      await known(api.enableTimeToLive('expire_at'))
      expect([undefined, 'expire_at', 'unsupported']).toContain(await known(api.describeTimeToLive().then((ttl) => ttl?.AttributeName)))
      await known(api.enablePointInTimeRecovery())
      expect([true, 'unsupported']).toContain(await known(api.hasPointInTimeRecovery()))
      const arn = (await api.describe())?.TableArn ?? ''
      await known(api.tag(arn, [{ Key: 'a', Value: 'ä' }]))
      const tags = await known(api.tagsOf(arn))
      if (tags !== 'unsupported') expect(tags).toEqual([{ Key: 'a', Value: 'ä' }])
      expect(await api.delete()).toBe(true)
    })

    it('tells of every attempt, of those that may arrive late, and of every answer', async () => {
      const { send } = open()
      const told: unknown[] = []
      const hooks = {
        onSend: () => void told.push('sent'),
        onUnanswered: (status?: number) => void told.push(['unanswered', status]),
        onAnswer: ({ status, date }: { status: number; date: Date | undefined }) => void told.push([status, date instanceof Date]),
      }
      const faults: (Fault | undefined)[] = ['reset', 'error', undefined]
      proxy.fault = () => faults.shift()
      proxy.ahead = 0
      const answer = await send('GetItem', { TableName, Key: newKey() }, hooks)
      expect(answer).toMatchObject({ attempts: 3, output: {} })
      expect(told).toEqual(['sent', ['unanswered', undefined], 'sent', ['unanswered', 500], [500, true], 'sent', [200, true]])
      told.splice(0)
      proxy.ahead = undefined
      await expect(send('PutItem', { TableName: 'nobody’s', Item: newKey() }, hooks)).rejects.toMatchObject({ attempts: 1 })
      expect(told).toEqual(['sent', [400, false]])
    })

    it('carries a store and a driver', async () => {
      const more = connectionOf(proxy.endpoint)
      const store = createSessionStore<{ n: number }>({ tableName: TableName, ...more, compression: 1, encryptionKey: 'ab'.repeat(32) })
      const record = await store.create({ n: 1 })
      expect((await store.update(record, { n: 2 }))?.data).toEqual({ n: 2 })
      await store.withLock(record.id, async (session) => session.update({ n: 3 }))
      const moved = await store.regenerate((await store.read(record.id))!)
      expect((await store.read(moved!.id))?.data).toEqual({ n: 3 })
      expect(await store.read(record.id)).toBeNull()
      await store.destroy(moved!.id)
      expect(await store.read(moved!.id)).toBeNull()

      const driver = dynamodbDriver({ tableName: TableName, ...more, base: `driver ${others++}:` })
      await driver.setItems([
        { key: 'a', value: '' },
        { key: 'b', value: '{"x":""}' },
      ])
      await driver.setItemRaw('c', Buffer.from(BYTES, 'base64'))
      expect(await driver.getItems([{ key: 'a' }, { key: 'b' }, { key: 'd' }])).toEqual([
        { key: 'a', value: '' },
        { key: 'b', value: '{"x":""}' },
        { key: 'd', value: null },
      ])
      expect(await driver.getItemRaw('c')).toEqual(Buffer.from(BYTES, 'base64'))
      expect((await driver.getMeta('c'))?.mtime).toBeInstanceOf(Date)
      expect((await driver.getKeys()).toSorted()).toEqual(['a', 'b', 'c'])
      expect(await driver.hasItem('a')).toBe(true)
      await driver.removeItem('a')
      await driver.clear()
      expect(await driver.getKeys()).toEqual([])
    })
  })
})

/** Sets have no order. */
function sorted(item: Item | undefined): unknown {
  return JSON.parse(JSON.stringify(item), (name, value: unknown) =>
    /^[SNB]S$/.test(name) && Array.isArray(value) ? value.toSorted() : value,
  )
}

function byKey(items: readonly Item[]): readonly Item[] {
  return items.toSorted((a, b) => String(a.session_id?.S).localeCompare(String(b.session_id?.S)))
}
