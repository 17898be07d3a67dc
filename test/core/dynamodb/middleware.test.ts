// The middleware of an application’s client, which the port’s requests pass as its own commands do.
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, it } from 'vitest'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { bareClient, onEveryEngine } from '../../support/engines.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import { BYTES, newKey, watched } from './watched.ts'

onEveryEngine(({ engine, options, client: bare }: TestTable) => {
  const proxy = useProxy(engine)
  const TableName = options.tableName

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
})
