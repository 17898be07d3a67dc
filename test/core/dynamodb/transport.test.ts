// The port, on every kind of client that it may be given: what is sent and what comes back is DynamoDB's own JSON.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
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
import { bareClient, onEveryEngine } from '../../support/engines.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Fault } from '../../support/proxy.ts'

/** Bytes of every value, one after the other. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, n) => n)).toString('base64')

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
  'that is made here': (endpoint) => ({ endpoint }),
  'of the application': (endpoint) => ({ client: bareClient(endpoint) }),
  'with cacheMiddleware': (endpoint) => ({ client: bareClient(endpoint, { cacheMiddleware: true }) }),
  'for documents': (endpoint) => ({ client: DynamoDBDocumentClient.from(bareClient(endpoint)) }),
  'for documents, with odd options': (endpoint) => ({ client: DynamoDBDocumentClient.from(bareClient(endpoint), ODD) }),
  'with middleware and a logger': (endpoint) => ({ client: watched(endpoint).client }),
}

interface Seen {
  readonly step: string
  readonly command: unknown
  readonly input: unknown
}

/** A client whose middleware looks at what it is called with, in every step. */
function watched(endpoint: string): { client: DynamoDBClient; seen: Seen[]; outputs: unknown[] } {
  const seen: Seen[] = []
  const outputs: unknown[] = []
  const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }
  const client = bareClient(endpoint, { logger })
  for (const step of ['initialize', 'serialize', 'build', 'finalizeRequest', 'deserialize'] as const) {
    client.middlewareStack.add(
      ((next: (args: { input: object }) => Promise<{ output: unknown }>, context: { commandName?: string }) =>
        async (args: { input: object }) => {
          seen.push({ step, command: context.commandName, input: structuredClone({ ...args.input }) })
          const result = await next(args)
          if (step === 'initialize') outputs.push(result.output)
          return result
        }) as never,
      { step, name: `look at ${step}` } as never,
    )
  }
  return { client, seen, outputs }
}

