import { DeleteItemCommand, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import type { Driver as DriverV1 } from 'unstorage'
import type { Driver as DriverV2 } from 'unstorage-v2'
import dynamodbDriver, { DRIVER_DEPENDENCIES } from '../../src/driver.ts'
import type { DynamoDBDriverOptions } from '../../src/driver.ts'
import { quickest } from '../support/clock.ts'
import { bareClient, onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const SECOND = 1000

/** Moves the clock without touching timers. */
function atTime(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: milliseconds })
}

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  let prefixes = 0
  /** A driver behind the proxy, whose keys no other test sees. */
  const make = (more: DynamoDBDriverOptions = {}) =>
    dynamodbDriver({ ...options, endpoint: proxy.endpoint, keyPrefix: `t${prefixes++}:`, ...more })

  const itemAt = async (key: string): Promise<Record<string, AttributeValue> | undefined> =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item
  const put = (item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))

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

  describe('the item', () => {
    it('has the attributes of the design, and no others', async () => {
      const driver = make({ keyPrefix: 'shape:' })
      atTime(1_800_000_000_123)
      await driver.setItem('a', '{"x":1}', { ttl: 60 })
      expect(await itemAt('shape:a')).toEqual({
        session_id: { S: 'shape:a' },
        data: { S: '{"x":1}' },
        created_at: { N: '1800000000.123' },
        updated_at: { N: '1800000000.123' },
        expire_at: { N: '1800000061' },
        version: { S: expect.stringMatching(/^[\w-]{12}$/) },
      })
    })

    it('keeps created_at over a live item and renews it over an expired one, with one more request', async () => {
      const driver = make({ keyPrefix: 'age:' })
      atTime(1_800_000_000_000)
      await driver.setItem('a', '1', { ttl: 60 })
      atTime(1_800_000_010_000)
      await driver.setItem('a', '2', { ttl: 60 })
      expect((await itemAt('age:a'))?.created_at).toEqual({ N: '1800000000' })
      atTime(1_800_000_500_000)
      proxy.reset()
      await driver.setItem('a', '3')
      expect(proxy.operations()).toEqual(['UpdateItem', ...(engine.name === 'dynalite' ? ['GetItem'] : []), 'PutItem'])
      const item = await itemAt('age:a')
      expect(item?.created_at).toEqual({ N: '1800000500' })
      expect(item).not.toHaveProperty('expire_at')
    })

    it('is replaced where another program left one without data', async () => {
      const driver = make({ keyPrefix: 'phantom:' })
      await put({ session_id: { S: 'phantom:a' }, created_at: { N: '1' }, expire_at: { N: '99999999999' } })
      expect(await driver.getItem('a')).toBe(null)
      expect(await driver.hasItem('a')).toBe(false)
      await driver.setItem('a', 'x')
      expect(await driver.getItem('a')).toBe('x')
      expect((await itemAt('phantom:a'))?.created_at).not.toEqual({ N: '1' })
    })

    it('loses what belonged to a session when a value takes its place', async () => {
      const driver = make({ keyPrefix: 'stale:' })
      const stale = {
        encoding: { S: 'gzip' },
        user_id: { S: '1' },
        locked_at: { N: '1' },
        lock_token: { S: 'x' },
        lock_expires_at: { N: '2' },
      }
      await put({
        session_id: { S: 'stale:a' },
        data: { S: 'x' },
        created_at: { N: '5' },
        updated_at: { N: '5' },
        other: { S: 'kept' },
        ...stale,
      })
      await driver.setItem('a', 'y')
      const item = await itemAt('stale:a')
      for (const name of Object.keys(stale)) expect(item).not.toHaveProperty(name)
      expect(item?.other).toEqual({ S: 'kept' })
      expect(item?.created_at).toEqual({ N: '5' })
    })

    it('uses the table keys that the options name', async () => {
      const driver = make({ keyPrefix: '' })
      await driver.setItem('named', 'x')
      expect((await itemAt('named'))?.session_id).toEqual({ S: 'named' })
      await driver.removeItem('named')
    })
  })

  describe('expiry', () => {
    it('is respected on every read path, to the second', async () => {
      const driver = make()
      atTime(1_800_000_000_000)
      await driver.setItem('dies', 'x', { ttl: 10 })
      await driver.setItems([
        { key: 'dies2', value: 'y', options: { ttl: 10 } },
        { key: 'lives', value: 'z' },
      ])
      const look = async () => ({
        get: await driver.getItem('dies'),
        raw: await driver.getItemRaw('dies2'),
        has: await driver.hasItem('dies'),
        meta: (await driver.getMeta('dies')) !== null,
        batch: (await driver.getItems([{ key: 'dies' }, { key: 'dies2' }, { key: 'lives' }])).map(({ value }) => value),
        keys: (await driver.getKeys()).toSorted(),
      })
      atTime(1_800_000_009_999)
      expect(await look()).toEqual({ get: 'x', raw: 'y', has: true, meta: true, batch: ['x', 'y', 'z'], keys: ['dies', 'dies2', 'lives'] })
      atTime(1_800_000_010_000)
      expect(await look()).toEqual({ get: null, raw: null, has: false, meta: false, batch: [null, null, 'z'], keys: ['lives'] })
    })

    it('comes from the call, else from the driver; 0 is none', async () => {
      const driver = make({ ttl: 100 })
      await driver.setItem('default', 'x')
      await driver.setItem('own', 'x', { ttl: 50 })
      await driver.setItem('none', 'x', { ttl: 0 })
      await driver.setItem('date', 'x', { expireAt: new Date(Date.now() + 20 * SECOND) })
      await driver.setItem('epoch', 'x', { expireAt: Math.floor(Date.now() / 1000) + 30, ttl: 5 })
      await driver.setItems(
        [
          { key: 'batch', value: 'x', options: { ttl: 40 } },
          { key: 'batch2', value: 'x' },
        ],
        { ttl: 70 },
      )
      const ttl = async (key: string) => (await driver.getMeta(key))?.ttl
      expect(await ttl('default')).toBeCloseTo(100, -1)
      expect(await ttl('own')).toBeCloseTo(50, -1)
      expect(await ttl('none')).toBe(undefined)
      expect(await ttl('date')).toBeCloseTo(20, -1)
      expect(await ttl('epoch')).toBeCloseTo(30, -1)
      expect(await ttl('batch')).toBeCloseTo(40, -1)
      expect(await ttl('batch2')).toBeCloseTo(70, -1)
    })

    it('removes an earlier expiry when a value is set without one', async () => {
      const driver = make()
      await driver.setItem('a', 'x', { ttl: 50 })
      await driver.setItem('a', 'y')
      expect((await driver.getMeta('a'))?.ttl).toBe(undefined)
    })

    it('refuses milliseconds for seconds, and says so', async () => {
      const driver = make()
      await expect(driver.setItem('a', 'x', { ttl: 86_400_000 })).rejects.toThrow('did you mean 86400?')
      await expect(driver.setItem('a', 'x', { expireAt: Date.now() })).rejects.toThrow('did you mean')
      await expect(driver.setItem('a', 'x', { ttl: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'ttl' })
      await expect(driver.setItem('a', 'x', { expireAt: new Date('nonsense') })).rejects.toMatchObject({ argument: 'expireAt' })
      expect(proxy.requests).toEqual([])
    })

    it('is told by getMeta, with the times of creation and change', async () => {
      const driver = make()
      atTime(1_800_000_000_000)
      await driver.setItem('a', 'x', { ttl: 60 })
      atTime(1_800_000_020_000)
      await driver.setItem('a', 'y', { ttl: 60 })
      expect(await driver.getMeta('a')).toEqual({ birthtime: new Date(1_800_000_000_000), mtime: new Date(1_800_000_020_000), ttl: 60 })
      expect(await driver.getMeta('none')).toBe(null)
    })
  })

  describe('batches', () => {
    it('reads 250 keys in three requests, each key once, in the order asked for', async () => {
      const driver = make()
      await driver.setItems(Array.from({ length: 250 }, (_, n) => ({ key: `k${n}`, value: `v${n}` })))
      expect(proxy.operations()).toEqual(Array(10).fill('BatchWriteItem'))
      proxy.reset()
      const keys = [...Array.from({ length: 250 }, (_, n) => `k${249 - n}`), 'k3', 'k3', 'none']
      const items = await driver.getItems(keys.map((key) => ({ key })))
      expect(items.map(({ key }) => key)).toEqual(keys)
      expect(items.every(({ key, value }) => value === (key === 'none' ? null : key.replace('k', 'v')))).toBe(true)
      expect(proxy.operations()).toEqual(Array(3).fill('BatchGetItem'))
    })

    it('lets the last of duplicates win', async () => {
      const driver = make()
      await driver.setItems([
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
        { key: 'a', value: '3' },
      ])
      expect(await driver.getItem('a')).toBe('3')
    })

    it('sends unprocessed keys and items again until they are done', async () => {
      const driver = make()
      let cuts = 0
      proxy.rewrite = ({ operation, body }, answer) => {
        const table = options.tableName
        const asked = (body.RequestItems as Record<string, { Keys?: unknown[] } | unknown[]>)[table]
        if (cuts++ >= 3) return answer
        if (operation === 'BatchWriteItem') return { UnprocessedItems: { [table]: (asked as unknown[]).slice(0, 1) } }
        return { Responses: { [table]: [] }, UnprocessedKeys: { [table]: asked } }
      }
      await driver.setItems([
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ])
      cuts = 0
      expect((await driver.getItems([{ key: 'a' }, { key: 'b' }])).map(({ value }) => value)).toEqual(['1', '2'])
    })

    it('reports what is never processed, and returns no null for it', async () => {
      const driver = make()
      proxy.rewrite = ({ body }) => ({ Responses: {}, UnprocessedKeys: body.RequestItems })
      await expect(driver.getItems([{ key: 'a' }])).rejects.toMatchObject({ code: 'UNPROCESSED', action: 'dynamodb:BatchGetItem' })
    })
  })

  describe('scans', () => {
    it('page to the end, ask for keys only and filter on the server', async () => {
      const driver = make({ keyPrefix: 'scan:' })
      // 1 MB a page: 30 items of 100 KB are at least three.
      await driver.setItems(Array.from({ length: 30 }, (_, n) => ({ key: `big:${n}`, value: 'x'.repeat(100_000) })))
      await driver.setItem('bigger', 'x')
      proxy.reset()
      let answered = 0
      proxy.rewrite = (_, answer) => {
        answered += JSON.stringify(answer).length
        return answer
      }
      expect(await driver.getKeys('big:')).toHaveLength(30)
      expect(proxy.operations().length).toBeGreaterThanOrEqual(3)
      expect(answered).toBeLessThan(5000)
    })

    it('see nothing of other prefixes, and clear nothing of them', async () => {
      const one = make({ keyPrefix: 'one:' })
      const two = make({ keyPrefix: 'two:' })
      await one.setItem('a', '1')
      await two.setItem('a', '2')
      await put({ session_id: { S: 'one:foreign' }, something: { S: 'else' } })
      expect(await one.getKeys()).toEqual(['a'])
      await one.clear()
      expect(await one.getKeys()).toEqual([])
      expect(await two.getItem('a')).toBe('2')
      expect(await itemAt('one:foreign')).toBeDefined()
    })

    it('treat a base as whole segments', async () => {
      const driver = make()
      for (const key of ['foo:a', 'foobar:a', 'foo']) await driver.setItem(key, 'x')
      expect(await driver.getKeys('foo')).toEqual(['foo:a'])
      expect(await driver.getKeys('foo:')).toEqual(['foo:a'])
      expect((await driver.getKeys('')).toSorted()).toEqual(['foo', 'foo:a', 'foobar:a'])
    })

    it('clear expired leftovers too', async () => {
      const driver = make({ keyPrefix: 'left:' })
      await driver.setItem('a', 'x', { expireAt: 1000 })
      await driver.clear()
      expect(await itemAt('left:a')).toBe(undefined)
    })
  })

  describe('raw values', () => {
    it('keep text as text and bytes as bytes, whatever the view', async () => {
      const driver = make()
      await driver.setItemRaw('text', 'héllo')
      expect(await driver.getItemRaw('text')).toBe('héllo')
      const floats = new Float32Array([1.5, -2])
      await driver.setItemRaw('floats', floats)
      expect(Buffer.from(floats.buffer).equals((await driver.getItemRaw('floats')) as Buffer)).toBe(true)
      await driver.setItemRaw('buffer', new Uint8Array([104, 105]).buffer)
      expect(await driver.getItem('buffer')).toBe('hi')
      await expect(driver.setItemRaw('object', { a: 1 })).rejects.toThrow('must be a text or bytes')
    })

    it('survive compression and encryption, and are not readable in the table', async () => {
      const encryptionKey = Buffer.alloc(32, 7).toString('base64')
      const plain = make({ keyPrefix: 'packed:' })
      const packed = make({ keyPrefix: 'packed:', compression: 100, encryptionKey })
      await plain.setItem('old', 'plain text')
      const long = 'secret '.repeat(100)
      await packed.setItem('long', long)
      await packed.setItemRaw('bytes', Buffer.from('secret bytes'))
      expect(await packed.getItem('long')).toBe(long)
      expect((await packed.getItemRaw('bytes'))?.toString()).toBe('secret bytes')
      expect(await packed.getItem('old')).toBe('plain text')
      const item = await itemAt('packed:long')
      expect(item?.encoding).toEqual({ S: 'gzip+aes-256-gcm' })
      expect(item?.data?.B?.byteLength).toBeLessThan(200)
      expect(JSON.stringify(await itemAt('packed:bytes'))).not.toContain('secret')
      await expect(plain.getItem('long')).rejects.toMatchObject({ code: 'UNREADABLE_DATA' })
      const rotated = make({ keyPrefix: 'packed:', encryptionKey: [Buffer.alloc(32, 8).toString('hex'), encryptionKey] })
      expect(await rotated.getItem('long')).toBe(long)
      const strict = make({ keyPrefix: 'packed:', encryptionKey, requireEncryption: true })
      await expect(strict.getItem('old')).rejects.toThrow('requireEncryption')
      // Moved to another key, the data no longer authenticates.
      await put({ ...(item as Record<string, AttributeValue>), session_id: { S: 'packed:moved' } })
      await expect(packed.getItem('moved')).rejects.toThrow('cannot be decrypted')
    })
  })

  describe('bad input', () => {
    it('is refused before any request', async () => {
      const driver = make()
      const bare = dynamodbDriver({ ...options, endpoint: proxy.endpoint })
      await expect(bare.getItem('')).rejects.toMatchObject({ code: 'INVALID_KEY', size: 0 })
      await expect(driver.setItem('k'.repeat(2048), 'x')).rejects.toMatchObject({ code: 'INVALID_KEY', limit: 2048 })
      await expect(driver.setItem('k', { a: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'value' })
      await expect(driver.getItem(undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'key' })
      await expect(driver.setItem('k', 'x'.repeat(410_000))).rejects.toMatchObject({ code: 'TOO_LARGE', limit: 409_600 })
      await expect(driver.setItems([{ key: 'k', value: 'x'.repeat(410_000) }])).rejects.toMatchObject({ code: 'TOO_LARGE' })
      expect(proxy.requests).toEqual([])
    })

    it('ends where DynamoDB ends: the largest item is stored, one byte more is refused', async () => {
      const driver = make({ keyPrefix: '' })
      const size = async (value: string) => driver.setItem('edge', value)
      let room = 409_600
      await size('x'.repeat(room)).catch((error: { size: number }) => (room -= error.size - 409_600))
      await size('x'.repeat(room - 256)) // one engine counts the values of an update's expression as well
      expect((await driver.getItem('edge'))?.length).toBe(room - 256)
      await driver.removeItem('edge')
    })

    it('of others is told apart from absence', async () => {
      const driver = make({ keyPrefix: 'odd:' })
      await put({ session_id: { S: 'odd:map' }, data: { M: {} } })
      await put({ session_id: { S: 'odd:encoding' }, data: { B: Buffer.from('x') }, encoding: { S: 'rot13' } })
      await put({ session_id: { S: 'odd:expiry' }, data: { S: 'x' }, expire_at: { S: 'tomorrow' } })
      for (const key of ['map', 'encoding', 'expiry']) {
        await expect(driver.getItem(key), key).rejects.toMatchObject({ code: 'UNREADABLE_DATA', key: `odd:${key}` })
      }
    })

    it('by others with an expiry that is no number is not written over, which says why', async () => {
      const driver = make({ keyPrefix: '' })
      const odd = { session_id: { S: 'odd' }, data: { S: 'before' }, expire_at: { S: 'tomorrow' } }
      await put(odd)
      await expect(driver.setItem('odd', 'after')).rejects.toMatchObject({ code: 'UNREADABLE_DATA' })
      expect(await itemAt('odd')).toEqual(odd)
      await driver.removeItem('odd')
    })
  })

  describe('a missing table', () => {
    it('is named with its region and the command that makes it', async () => {
      const driver = dynamodbDriver({ ...options, tableName: 'no-such-table' })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', tableName: 'no-such-table', region: 'us-east-1' })
      await expect(driver.getItem('a')).rejects.toThrow(/no table no-such-table in us-east-1.*createSessionTable/)
      await expect(driver.setItems([{ key: 'a', value: 'b' }])).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    })

    it('of another key schema is named with the options to set', async () => {
      const driver = dynamodbDriver({ ...options, tableKey: 'id' })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TABLE_MISMATCH' })
      await expect(driver.setItem('a', 'b')).rejects.toThrow('tableKey')
    })
  })

  describe('faults', () => {
    it('do not lose or repeat a write', async () => {
      const driver = make()
      for (const fault of ['throttle', 'error', 'error after', 'reset', 'reset after', 'truncate'] as const) {
        let left = 5
        proxy.fault = () => (left-- > 0 ? fault : undefined)
        await driver.setItem('a', fault)
        expect(await driver.getItem('a'), fault).toBe(fault)
      }
    })

    it('that last are typed errors', async () => {
      const driver = make({ maxAttempts: 1 })
      proxy.fault = () => 'reset'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'UNREACHABLE', action: 'dynamodb:GetItem', retryable: true })
      proxy.fault = () => 'throttle'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'THROTTLED' })
      proxy.fault = () => 'error'
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'SERVER_ERROR' })
      proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException', Message: 'User is not authorized' } })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'ACCESS_DENIED', action: 'dynamodb:GetItem' })
      proxy.fault = () => ({ status: 400, body: { __type: 'x#UnrecognizedClientException', message: 'The security token is invalid' } })
      await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'CREDENTIALS' })
    })

    it('do not make a request last longer than its timeout', async () => {
      const driver = make({ maxAttempts: 1, requestTimeout: 100 })
      proxy.fault = () => 2000
      const read = (): Promise<void> => expect(driver.getItem('a')).rejects.toMatchObject({ code: 'TIMEOUT' })
      expect(await quickest(read)).toBeLessThan(1000)
    })
  })

  describe('the client', () => {
    it('is made at the first call and again after dispose, which is harmless twice', async () => {
      const driver = make()
      await driver.dispose()
      await driver.setItem('a', '1')
      const before = driver.getInstance()
      await driver.dispose()
      await driver.dispose()
      expect(await driver.getItem('a')).toBe('1')
      expect(driver.getInstance()).not.toBe(before)
    })

    it('of the caller is used, plain or as a document client, and never destroyed', async () => {
      const own = bareClient(engine.endpoint)
      const destroy = vi.spyOn(own, 'destroy')
      for (const client of [own, DynamoDBDocumentClient.from(own, { marshallOptions: { removeUndefinedValues: true } })]) {
        const driver = dynamodbDriver({ tableName: options.tableName, client, keyPrefix: 'own:' })
        await driver.setItem('a', '{"nested":{"x":1}}')
        expect(await driver.getItem('a')).toBe('{"nested":{"x":1}}')
        expect(driver.getInstance()).toBe(client)
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
      secretKey: 'hush-hush',
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
    const driver = dynamodbDriver({ endpoint: 'http://127.0.0.1:1' })
    await expect(driver.getItem('a')).rejects.toMatchObject({ code: 'MISSING_REGION' })
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    const other = dynamodbDriver({ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1' })
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
