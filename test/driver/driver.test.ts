// What the driver costs, and what it is made of.
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import type { Driver as DriverV1 } from 'unstorage'
import type { Driver as DriverV2 } from 'unstorage-v2'
import dynamodbDriver, { DRIVER_DEPENDENCIES } from '../../src/driver.ts'
import type { DynamoDBDriverOptions } from '../../src/driver.ts'
import { bareClient, onEveryEngine } from '../support/engines.ts'
import { useDrivers } from './drivers.ts'

onEveryEngine((table) => {
  const { engine, options, client } = table
  const { proxy, make } = useDrivers(table)

  describe('what it costs', () => {
    it('writes, reads, looks and removes with one request each', async () => {
      const driver = make()
      await driver.setItem('a', '1')
      await driver.setItem('a', '2')
      expect(await driver.getItem('a')).toBe('2')
      expect(await driver.hasItem('a')).toBe(true)
      await driver.getMeta('a')
      await driver.removeItem('a')
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem', 'GetItem', 'Query', 'Query', 'DeleteItem'])
    })

    it('never asks about the table', async () => {
      const driver = make()
      await driver.getKeys()
      await driver.setItems([{ key: 'a', value: '1' }])
      await driver.clear()
      expect(proxy.operations().filter((name) => name.includes('Table'))).toEqual([])
    })

    it('shares the GetItem of reads that come before it is sent, and nothing after', async () => {
      const driver = make()
      await driver.setItem('a', '1')
      proxy.reset()
      expect(await Promise.all(Array.from({ length: 20 }, () => driver.getItem('a')))).toEqual(Array(20).fill('1'))
      expect(proxy.operations()).toEqual(['GetItem'])
      await driver.setItem('a', '2')
      expect(await driver.getItem('a')).toBe('2')
    })

    it.for([
      ['its own client', () => ({})],
      ['a client of the user', () => ({ endpoint: undefined, client: bareClient(proxy.endpoint) })],
      [
        'a client that caches its middleware',
        () => ({ endpoint: undefined, client: bareClient(proxy.endpoint, { cacheMiddleware: true }) }),
      ],
    ] as const)('does not answer a read that starts after a write with a GetItem from before it, on %s', async ([, connection]) => {
      const driver = make(connection() as DynamoDBDriverOptions)
      // What a first request leaves in a cache must not serve the next.
      await driver.getItem('another')
      await driver.setItem('a', 'old')
      proxy.reset()
      const arrived = new Promise<void>((resolve) => {
        proxy.fault = ({ operation }) => {
          if (operation !== 'GetItem') return undefined
          resolve()
          return 150
        }
      })
      const first = driver.getItem('a')
      await arrived
      proxy.fault = () => undefined
      await driver.setItem('a', 'new')
      expect(await driver.getItem('a')).toBe('new')
      await first
      expect(proxy.operations().filter((name) => name === 'GetItem')).toHaveLength(2)
    })

    it('gives each reader bytes of its own', async () => {
      const driver = make({ compression: 0 })
      await driver.setItemRaw('a', new Uint8Array([1, 2, 3]))
      const [one, two] = (await Promise.all([driver.getItemRaw('a'), driver.getItemRaw('a')])) as [Buffer, Buffer]
      one.fill(9)
      expect([...two]).toEqual([1, 2, 3])
    })
  })

  describe('the client', () => {
    it('is made at the first call and again after dispose, which is harmless twice', async () => {
      const driver = make()
      await driver.dispose()
      await driver.setItem('a', '1')
      const before = await driver.getInstance()
      await driver.dispose()
      await driver.dispose()
      expect(await driver.getItem('a')).toBe('1')
      expect(await driver.getInstance()).not.toBe(before)
    })

    it('of the caller is used, plain or as a document client, and never destroyed', async () => {
      const own = bareClient(engine.endpoint)
      const destroy = vi.spyOn(own, 'destroy')
      for (const client of [own, DynamoDBDocumentClient.from(own, { marshallOptions: { removeUndefinedValues: true } })]) {
        const driver = dynamodbDriver({ tableName: options.tableName, client, keyPrefix: 'own:' })
        await driver.setItem('a', '{"nested":{"x":1}}')
        expect(await driver.getItem('a')).toBe('{"nested":{"x":1}}')
        expect(await driver.getInstance()).toBe(client)
        await driver.dispose()
      }
      expect(destroy).not.toHaveBeenCalled()
      own.destroy()
    })
  })

  it('leaves nothing behind but what was stored', async () => {
    const driver = make({ keyPrefix: 'rest:' })
    await driver.setItem('a', 'x')
    await client.send(new DeleteItemCommand({ TableName: options.tableName, Key: { session_id: { S: 'rest:a' } } }))
    const rest = await client.send(
      new ScanCommand({
        TableName: options.tableName,
        FilterExpression: 'begins_with(session_id, :p)',
        ExpressionAttributeValues: { ':p': { S: 'rest:' } },
      }),
    )
    expect(rest.Items).toEqual([])
  })
})