onEveryEngine(({ engine, options, client: bare }: TestTable) => {
  const proxy = useProxy(engine)
  const TableName = options.tableName
  let keys = 0
  const newKey = (): Item => ({ session_id: { S: `key ${keys++}` } })

  describe.each(Object.entries(CLIENTS))('a client %s', (_, connectionOf) => {
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
      const failed = { kind: 'conditionFailed', name: 'ConditionalCheckFailedException', status: 400, attempts: 1 }
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
      const connection = connect(`${TableName}-made-${keys++}`, connectionOf(proxy.endpoint))
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

      const driver = dynamodbDriver({ tableName: TableName, ...more, base: `driver ${keys++}:` })
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

  describe('middleware of the application', () => {
    it('sees commands by their names and inputs as they are sent, in every step, and the output', async () => {
      const { client, seen, outputs } = watched(proxy.endpoint)
      const { send } = openTransport({ client })
      const Key = newKey()
      const Item = { ...Key, bytes: { B: BYTES } }
      await send('PutItem', { TableName, Item })
      await send('GetItem', { TableName, Key })
      const steps = ['initialize', 'serialize', 'build', 'finalizeRequest', 'deserialize']
      expect(seen).toEqual([
        ...steps.map((step) => ({ step, command: 'PutItemCommand', input: { TableName, Item } })),
        ...steps.map((step) => ({ step, command: 'GetItemCommand', input: { TableName, Key } })),
      ])
      expect(outputs[1]).toMatchObject({ Item, $metadata: { httpStatusCode: 200 } })
    })

    it('sees commands of the classes that it knows', async () => {
      const sent: { name: string; input: unknown }[] = []
      const client = bareClient(proxy.endpoint)
      const send = client.send.bind(client) as (command: object) => Promise<object>
      client.send = ((command: object) => {
        sent.push({ name: command.constructor.name, input: (command as { input: unknown }).input })
        return send(command)
      }) as never
      const Key = newKey()
      await openTransport({ client }).send('GetItem', { TableName, Key })
      expect(sent).toEqual([{ name: 'GetItemCommand', input: { TableName, Key } }])
    })

    it('may change what is sent', async () => {
      const client = bareClient(proxy.endpoint)
      client.middlewareStack.add(
        (next) => (args) => next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as never }),
        { step: 'initialize' },
      )
      const { output } = await openTransport({ client }).send('GetItem', { TableName, Key: newKey() })
      expect(proxy.requests[0]?.body).toMatchObject({ ReturnConsumedCapacity: 'TOTAL' })
      expect(output.ConsumedCapacity?.CapacityUnits).toBeGreaterThan(0)
    })

    it('that leaves out what it was called with is told so, and nothing is sent', async () => {
      const client = bareClient(proxy.endpoint)
      client.middlewareStack.add((next) => (args) => next({ input: args.input }), { step: 'initialize' })
      await expect(openTransport({ client }).send('GetItem', { TableName, Key: newKey() })).rejects.toThrow('pass on all of them')
      expect(proxy.requests).toEqual([])
    })

    it('leaves the cached middleware of the application’s own commands as it is', async () => {
      const client = bareClient(proxy.endpoint, { cacheMiddleware: true })
      const { send } = openTransport({ client })
      const Key = newKey()
      await send('PutItem', { TableName, Item: { ...Key, bytes: { B: BYTES } } })
      const document = DynamoDBDocumentClient.from(bare)
      expect((await document.send(new GetCommand({ TableName, Key: { session_id: Key.session_id?.S } }))).Item).toMatchObject({
        bytes: new Uint8Array(Buffer.from(BYTES, 'base64')),
      })
      for (const _ of [1, 2]) {
        expect((await client.send(new GetItemCommand({ TableName, Key: Key as never }))).Item?.bytes?.B).toBeInstanceOf(Uint8Array)
        expect((await send('GetItem', { TableName, Key })).output.Item?.bytes?.B).toBe(BYTES)
      }
    })
  })

  describe('errors', () => {
    it.for([
      ['ResourceNotFoundException', 400, 'notFound'],
      ['ResourceInUseException', 400, 'inUse'],
      ['ProvisionedThroughputExceededException', 400, 'throttled'],
      ['ThrottlingException', 400, 'throttled'],
      ['RequestLimitExceeded', 400, 'throttled'],
      ['ValidationException', 400, 'validation'],
      ['SerializationException', 400, 'validation'],
      ['UnknownOperationException', 400, 'unsupported'],
      ['NotImplemented', 501, 'unsupported'],
      ['AccessDeniedException', 400, 'accessDenied'],
      ['UnrecognizedClientException', 400, 'credentialsRefused'],
      ['ExpiredTokenException', 400, 'credentialsRefused'],
      ['InvalidSignatureException', 400, 'credentialsRefused'],
      ['ReplicatedWriteConflictException', 400, 'server'],
      ['InternalServerError', 500, 'server'],
      ['ServiceUnavailable', 503, 'server'],
      ['ItemCollectionSizeLimitExceededException', 400, 'other'],
      ['TransactionConflictException', 400, 'other'],
      ['ThrottlingOfAnotherKind', 400, 'other'],
    ] as const)('of AWS: %s with %i is %s', async ([code, status, kind]) => {
      proxy.fault = () => ({ status, body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'told' } })
      const { send, dispose } = openTransport({ endpoint: proxy.endpoint, maxAttempts: 1 })
      await expect(send('GetItem', { TableName, Key: newKey() })).rejects.toMatchObject({
        kind,
        name: code,
        status,
        attempts: 1,
        message: 'told',
      })
      dispose()
    })

    it.for([
      ['a connection that breaks', 'reset', 'unreachable'],
      ['an answer that breaks off', 'truncate', 'unreachable'],
      ['no answer in time', 1000, 'timeout'],
    ] as const)('of the network: %s', async ([, fault, kind]) => {
      proxy.fault = () => fault
      const { send, dispose } = openTransport({ endpoint: proxy.endpoint, maxAttempts: 1, requestTimeout: 300 })
      await expect(send('GetItem', { TableName, Key: newKey() })).rejects.toMatchObject({ kind })
      dispose()
    })

    it.for([200, 400, 503])('of a page with %i in place of an answer, which is not quoted', async (status) => {
      const server = createServer((_, response) => void response.writeHead(status).end('<html>secret</html>')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { send, dispose } = openTransport({ endpoint, maxAttempts: 1 })
      const error = (await send('GetItem', { TableName, Key: newKey() }).catch((reason: unknown) => reason)) as Error
      expect(error).toMatchObject({ kind: 'unparsable' })
      expect(`${error.stack} ${String((error.cause as Error).stack)}`).not.toContain('secret')
      dispose()
    })

    it('of what is missing: region, credentials, a reachable endpoint', async () => {
      const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
      const refused = { region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 }
      const none = Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
      const cases: [ClientOptions, string][] = [
        [refused, 'unreachable'],
        [{ ...refused, credentials: () => Promise.reject(none) }, 'credentialsMissing'],
        [{ ...refused, endpoint: 'nonsense' }, 'endpointInvalid'],
      ]
      for (const [connection, kind] of cases) {
        const told: unknown[] = []
        const { send } = openTransport(connection)
        const hooks = { onUnanswered: () => void told.push('unanswered'), onAnswer: () => void told.push('answer') }
        await expect(send('GetItem', { TableName, Key: newKey() }, hooks)).rejects.toMatchObject({ kind })
        expect(told).toEqual([])
      }
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
