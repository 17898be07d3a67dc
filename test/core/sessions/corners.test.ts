// Interleavings and inputs that once broke a guarantee; each fails without the code that mends it.
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionStore } from '../../../src/index.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import type { DynamoSessionStorage, DynamoSessionStorageOptions } from '../../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix2Storage } from '../../../src/remix.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../../src/remix3.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import { cookieOf } from '../../support/cookie.ts'

type Data = Record<string, unknown>

function must<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('there is nothing')
  return value
}

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  const host = (more: SessionOptions = {}): SessionStore<Data> =>
    createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), ...more })
  const router = (more: DynamoSessionStorageOptions = {}): DynamoSessionStorage<Data, Data> =>
    createDynamoSessionStorage<Data, Data>({
      driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }),
      secretKey: 'secret',
      ...more,
    })
  const remix3 = (more: SessionOptions = {}) => createRemix3Storage({ ...options, endpoint: proxy.endpoint, ...more })
  const itemAt = async (key: string) =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item
  const setAttribute = (key: string, name: string, value: AttributeValue) =>
    client.send(
      new UpdateItemCommand({
        TableName: options.tableName,
        Key: { session_id: { S: key } },
        UpdateExpression: 'SET #n = :v',
        ExpressionAttributeNames: { '#n': name },
        ExpressionAttributeValues: { ':v': value },
      }),
    )
  async function started(storage: DynamoSessionStorage<Data, Data>, data: Data = { a: 1 }): Promise<string> {
    const session = await storage.getSession()
    for (const [name, value] of Object.entries(data)) session.set(name, value)
    return cookieOf(await storage.commitSession(session))
  }

  describe('grace', () => {
    it('of 60 s or more gives a late request no cookie of the old id, and costs it no write', async () => {
      const storage = router()
      const cookie = await started(storage)
      await storage.regenerateSession(await storage.getSession(cookie), { grace: 120 })
      const late = await storage.getSession(cookie)
      expect(late.get('a')).toBe(1)
      proxy.reset()
      expect(await storage.commitSession(late)).toBe('')
      expect(proxy.requests).toEqual([])
      const store = host()
      const record = await store.create({ a: 1 })
      await store.regenerate(record, { grace: 120 })
      const old = must(await store.read(record.id))
      expect(await store.touch(old)).toBe(null)
      expect(await store.update(old, { a: 1 })).toBe(null)
    })

    it('does not outlive what was asked for', async () => {
      atTime(START)
      const store = host()
      const record = await store.create({ a: 1 }, { expiresAt: new Date((START + 5) * 1000) })
      await store.regenerate(record, { grace: 3600 })
      atTime(START + 100)
      expect(await store.read(record.id)).toBe(null)
    })
  })

  describe('what reads as expired', () => {
    it('is not written, though expire_at says otherwise', async () => {
      atTime(START)
      const record = await host({ maxStale: 1000 }).create({ a: 1 })
      const store = host({ maxStale: 100 })
      atTime(START + 50)
      const mine = must(await store.read(record.id))
      atTime(START + 120)
      expect(await store.read(record.id)).toBe(null)
      expect(await store.update(mine, { a: 2 })).toBe(null)
      expect(await store.read(record.id)).toBe(null)
    })

    it('is not touched in the second that expire_at was rounded up by', async () => {
      atTime(START + 0.2)
      const store = host({ maxStale: 100 })
      const record = await store.create({ a: 1 })
      atTime(START + 100.5)
      expect(await store.touch(record)).toBe(null)
      expect(await store.read(record.id)).toBe(null)
    })

    it('is not left with a lock', async () => {
      atTime(START)
      const record = await host({ maxStale: 1000 }).create({ a: 1 })
      atTime(START + 500)
      expect(await host({ maxStale: 100 }).withLock(record.id, async () => 1)).toBe(null)
      expect(await itemAt(record.key)).not.toHaveProperty('lock_token')
    })
  })

  describe('touches', () => {
    it('of parallel requests are one', async () => {
      atTime(START)
      const storage = router({ maxStale: 1000 })
      const store = host({ maxStale: 1000 })
      const cookie = await started(storage)
      const record = await store.create({ a: 1 })
      atTime(START + 200)
      const sessions = await Promise.all([1, 2, 3, 4].map(() => storage.getSession(cookie)))
      proxy.reset()
      await Promise.all(sessions.map((session) => storage.commitSession(session)))
      expect(proxy.operations()).toEqual(['UpdateItem'])
      await Promise.all([1, 2, 3, 4].map(() => store.touch(record)))
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
    })

    it('extend a session whose idle end is earlier than its stored one', async () => {
      atTime(START)
      const record = await host({ maxStale: 10_000 }).create({ a: 1 }, { expiresAt: new Date((START + 1000) * 1000) })
      const store = host({ maxStale: 600 })
      atTime(START + 500)
      await store.touch(must(await store.read(record.id)))
      atTime(START + 700)
      expect(await store.read(record.id)).not.toBe(null)
    })

    it('do not hide what the Ruby gem changed', async () => {
      atTime(START + 10)
      const id = `${createHash('sha256').update(`${engine.name}${process.hrtime()}`).digest('hex')}--rack`
      const store = host({ hashIds: false, maxStale: 1000 })
      const rubyTime = (seconds: number): AttributeValue => ({ S: `${seconds}.1234567` })
      const Item = {
        session_id: { S: id },
        data: { S: '{"a":1}' },
        created_at: rubyTime(START),
        updated_at: rubyTime(START),
        expire_at: { N: String(START + 1000) },
      }
      await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
      const record = must(await store.read(id))
      atTime(START + 300)
      await setAttribute(id, 'data', { S: '{"a":1,"gem":1}' })
      await setAttribute(id, 'updated_at', rubyTime(START + 200))
      const touched = must(await store.touch(record))
      await store.update(touched, { ...touched.data, ours: 1 })
      expect(JSON.parse((await itemAt(id))?.data?.S ?? '')).toEqual({ a: 1, gem: 1, ours: 1 })
    })
  })

  describe('locks', () => {
    it('are waited for as long as lockMaxWaitTime says', async () => {
      const [one, two] = [host({ lockExpiryTime: 5000 }), host()]
      const { id } = await one.create({ n: 0 })
      let release: (() => void) | undefined
      const held = one.withLock(id, () => new Promise<void>((resolve) => (release = resolve)))
      await sleep(50)
      setTimeout(() => release?.(), 700)
      expect(await two.withLock(id, async () => 'got')).toBe('got')
      await held
    })

    it('that were not had in time name the time of the store that asked', async () => {
      const driver = dynamodbDriver({ ...options, endpoint: proxy.endpoint })
      const store = createSessionStore<Data>({ driver, lockMaxWaitTime: 0.2 })
      const { id } = await store.create({ n: 0 })
      await store.withLock(id, async () => {
        await expect(store.withLock(id, async () => 1)).rejects.toThrow('for 0.2 s')
      })
    })

    it('of a record that cannot be decoded are released, and it counts as absent', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'data', { S: '{broken' })
      expect(await store.withLock(record.id, async () => 'ran')).toBe(null)
      expect(errorHandler.mock.calls).toEqual([[expect.objectContaining({ code: 'UNREADABLE_DATA' }), { operation: 'read' }]])
      expect(await itemAt(record.key)).not.toHaveProperty('lock_token')
    })
  })

  describe('one Session object', () => {
    it('of Remix 3 that changes during a save is saved by the next', async () => {
      const storage = remix3()
      const session = await storage.read(null)
      session.set('a', 1)
      const saving = storage.save(session)
      session.set('b', 2)
      const id = must(await saving)
      await storage.save(session)
      expect((await storage.read(id)).get('b')).toBe(2)
    })
  })

  describe('a log-out', () => {
    it('is not undone by regenerateId(false) of Remix 3', async () => {
      const storage = remix3()
      const session = await storage.read(null)
      session.set('user', 'ada')
      const late = await storage.read(must(await storage.save(session)))
      await host().destroy(late.id)
      late.regenerateId(false)
      expect(await storage.save(late)).toBe(null)
    })
  })

  describe('what is stored', () => {
    it('has the user of the data as it was at the call', async () => {
      const store = host({ userIdKey: 'userId' })
      const data: Data = { userId: 'ada' }
      const creating = store.create(data)
      delete data.userId
      const record = await creating
      expect((await itemAt(record.key))?.user_id).toEqual({ S: 'ada' })
      const next: Data = { userId: 'bob' }
      const updating = store.update(record, next)
      next.userId = 'eve'
      await updating
      expect(await itemAt(record.key)).toMatchObject({ user_id: { S: 'bob' }, data: { S: '{"userId":"bob"}' } })
    })

    it('by others in attributes of a wrong type is unreadable, not a conflict', async () => {
      for (const [name, value] of [
        ['version', { N: '1' }],
        ['expire_at', { S: '99999999999' }],
      ] as const) {
        const errorHandler = vi.fn()
        const store = host({ errorHandler })
        const record = await store.create({ a: 1 })
        await setAttribute(record.key, name, value as AttributeValue)
        expect(await store.read(record.id), name).toBe(null)
        expect(errorHandler.mock.lastCall?.[0], name).toMatchObject({ code: 'UNREADABLE_DATA' })
      }
    })

    it('by others with more digits than a number holds is no conflict without end', async () => {
      const store = host()
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'max_expire_at', { N: '4000000000.1234567890123456789' })
      const read = must(await store.read(record.id))
      proxy.reset()
      expect((await store.update(read, { a: 2 }))?.data).toEqual({ a: 2 })
      expect(proxy.operations()).toEqual(['UpdateItem'])
    })

    it('by others with a time that no Date can hold is unreadable, not a cookie that cannot be made', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'expire_at', { N: '1e100' })
      expect(await store.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0]).toMatchObject({ code: 'UNREADABLE_DATA' })
    })

    it('by others with a chain of encodings is refused before the first of them', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'data', { B: Buffer.from('no gzip') })
      await setAttribute(record.key, 'encoding', { S: 'gzip+gzip' })
      expect(await store.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0].message).toContain('does not know')
    })

    it('by others with an expiry that is no number is not written over by the driver, which says why', async () => {
      const driver = dynamodbDriver({ ...options, endpoint: proxy.endpoint })
      await driver.setItem('odd', 'before')
      await setAttribute('odd', 'expire_at', { S: 'tomorrow' })
      await expect(driver.setItem('odd', 'after')).rejects.toMatchObject({ code: 'UNREADABLE_DATA' })
      expect((await itemAt('odd'))?.data).toEqual({ S: 'before' })
    })

    it('and is no object gives adapters an empty session, not a TypeError', async () => {
      const record = await createSessionStore<unknown>({ ...options, endpoint: proxy.endpoint }).create(null)
      expect((await remix3({ errorHandler: () => {} }).read(record.id)).size).toBe(0)
      const storage = router({ errorHandler: () => {} })
      const cookie = await started(storage)
      await setAttribute(host().keyOf((await storage.getSession(cookie)).id), 'data', { S: '[]' })
      expect((await storage.getSession(cookie)).data).toEqual({})
    })
  })

  describe('secrets', () => {
    it('of the cookie must be a list of texts', async () => {
      for (const secrets of ['abcdef', [''], [undefined], [42]]) {
        const cookie = { secrets } as never
        for (const storage of [createDynamoSessionStorage({ ...options, cookie }), createRemix2Storage({ ...options, cookie })]) {
          await expect(storage.getSession(), JSON.stringify(secrets)).rejects.toMatchObject({
            code: expect.stringMatching(/INVALID_OPTION|MISSING_SECRET_KEY/),
          })
        }
      }
    })

    it('in an endpoint are refused', () => {
      expect(() => dynamodbDriver({ endpoint: 'http://user:hunter2@127.0.0.1:1' })).toThrow(/^(?!.*hunter2).*without a name and a password/)
    })

    it('do not come with ids that are not hashed in an error that is caught under the lock', async () => {
      const store = host({ hashIds: false })
      const record = await store.create({ a: 1 })
      const error = await store.withLock(record.id, async (locked) => {
        await setAttribute(record.key, 'lock_token', { S: 'of another' })
        return locked.update({ a: 2 }).catch((thrown: unknown) => thrown as Error)
      })
      expect(error).toMatchObject({ code: 'LOCK_LOST' })
      expect(`${(error as Error).message} ${(error as Error).stack}`).not.toContain(record.id)
    })

    it('do not come with ids that are not hashed: no error shows them', async () => {
      const store = host({ hashIds: false, onConflict: 'error' })
      const record = await store.create({ a: 1 })
      const other = must(await store.read(record.id))
      await store.update(record, { a: 2 })
      const error = (await store.update(other, { a: 3 }).catch((thrown: unknown) => thrown)) as Error & { key: string }
      expect(error).toMatchObject({ code: 'CONFLICT' })
      expect(`${error.message} ${error.stack} ${error.key} ${JSON.stringify(error)}`).not.toContain(record.id)
    })
  })
})