onEveryEngine(
  ({ engine, options }) => {
    it('keeps to its sort key in a single-table design', async () => {
      const table = { ...options, tableKey: 'pk', sortKey: 'sk' }
      const driver = dynamodbDriver({ ...table, sortKeyValue: 'SESSION' })
      const other = dynamodbDriver({ ...table, sortKeyValue: 'PROFILE' })
      await driver.setItem('user:1', 'session')
      await other.setItem('user:1', 'profile')
      expect(await driver.getItem('user:1')).toBe('session')
      expect(await driver.hasItem('user:1')).toBe(true)
      expect((await driver.getItems([{ key: 'user:1' }]))[0]?.value).toBe('session')
      expect(await driver.getKeys('user')).toEqual(['user:1'])
      expect((await driver.getMeta('user:1'))?.mtime).toBeInstanceOf(Date)
      await driver.clear()
      expect(await driver.getItem('user:1')).toBe(null)
      expect(await other.getItem('user:1')).toBe('profile')
      expect(engine.name).toBeTruthy()
    })
  },
  { tableKey: 'pk', sortKey: 'sk', sortKeyValue: 'SESSION' },
)

describe('without an engine', () => {
  it('is a driver of both majors of unstorage', () => {
    const driver = dynamodbDriver()
    const v1: DriverV1 = driver
    const v2: DriverV2 = driver
    expect([v1.name, v2.name, v1.flags]).toEqual(['dynamodb', 'dynamodb', { ttl: true }])
    expect(DRIVER_DEPENDENCIES.client.name).toBe('@aws-sdk/client-dynamodb')
  })

  it('accepts what Nitro and other drivers leave in the options, and keeps secrets out of its own', () => {
    const secrets = {
      secretKey: 'hush-hush-hush-hush',
      encryptionKey: Buffer.alloc(32).toString('base64'),
      credentials: { accessKeyId: 'A', secretAccessKey: 'hush' },
    }
    const driver = dynamodbDriver({ driver: 'dynamodb-sessions/driver', base: 'app:', tableName: 'abc', ...secrets })
    expect(driver.options).toEqual({ driver: 'dynamodb-sessions/driver', base: 'app:', tableName: 'abc' })
    expect(JSON.parse(JSON.stringify(driver.options))).toEqual(driver.options)
    expect(JSON.stringify(driver)).not.toContain('hush')
  })

  it('needs no region and no credentials to be made, and says what is missing at the first call', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    // An engine on this machine needs neither.
    const driver = dynamodbDriver({ endpoint: 'http://192.0.2.1:1' })
    await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'MISSING_REGION' })
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    const other = dynamodbDriver({ endpoint: 'http://192.0.2.1:1', region: 'eu-west-1' })
    await expect(other.getItem('a')).rejects.toMatchObject({ code: 'CREDENTIALS' })
    vi.unstubAllEnvs()
    const third = dynamodbDriver({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 })
    await expect(third.getItem('a')).rejects.toThrow(/http:\/\/127.0.0.1:1.*ECONNREFUSED/)
  })

  it('refuses unknown and ill-typed options when it is made', () => {
    expect(() => dynamodbDriver({ tabelName: 'x' } as never)).toThrow('did you mean `tableName`?')
    expect(() => dynamodbDriver({ ttl: 'long' } as never)).toThrow('Option `ttl` (from code)')
  })

  it('refuses an endpoint with a password, and does not show it', () => {
    expect(() => dynamodbDriver({ endpoint: 'http://user:hunter2@127.0.0.1:1' })).toThrow(/^(?!.*hunter2).*without a name and a password/)
  })
})
