// A table shared with the Ruby gem aws-sessionstore-dynamodb 4. The fixtures are the items that its code writes:
// https://github.com/aws/aws-sessionstore-dynamodb-ruby/tree/main/lib/aws/session_store/dynamo_db/locking
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord } from '../../../src/index.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

type Data = Record<string, unknown>

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  let sessions = 0
  const make = (more: SessionOptions = {}) =>
    createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), hashIds: false, ...more })
  const itemAt = async (id: string) =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: id } }, ConsistentRead: true }))).Item

  /** The gem's key: the HMAC of Rack's id, and the id. */
  const gemId = (): string => {
    const rack = createHash('md5').update(`${process.pid}-${engine.name}-${sessions++}`).digest('hex')
    return `${createHash('sha256').update(rack).digest('hex')}--${rack}`
  }
  /** Ruby's `Time.now.to_f.to_s`. */
  const rubyTime = (seconds: number): AttributeValue => ({ S: `${seconds}.1234567` })
  /** What the gem stores for a new session with `max_stale`. */
  async function gemCreates(at: number, data: string, maxStale = 1000): Promise<string> {
    const id = gemId()
    const Item = {
      session_id: { S: id },
      data: { S: data },
      created_at: rubyTime(at),
      updated_at: rubyTime(at),
      expire_at: { N: String(at + maxStale) },
    }
    await client.send(new PutItemCommand({ TableName: options.tableName, Item }))
    return id
  }
  /** What the gem does when it saves a session: legacy attribute updates without a condition. */
  async function gemSaves(id: string, at: number, data: string, maxStale = 1000): Promise<void> {
    const AttributeUpdates = {
      data: { Value: { S: data }, Action: 'PUT' as const },
      updated_at: { Value: rubyTime(at), Action: 'PUT' as const },
      expire_at: { Value: { N: String(at + maxStale) }, Action: 'PUT' as const },
    }
    await client.send(new UpdateItemCommand({ TableName: options.tableName, Key: { session_id: { S: id } }, AttributeUpdates }))
  }

  describe('sessions of the gem', () => {
    it('are read, with its times as text', async () => {
      atTime(START + 10)
      const id = await gemCreates(START, '{"user_id": 1, "name": "Ada \\u00e9"}')
      const record = await make().read(id)
      expect(record).toMatchObject({
        id,
        key: id,
        data: { user_id: 1, name: 'Ada é' },
        createdAt: new Date(START * 1000 + 123),
        expiresAt: new Date((START + 1000) * 1000),
        version: '',
      })
    })

    it('are updated so that the gem reads them back', async () => {
      atTime(START + 10)
      const store = make({ maxStale: 1000 })
      const id = await gemCreates(START, '{"user_id": 1, "spaced": {"a": [1, 2]}}')
      const record = (await store.read(id)) as SessionRecord<Data>
      expect((await store.update(record, { ...record.data, added: true }))?.data).toEqual({
        user_id: 1,
        spaced: { a: [1, 2] },
        added: true,
      })
      const item = await itemAt(id)
      // The gem parses `data` as JSON text, and looks at nothing else but `locked_at`.
      expect(JSON.parse(item?.data?.S ?? '')).toEqual({ user_id: 1, spaced: { a: [1, 2] }, added: true })
      expect(item?.created_at).toEqual(rubyTime(START))
      expect(item?.expire_at).toEqual({ N: String(START + 1010) })
      expect(item).not.toHaveProperty('encoding')
    })

    it('written in another JSON style count as unchanged', async () => {
      atTime(START + 10)
      const store = make()
      const id = await gemCreates(START, '{ "a" : 1 }', 14 * 86_400)
      const record = (await store.read(id)) as SessionRecord<Data>
      proxy.reset()
      expect((await store.update(record, { a: 1 }))?.data).toEqual({ a: 1 })
      expect(proxy.requests).toEqual([])
    })

    it('that the gem changed meanwhile are merged, though it never changes the version', async () => {
      atTime(START + 10)
      const store = make()
      const id = await gemCreates(START, '{"a":1,"b":1}')
      let record = (await store.read(id)) as SessionRecord<Data>
      await gemSaves(id, START + 11, '{"a":2,"b":1}')
      record = (await store.update(record, { a: 1, b: 2 })) as SessionRecord<Data>
      expect(record.data).toEqual({ a: 2, b: 2 })
      // Ours by now, with a version; the gem's next save leaves that as it is.
      await gemSaves(id, START + 12, '{"a":3,"b":2}')
      expect((await store.update(record, { a: 2, b: 3 }))?.data).toEqual({ a: 3, b: 3 })
      const errors = make({ onConflict: 'error' })
      record = (await errors.read(id)) as SessionRecord<Data>
      await gemSaves(id, START + 13, '{"a":4,"b":3}')
      await expect(errors.update(record, { a: 3, b: 4 })).rejects.toMatchObject({ code: 'CONFLICT' })
    })

    it('are touched although their updated_at is a text', async () => {
      atTime(START + 500)
      const store = make({ maxStale: 1000 })
      const id = await gemCreates(START, '{"a":1}')
      const touched = await store.touch((await store.read(id)) as SessionRecord<Data>)
      expect(touched?.expiresAt).toEqual(new Date((START + 1500) * 1000))
      expect(await itemAt(id)).toMatchObject({ updated_at: { N: String(START + 500) }, expire_at: { N: String(START + 1500) } })
    })

    it('that the gem changed meanwhile are not hidden by a touch', async () => {
      atTime(START + 10)
      const store = make({ maxStale: 1000 })
      const id = await gemCreates(START, '{"a":1}')
      const record = (await store.read(id)) as SessionRecord<Data>
      atTime(START + 300)
      await gemSaves(id, START + 200, '{"a":1,"gem":1}')
      const touched = (await store.touch(record)) as SessionRecord<Data>
      await store.update(touched, { ...touched.data, ours: 1 })
      expect(JSON.parse((await itemAt(id))?.data?.S ?? '')).toEqual({ a: 1, gem: 1, ours: 1 })
    })

    it('end by their times', async () => {
      const id = await gemCreates(START, '{"a":1}', 5000)
      atTime(START + 999)
      expect(await make({ maxStale: 1000 }).read(id)).not.toBe(null)
      atTime(START + 1001)
      expect(await make({ maxStale: 1000 }).read(id)).toBe(null)
      expect(await make({ maxStale: 0, maxAge: 1000 }).read(id)).toBe(null)
      expect(await make({ maxStale: 0 }).read(id)).not.toBe(null)
      atTime(START + 5000)
      expect(await make({ maxStale: 0 }).read(id)).toBe(null)
    })

    it('whose data was text before are packed by what data is, not by a leftover encoding', async () => {
      const encryptionKey = Buffer.alloc(32, 3).toString('hex')
      const store = make({ encryptionKey })
      const record = await store.create({ a: 1 })
      expect((await itemAt(record.id))?.encoding).toEqual({ S: 'aes-256-gcm' })
      await gemSaves(record.id, Math.floor(Date.now() / 1000), '{"a":2}')
      expect((await store.read(record.id))?.data).toEqual({ a: 2 })
    })

    it('that the gem has locked are waited for, until the lock has not changed for a lease', async () => {
      const store = make({ lockRetryDelay: 20, lockMaxWaitTime: 0.2, lockExpiryTime: 400 })
      const now = Math.floor(Date.now() / 1000)
      const id = await gemCreates(now, '{"a":1}')
      const lock = (locked_at: AttributeValue | undefined) =>
        client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: { session_id: { S: id } },
            AttributeUpdates: { locked_at: locked_at ? { Value: locked_at, Action: 'PUT' } : { Action: 'DELETE' } },
          }),
        )
      await lock(rubyTime(now))
      await expect(store.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
      const patient = make({ lockRetryDelay: 20, lockMaxWaitTime: 5, lockExpiryTime: 400 })
      const began = performance.now()
      expect(await patient.withLock(id, async () => 'after the lease')).toBe('after the lease')
      expect(performance.now() - began).toBeGreaterThan(390)
      await lock(rubyTime(now + 1))
      setTimeout(() => void lock(undefined), 60)
      // Long before a lease of that length would end.
      const unhurried = make({ lockRetryDelay: 20, lockMaxWaitTime: 30, lockExpiryTime: 60_000 })
      expect(await unhurried.withLock(id, async () => 'released')).toBe('released')
      expect(await itemAt(id)).not.toHaveProperty('locked_at')
    })
  })
})
