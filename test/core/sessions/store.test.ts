import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions, SessionRecord, SessionStore } from '../../../src/index.ts'
import { atTime, START } from '../../support/clock.ts'
import { bareClient, onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import type { Fault, ProxiedRequest } from '../../support/proxy.ts'

type Data = Record<string, unknown>

const DAY = 86_400

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  const reads = engine.name === 'dynalite' ? ['GetItem'] : [] // in place of ALL_OLD
  let stores = 0
  /** A store with a client and a queue of its own, as on another host. */
  const host = (more: SessionOptions = {}): SessionStore<Data> =>
    createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), ...more })
  const store = (more: SessionOptions = {}): SessionStore<Data> =>
    createSessionStore<Data>({ ...options, endpoint: proxy.endpoint, maxAttempts: 4 + (stores++ % 3), ...more })

  const Key = (key: string) => ({ session_id: { S: key } })
  const itemAt = async (key: string): Promise<Record<string, AttributeValue> | undefined> =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: Key(key), ConsistentRead: true }))).Item
  const put = (item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
  const alive = async (of: SessionStore<Data>, record: SessionRecord<Data>): Promise<SessionRecord<Data>> => {
    const found = await of.read(record.id)
    if (!found) throw new Error('the session is gone')
    return found
  }

  describe('a session', () => {
    it('is created by one request and read by one, with the shape of the design', async () => {
      const sessions = store({ hashIds: true })
      atTime(START)
      const record = await sessions.create({ user: 'ada', count: 1 })
      const found = await sessions.read(record.id)
      expect(proxy.operations()).toEqual(['PutItem', 'GetItem'])
      expect(found).toEqual(record)
      expect(record).toEqual({
        id: expect.stringMatching(/^[\w-]{43}$/),
        key: createHash('sha256').update(record.id).digest('hex'),
        data: { user: 'ada', count: 1 },
        createdAt: new Date(START * 1000),
        updatedAt: new Date(START * 1000),
        expiresAt: new Date((START + 14 * DAY) * 1000),
        version: expect.stringMatching(/^[\w-]{12}$/),
      })
      expect(await itemAt(record.key)).toEqual({
        session_id: { S: record.key },
        data: { S: '{"user":"ada","count":1}' },
        created_at: { N: String(START) },
        updated_at: { N: String(START) },
        expire_at: { N: String(START + 14 * DAY) },
        version: { S: record.version },
      })
      expect(sessions.keyOf(record.id)).toBe(record.key)
    })

    it('has an id that nobody can guess and the table does not hold', async () => {
      const sessions = store()
      const ids = await Promise.all(Array.from({ length: 50 }, async () => (await sessions.create({})).id))
      expect(new Set(ids).size).toBe(50)
      for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32)
      expect(JSON.stringify(proxy.requests)).not.toContain(ids[0])
    })

    it('draws another id when one is taken, and gives up in the end', async () => {
      const drawn = ['a'.repeat(20), 'a'.repeat(20), 'b'.repeat(20)]
      const sessions = store({ generateId: () => drawn.shift() ?? 'a'.repeat(20) })
      await sessions.create({ n: 1 })
      expect((await sessions.create({ n: 2 })).id).toBe('b'.repeat(20))
      await expect(sessions.create({ n: 3 })).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'generateId' })
      expect((await sessions.read('a'.repeat(20)))?.data).toEqual({ n: 1 })
      await expect(store({ generateId: () => 'short' }).create({})).rejects.toMatchObject({ option: 'generateId' })
    })

    it('of a given id is created once, and again when it has expired', async () => {
      const sessions = store()
      const id = 'given-id-0123456789'
      atTime(START)
      const first = await sessions.create({ n: 1 }, { id, expiresAt: new Date((START + 60) * 1000) })
      await expect(sessions.create({ n: 2 }, { id })).rejects.toMatchObject({ code: 'CONFLICT', key: first.key })
      atTime(START + 60)
      const second = await sessions.create({ n: 3 }, { id })
      expect(second.createdAt).toEqual(new Date((START + 60) * 1000))
      expect(await itemAt(first.key)).not.toHaveProperty('max_expire_at')
      await expect(sessions.create({}, { id: 'short' })).rejects.toMatchObject({ code: 'INVALID_ID' })
    })

    it('gives every reader data of its own', async () => {
      const sessions = store()
      const { id } = await sessions.create({ list: [1] })
      proxy.reset()
      const [one, two] = await Promise.all([sessions.read(id), sessions.read(id), sessions.read(id), sessions.read(id)])
      ;((one as SessionRecord<Data>).data.list as number[]).push(2)
      expect(two?.data).toEqual({ list: [1] })
      expect(proxy.operations()).toEqual(['GetItem'])
    })

    it('is not asked for when the id is malformed', async () => {
      const sessions = store()
      for (const id of [
        '',
        'short',
        'x'.repeat(129),
        'has spaces in it, really',
        '../../../../etc/passwd',
        42 as never,
        undefined as never,
      ]) {
        expect(await sessions.read(id)).toBe(null)
        await sessions.destroy(id)
      }
      expect(proxy.requests).toEqual([])
      expect(() => sessions.keyOf('short')).toThrow('16 to 128')
    })

    it('may hold what JSON can, and refuses the rest before any request', async () => {
      const sessions = store()
      const data = { deep: { a: [{ b: null }] }, text: 'héllo \ud800 \u2028', when: new Date(0), ['__proto__x']: 1, n: 1e21 }
      const record = await sessions.create(data)
      expect((await sessions.read(record.id))?.data).toEqual({ ...data, when: '1970-01-01T00:00:00.000Z' })
      proxy.reset()
      const cyclic: Data = {}
      cyclic.self = cyclic
      for (const bad of [cyclic, { big: 1n }, undefined as never]) {
        await expect(sessions.create(bad)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'data' })
      }
      await expect(sessions.create({ x: 'x'.repeat(410_000) })).rejects.toMatchObject({ code: 'TOO_LARGE', limit: 409_600 })
      await expect(sessions.update(record, { x: 'x'.repeat(410_000) })).rejects.toMatchObject({ code: 'TOO_LARGE' })
      expect(proxy.requests).toEqual([])
    })

    it('cannot pollute a prototype', async () => {
      const sessions = store()
      const record = await sessions.create(JSON.parse('{"__proto__":{"polluted":1},"a":1}') as Data)
      const other = await alive(host(), record)
      await sessions.update(record, JSON.parse('{"__proto__":{"polluted":2},"a":1,"b":2}') as Data)
      const merged = await host().update(other, { ...other.data, c: 3 })
      expect(({} as Data).polluted).toBe(undefined)
      expect(Object.keys(merged?.data ?? {}).toSorted()).toEqual(['__proto__', 'a', 'b', 'c'])
    })
  })

  describe('lifetimes (guarantees 1, 6, 8)', () => {
    it('end at the idle limit, the absolute limit and what was asked for, whichever is first', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000, maxStale: 300, touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      expect(record.expiresAt).toEqual(new Date((START + 300) * 1000))
      let latest = record
      for (const second of [250, 500, 750, 900]) {
        atTime(START + second)
        const touched = await sessions.touch(latest)
        if (!touched) throw new Error('gone')
        latest = touched
      }
      expect(latest.expiresAt).toEqual(new Date((START + 1000) * 1000))
      atTime(START + 999.9)
      expect(await sessions.read(record.id)).not.toBe(null)
      atTime(START + 1000)
      expect(await sessions.read(record.id)).toBe(null)
    })

    it('are enforced by the stored times, also when the limits have become shorter since', async () => {
      atTime(START)
      const record = await store().create({ a: 1 })
      atTime(START + 100)
      expect(await store({ maxAge: 101 }).read(record.id)).not.toBe(null)
      expect(await store({ maxAge: 100 }).read(record.id)).toBe(null)
      expect(await store({ maxStale: 101 }).read(record.id)).not.toBe(null)
      expect(await store({ maxStale: 100 }).read(record.id)).toBe(null)
    })

    it('never end with maxStale 0', async () => {
      const record = await store({ maxStale: 0 }).create({ a: 1 })
      expect(record.expiresAt).toBe(undefined)
      expect(await itemAt(record.key)).not.toHaveProperty('expire_at')
    })

    it('round up to whole seconds', async () => {
      atTime(START + 0.25)
      const record = await store({ maxStale: 10 }).create({})
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 11) })
    })

    it('keep what a call asked for until another call asks', async () => {
      atTime(START)
      const sessions = store({ maxStale: 1000, touchAfter: 0 })
      const at = (seconds: number) => new Date((START + seconds) * 1000)
      let record = await sessions.create({ a: 1 }, { expiresAt: at(500) })
      expect(record.expiresAt).toEqual(at(500))
      atTime(START + 100)
      record = (await sessions.touch(record)) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(500))
      record = (await sessions.update(record, { a: 2 })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(500))
      record = (await sessions.update(record, { a: 3 }, { expiresAt: at(800) })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(800))
      // Another host, which has read the record before, knows nothing of the request; its touch must not undo it.
      const stale = await alive(host({ maxStale: 1000, touchAfter: 0 }), record)
      record = (await sessions.touch(record, { expiresAt: at(200) })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(200))
      atTime(START + 110)
      await host({ maxStale: 1000, touchAfter: 0 }).touch(stale)
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 200) })
      expect((await host({ maxStale: 1000 }).update(stale, { ...stale.data, b: 1 }))?.expiresAt).toEqual(at(200))
      // Nor where none had asked before.
      const plain = await sessions.create({ a: 1 })
      const unasked = await alive(host({ maxStale: 1000, touchAfter: 0 }), plain)
      await sessions.touch(plain, { expiresAt: at(300) })
      atTime(START + 120)
      await host({ maxStale: 1000, touchAfter: 0 }).touch(unasked)
      expect((await itemAt(plain.key))?.expire_at).toEqual({ N: String(START + 300) })
    })

    it('asked for earlier are written at once, later ones when they gain enough', async () => {
      atTime(START)
      const sessions = store({ maxStale: 10_000, touchAfter: 100 })
      const at = (seconds: number) => new Date((START + seconds) * 1000)
      const record = await sessions.create({ a: 1 }, { expiresAt: at(5000) })
      proxy.reset()
      expect(await sessions.touch(record, { expiresAt: at(5050) })).toBe(record)
      expect(await sessions.touch(record, { expiresAt: at(4999.5) })).toBe(record)
      expect(proxy.requests).toEqual([])
      expect((await sessions.touch(record, { expiresAt: at(4990) }))?.expiresAt).toEqual(at(4990))
      expect((await sessions.touch(record, { expiresAt: at(5200) }))?.expiresAt).toEqual(at(5200))
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
    })

    it('refuse milliseconds', async () => {
      const sessions = store()
      expect(() => store({ maxAge: 86_400_000 })).toThrow('did you mean 86400?')
      await expect(sessions.create({}, { expiresAt: new Date(Date.now() * 1000) })).rejects.toThrow('did you mean')
      await expect(sessions.create({}, { expiresAt: new Date('x') })).rejects.toMatchObject({ argument: 'expiresAt' })
    })

    it('are extended only when touchAfter has passed: by default a tenth of the lifetime', async () => {
      atTime(START)
      const sessions = store({ maxStale: 1000 })
      const record = await sessions.create({ a: 1 })
      proxy.reset()
      atTime(START + 99)
      expect(await sessions.touch(record)).toBe(record)
      expect(await sessions.update(record, { a: 1 })).toMatchObject({ data: { a: 1 } })
      expect(proxy.requests).toEqual([])
      atTime(START + 101)
      const touched = await sessions.update(record, { a: 1 })
      expect(touched?.expiresAt).toEqual(new Date((START + 1101) * 1000))
      expect(touched?.version).toBe(record.version)
      expect(proxy.operations()).toEqual(['UpdateItem'])
      expect(proxy.requests[0]?.body.ExpressionAttributeValues).not.toHaveProperty(':data')
    })

    it('are not touched when a touch gains nothing', async () => {
      atTime(START)
      const sessions = store({ maxAge: 100, maxStale: 1000, touchAfter: 1 })
      const record = await sessions.create({ a: 1 })
      proxy.reset()
      atTime(START + 50)
      expect(await sessions.touch(record)).toBe(record)
      expect(proxy.requests).toEqual([])
    })

    it('cost a host whose clock is behind nothing', async () => {
      atTime(START + 20)
      const record = await host().create({ a: 1 })
      atTime(START)
      const behind = host({ touchAfter: 0 })
      const same = await alive(behind, record)
      proxy.reset()
      expect(await behind.touch(same)).toBe(same)
      expect(await behind.update(same, { a: 1 })).not.toBe(null)
      expect(proxy.requests).toEqual([])
    })

    it('are never shortened by a touch that comes late', async () => {
      atTime(START)
      const slow = host({ maxStale: 1000, touchAfter: 0 })
      const fast = host({ maxStale: 1000, touchAfter: 0 })
      const record = await slow.create({ a: 1 })
      const same = await alive(fast, record)
      atTime(START + 20)
      await fast.touch(same)
      atTime(START + 10) // the clock of a host behind
      const late = await slow.touch(record)
      expect(late?.expiresAt).toEqual(new Date((START + 1020) * 1000))
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 1020) })
    })
  })

  describe('what is gone stays gone (guarantees 1, 2)', () => {
    const ways: Record<string, (sessions: SessionStore<Data>, record: SessionRecord<Data>) => Promise<unknown>> = {
      destroyed: (sessions, record) => sessions.destroy(record.id),
      'destroyed by key': (sessions, record) => sessions.destroyByKey(record.key),
      regenerated: (sessions, record) => sessions.regenerate(record),
      'regenerated with grace': async (sessions, record) => {
        await sessions.regenerate(record, { grace: 1000 })
        atTime(START + 1005)
      },
      expired: async () => atTime(START + 15 * DAY),
      'expired by the shorter lifetime of another host': async (_, record) => {
        const hasty = host({ maxStale: 10, touchAfter: 0 })
        await hasty.touch(await alive(hasty, record))
        atTime(START + 20)
      },
      'deleted by TTL': (_, record) => client.send(new DeleteItemCommand({ TableName: options.tableName, Key: Key(record.key) })),
      'a phantom of another program': async (_, record) => {
        await put({ ...Key(record.key), expire_at: { N: '99999999999' } })
      },
    }
    for (const [way, vanish] of Object.entries(ways)) {
      it(`when it was ${way}: no read, update, touch or regenerate brings it back`, async () => {
        atTime(START)
        const sessions = host({ touchAfter: 0 })
        const record = await sessions.create({ a: 1 })
        const other = await alive(host({ touchAfter: 0 }), record)
        atTime(START + 5)
        await vanish(sessions, record)
        const before = await itemAt(record.key)
        expect(await sessions.read(record.id)).toBe(null)
        expect(await sessions.update(record, { a: 2 })).toBe(null)
        expect(await sessions.touch(record)).toBe(null)
        expect(await host({ touchAfter: 0 }).update(other, { a: 3 })).toBe(null)
        expect(await host({ touchAfter: 0 }).update(other, { a: 1 })).toBe(null)
        expect(await host().regenerate(other)).toBe(null)
        expect(await host().withLock(record.id, async () => 'locked')).toBe(null)
        expect(await itemAt(record.key)).toEqual(before)
      })
    }

    it('and what was never issued is not created by update, touch or regenerate', async () => {
      const sessions = store({ touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      await expect(sessions.update({ ...record }, { a: 2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'record' })
      await expect(sessions.touch({ ...record })).rejects.toMatchObject({ argument: 'record' })
      await expect(sessions.regenerate({ ...record })).rejects.toMatchObject({ argument: 'record' })
    })
  })

  describe('conflicts (guarantee 3)', () => {
    it('of different keys are merged', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1, b: 1, gone: 1 })
      const other = await alive(two, record)
      await one.update(record, { a: 2, b: 1, gone: 1, added: 'one' })
      proxy.reset()
      const merged = await two.update(other, { a: 1, b: 2 })
      expect(merged?.data).toEqual({ a: 2, b: 2, added: 'one' })
      expect(proxy.operations()).toEqual(['UpdateItem', ...reads, 'UpdateItem'])
      expect((await one.read(record.id))?.data).toEqual({ a: 2, b: 2, added: 'one' })
    })

    it('of one key go to the later commit', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      const other = await alive(two, record)
      await one.update(record, { a: 'one' })
      expect((await two.update(other, { a: 'two' }))?.data).toEqual({ a: 'two' })
    })

    it('end without a write when nothing is left to change', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      const other = await alive(two, record)
      const first = await one.update(record, { a: 2 })
      const second = await two.update(other, { a: 2 })
      expect(second?.version).toBe(first?.version)
    })

    it('are found by what was read, so that changes in place count', async () => {
      const sessions = store()
      const record = await sessions.create({ cart: ['a'] })
      record.data.cart = ['a', 'b']
      ;(record.data.cart as string[]).push('c')
      await sessions.update(record, record.data)
      expect((await sessions.read(record.id))?.data).toEqual({ cart: ['a', 'b', 'c'] })
    })

    it('do not remove a flash message that was set meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ __flash_note__: 'first' })
      const other = await alive(two, record)
      await one.update(record, { __flash_note__: 'second' })
      expect((await two.update(other, { shown: 1 }))?.data).toEqual({ __flash_note__: 'second', shown: 1 })
    })

    it('with overwrite keep the later data whole, with error are errors', async () => {
      const [one, two, three] = [host(), host({ onConflict: 'overwrite' }), host({ onConflict: 'error' })]
      const record = await one.create({ a: 1, b: 1 })
      const [second, third] = [await alive(two, record), await alive(three, record)]
      await one.update(record, { a: 2, b: 1 })
      await expect(three.update(third, { a: 1, b: 3 })).rejects.toMatchObject({ code: 'CONFLICT', key: record.key })
      expect((await two.update(second, { a: 1, b: 2 }))?.data).toEqual({ a: 1, b: 2 })
      expect((await one.read(record.id))?.data).toEqual({ a: 1, b: 2 })
    })

    it('within a process cost no request: 100 updates by 10 parallel writers take at most 150', async () => {
      const sessions = store()
      const { id } = await sessions.create({})
      proxy.reset()
      await Promise.all(
        Array.from({ length: 10 }, async (_, writer) => {
          let record = await sessions.read(id)
          for (let n = 0; n < 10; n++) {
            record = await sessions.update(record as SessionRecord<Data>, { ...record?.data, [`w${writer}`]: n })
          }
        }),
      )
      expect(proxy.operations().filter((name) => name === 'UpdateItem')).toHaveLength(100)
      expect(proxy.requests.length).toBeLessThanOrEqual(150)
      const latest = await sessions.read(id)
      expect(latest?.data).toEqual(Object.fromEntries(Array.from({ length: 10 }, (_, writer) => [`w${writer}`, 9])))
    })

    it('between many hosts lose nothing', async () => {
      const hosts = Array.from({ length: 8 }, () => host())
      const record = await (hosts[0] as SessionStore<Data>).create({})
      await Promise.all(
        hosts.map(async (sessions, n) => {
          const mine = await alive(sessions, record)
          await sessions.update(mine, { ...mine.data, [`host${n}`]: n })
        }),
      )
      expect(Object.keys((await host().read(record.id))?.data ?? {})).toHaveLength(8)
    })

    it('are resolved by consistent reads, whatever consistentRead (guarantee 14)', async () => {
      const eventual = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, consistentRead: false }),
      })
      const record = await host().create({ a: 1, b: 1 })
      proxy.reset()
      const mine = await alive(eventual, record)
      expect(proxy.requests.map(({ body }) => body.ConsistentRead)).toEqual([false])
      await host().update(await alive(host(), record), { a: 2, b: 1 })
      proxy.reset()
      expect((await eventual.update(mine, { a: 1, b: 2 }))?.data).toEqual({ a: 2, b: 2 })
      const rereads = proxy.requests.filter(({ operation }) => operation === 'GetItem')
      expect(rereads.map(({ body }) => body.ConsistentRead)).toEqual(reads.map(() => true))
    })

    it('that never end are an error after the bound', async () => {
      const sessions = host()
      const record = await sessions.create({ a: 1 })
      let n = 0
      proxy.rewrite = undefined
      const change = async () => {
        await client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: Key(record.key),
            UpdateExpression: 'SET version = :v, #d = :d',
            ExpressionAttributeNames: { '#d': 'data' },
            ExpressionAttributeValues: { ':v': { S: `other${n++}` }, ':d': { S: JSON.stringify({ a: 1, n }) } },
          }),
        )
      }
      const timer = setInterval(() => void change(), 2)
      proxy.fault = ({ operation }) => (operation === 'UpdateItem' ? 15 : undefined)
      const began = performance.now()
      await expect(sessions.update(record, { a: 2 })).rejects.toMatchObject({ code: 'CONFLICT' })
      clearInterval(timer)
      expect(performance.now() - began).toBeGreaterThan(4900)
      expect(proxy.operations().filter((name) => name === 'UpdateItem').length).toBeGreaterThanOrEqual(16)
    })
  })

  describe('a write happens once (guarantee 4)', () => {
    for (const fault of ['reset after', 'error after', 'truncate'] as const) {
      it(`when the answer is lost (${fault}): it is recognized by its token`, async () => {
        // A write that is taken for another's is a conflict, which merging would hide.
        const sessions = host({ onConflict: 'error' })
        const once = (of: string) => {
          let left = 1
          proxy.fault = ({ operation }) => (operation === of && left-- > 0 ? fault : undefined)
        }
        once('PutItem')
        const record = await sessions.create({ n: 0 })
        expect((await sessions.read(record.id))?.data).toEqual({ n: 0 })
        once('PutItem')
        expect((await sessions.create({ n: 0 }, { id: `${record.id}-given` })).id).toBe(`${record.id}-given`)
        once('UpdateItem')
        const updated = await sessions.update(record, { n: 1 })
        expect(updated?.data).toEqual({ n: 1 })
        expect(updated?.version.split('.')).toHaveLength(2)
        expect((await itemAt(record.key))?.version?.S).toBe(updated?.version)
        once('UpdateItem')
        const moved = await sessions.regenerate(updated as SessionRecord<Data>)
        expect((await sessions.read(moved?.id ?? ''))?.data).toEqual({ n: 1 })
        once('DeleteItem')
        await sessions.destroy(moved?.id ?? '')
        expect(await sessions.read(moved?.id ?? '')).toBe(null)
      })
    }

    it('when the answer is lost and others wrote since: their changes and ours are kept', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 0, b: 0 })
      const other = await alive(two, record)
      let done: Promise<unknown> | undefined
      proxy.fault = ({ operation }) => {
        if (operation !== 'UpdateItem' || done) return undefined
        done = Promise.resolve()
        return 'reset after'
      }
      const slow = one.update(record, { a: 1, b: 0 })
      await vi.waitFor(() => expect(done).toBeDefined())
      await two.update(other, { a: 0, b: 2 })
      expect((await slow)?.data).toMatchObject({ a: 1 })
      expect((await one.read(record.id))?.data).toEqual({ a: 1, b: 2 })
    })

    it('when the SDK has given up: the store sends it again before it reports', async () => {
      const sessions = createSessionStore<Data>({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }) })
      const record = await sessions.create({ n: 0 })
      let left = 4
      proxy.fault = ({ operation }) => (operation === 'UpdateItem' && left-- > 0 ? 'reset after' : undefined)
      proxy.requests.splice(0)
      expect((await sessions.update(record, { n: 1 }))?.version.split('.')).toHaveLength(2)
      const tokens = new Set(
        proxy.requests.map(({ body }: ProxiedRequest) => JSON.stringify((body.ExpressionAttributeValues as Data)?.[':version'])),
      )
      expect(proxy.operations().filter((name) => name === 'UpdateItem')).toHaveLength(5)
      expect([...tokens].filter((token) => token !== undefined)).toHaveLength(1)
    })
  })

  describe('an attempt of a creation that arrives late', () => {
    const clients = {
      'the client made here': () => ({ endpoint: proxy.endpoint, requestTimeout: 250 }),
      'a client of the application': () => ({
        endpoint: undefined,
        client: bareClient(proxy.endpoint, { requestHandler: { requestTimeout: 250, throwOnRequestTimeout: true } }),
      }),
    }
    /** The engine gets the first creation only after everything else is over. */
    const delayFirst = (fault: Fault): void => {
      let left = 1
      proxy.fault = ({ operation }) => (operation === 'PutItem' && left-- > 0 ? fault : undefined)
    }

    it.each(Object.entries(clients))('brings no session back that ended meanwhile, by %s', async (_, connection) => {
      const sessions = createSessionStore<Data>({ ...options, ...connection() })
      proxy.reset()
      delayFirst(900)
      const record = await sessions.create({ user: 'ada' })
      // Each may be sent again on a busy machine.
      expect(proxy.operations().join(' ')).toMatch(/^PutItem( PutItem)+( DeleteItem)+( PutItem)+$/)
      const ids = proxy.requests
        .filter(({ operation }) => operation === 'PutItem')
        .map(({ body }) => (body.Item as { session_id: { S: string } }).session_id.S)
      expect(ids.at(1)).toBe(ids[0])
      expect(ids.at(-1)).toBe(record.key)
      expect(record.key).not.toBe(ids[0])
      await sessions.destroy(record.id)
      delayFirst(900)
      const old = await sessions.create({ user: 'bob' })
      delayFirst(900)
      const moved = await sessions.regenerate(old)
      await sessions.destroy(moved?.id as string)
      await sleep(1100)
      for (const id of [record.id, old.id, moved?.id as string]) expect(await sessions.read(id)).toBe(null)
    })

    it.each([
      ['throttled', 'throttle'],
      ['answered with a 500', 'error'],
    ] as const)('is none when it was %s: the id stays', async (_, fault) => {
      const sessions = createSessionStore<Data>({ ...options, endpoint: proxy.endpoint })
      proxy.reset()
      delayFirst(fault)
      await sessions.create({ a: 1 })
      expect(proxy.operations()).toEqual(['PutItem', 'PutItem'])
    })
  })

  describe('regenerate (guarantee 9)', () => {
    it('moves the data to a new id and kills the old one, in two requests', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000 })
      const record = await sessions.create({ a: 1 })
      atTime(START + 100)
      proxy.reset()
      const moved = (await sessions.regenerate(record, { data: { a: 1, user: 'ada' } })) as SessionRecord<Data>
      expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem'])
      expect(moved.id).not.toBe(record.id)
      expect(moved.createdAt).toEqual(record.createdAt)
      expect(moved.expiresAt).toEqual(new Date((START + 1000) * 1000))
      expect(await sessions.read(record.id)).toBe(null)
      expect((await sessions.read(moved.id))?.data).toEqual({ a: 1, user: 'ada' })
      const tombstone = await itemAt(record.key)
      expect(tombstone).toMatchObject({ moved: { S: expect.any(String) }, expire_at: { N: String(START + 160) } })
      expect(tombstone).not.toHaveProperty('data')
    })

    it('restarts the absolute lifetime with resetAge', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000 })
      const record = await sessions.create({ a: 1 })
      atTime(START + 100)
      const moved = await sessions.regenerate(record, { resetAge: true })
      expect(moved?.createdAt).toEqual(new Date((START + 100) * 1000))
      expect(moved?.expiresAt).toEqual(new Date((START + 1100) * 1000))
    })

    it('leaves the old id readable during grace, with the data from before, and read-only', async () => {
      atTime(START)
      const sessions = host({ touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      const [elsewhere, another] = [host({ touchAfter: 0 }), host()]
      const [early, earlier] = [await alive(elsewhere, record), await alive(another, record)]
      const moved = (await sessions.regenerate(record, { data: { a: 2 }, grace: 10 })) as SessionRecord<Data>
      await sessions.update(moved, { a: 3 })
      const item = await itemAt(record.key)
      atTime(START + 9)
      expect(await elsewhere.touch(early)).toBe(null)
      expect(await elsewhere.update(early, { a: 9 })).toBe(null)
      expect(await another.regenerate(earlier)).toBe(null)
      expect(await another.withLock(record.id, async () => 'locked')).toBe(null)
      expect(await itemAt(record.key)).toEqual(item)
      const old = await alive(sessions, record)
      expect(old.data).toEqual({ a: 1 })
      atTime(START + 9.5)
      expect(await sessions.update(old, { a: 9 })).toBe(null)
      expect(await sessions.touch(old)).toBe(null)
      expect(await sessions.regenerate(old)).toBe(null)
      atTime(START + 10)
      expect(await sessions.read(record.id)).toBe(null)
      expect((await sessions.read(moved.id))?.data).toEqual({ a: 3 })
    })

    it('takes along what another request changed meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1, b: 1 })
      const other = await alive(two, record)
      await two.update(other, { a: 1, b: 2 })
      const moved = await one.regenerate(record, { data: { a: 2, b: 1 } })
      expect(moved?.data).toEqual({ a: 2, b: 2 })
      expect((await one.read(moved?.id ?? ''))?.data).toEqual({ a: 2, b: 2 })
      expect(await one.read(record.id)).toBe(null)
    })

    it('answers null and leaves nothing behind when the session was destroyed meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      await two.destroy(record.id)
      proxy.reset()
      expect(await one.regenerate(record)).toBe(null)
      const [creation] = proxy.requests.filter(({ operation }) => operation === 'PutItem') as [ProxiedRequest]
      const created = (creation.body.Item as { session_id: { S: string } }).session_id.S
      expect(await itemAt(created)).toBe(undefined)
    })

    it('has one winner among many', async () => {
      const hosts = Array.from({ length: 4 }, () => host())
      const record = await (hosts[0] as SessionStore<Data>).create({ a: 1 })
      const mine = await Promise.all(hosts.map((sessions) => alive(sessions, record)))
      const results = await Promise.all(hosts.map((sessions, n) => sessions.regenerate(mine[n] as SessionRecord<Data>)))
      expect(results.filter((result) => result !== null)).toHaveLength(1)
    })

    it('fails aloud, whatever raiseErrors', async () => {
      const sessions = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }),
        raiseErrors: false,
      })
      const record = await sessions.create({ a: 1 })
      proxy.fault = ({ operation }) =>
        operation === 'UpdateItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
      await expect(sessions.regenerate(record)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      proxy.fault = ({ operation }) =>
        operation === 'DeleteItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
      await expect(sessions.destroy(record.id)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      await expect(sessions.destroyByKey(record.key)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      proxy.reset()
      expect((await sessions.read(record.id))?.data).toEqual({ a: 1 })
    })
  })

  describe('errors (guarantee 11)', () => {
    it('of reads are handled when raiseErrors is false, and told to the handler', async () => {
      const errorHandler = vi.fn()
      const sessions = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }),
        raiseErrors: false,
        errorHandler,
        touchAfter: 0,
      })
      const record = await sessions.create({ a: 1 })
      proxy.fault = () => 'error'
      expect(await sessions.read(record.id)).toBe(null)
      expect(errorHandler).toHaveBeenLastCalledWith(expect.objectContaining({ code: 'SERVER_ERROR' }), { operation: 'read' })
    })

    it('of a missing table are always raised', async () => {
      const sessions = createSessionStore({ ...options, tableName: 'no-such-table', raiseErrors: false })
      await expect(sessions.read('x'.repeat(20))).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
      await expect(sessions.create({})).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    })

    it('of data that cannot be decoded are reported; the session reads as absent and is left alone', async () => {
      const errorHandler = vi.fn()
      const sessions = store({ errorHandler })
      const record = await sessions.create({ secret: 'hunter2' })
      const broken: Record<string, AttributeValue>[] = [
        { data: { S: '{"secret":"hunter2"' } },
        { data: { B: Buffer.from('hunter2') }, encoding: { S: 'rot13' } },
        { data: { M: { secret: { S: 'hunter2' } } } },
        { created_at: { S: 'yesterday' } },
        { expire_at: { BOOL: true } },
        { data: { B: Buffer.from('hunter2') }, encoding: { S: 'gzip' } },
      ]
      const whole = (await itemAt(record.key)) as Record<string, AttributeValue>
      for (const [n, change] of broken.entries()) {
        await put({ ...whole, version: { S: 'of-another-program' }, ...change })
        const item = await itemAt(record.key)
        errorHandler.mockClear()
        expect(await sessions.read(record.id), `case ${n}`).toBe(null)
        expect(errorHandler).toHaveBeenCalledTimes(1)
        const [error] = errorHandler.mock.lastCall as [Error]
        expect(error).toMatchObject({ code: 'UNREADABLE_DATA', key: record.key })
        expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('hunter2')
        expect(await sessions.update(record, { a: 2 }).catch(() => null)).toBe(null)
        expect(await itemAt(record.key)).toEqual(item)
      }
    })

    it('never show an id or data', async () => {
      const sessions = store({ onConflict: 'error' })
      const record = await sessions.create({ secret: 'hunter2' })
      await host().update(await alive(host(), record), { secret: 'hunter3' })
      const error = (await sessions.update(record, { secret: 'hunter4' }).catch((thrown: unknown) => thrown)) as Error
      expect(error).toMatchObject({ code: 'CONFLICT' })
      const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
      expect(shown).toContain(record.key)
      expect(shown).not.toContain(record.id)
      expect(shown).not.toContain('hunter')
    })
  })

  describe('packing', () => {
    it('compresses and encrypts, reads plain records of before, and refuses them when told to', async () => {
      const encryptionKey = Buffer.alloc(32, 1).toString('hex')
      const plain = await store().create({ text: 'plain' })
      const packed = store({ compression: true, encryptionKey })
      const record = await packed.create({ text: 'secret '.repeat(1000) })
      expect((await packed.read(record.id))?.data).toEqual({ text: 'secret '.repeat(1000) })
      expect((await packed.read(plain.id))?.data).toEqual({ text: 'plain' })
      const item = await itemAt(record.key)
      expect(item?.encoding).toEqual({ S: 'gzip+aes-256-gcm' })
      expect(Buffer.from(item?.data?.B ?? []).includes('secret')).toBe(false)
      const small = await packed.update(record, { text: 'short' })
      expect((await itemAt(record.key))?.encoding).toEqual({ S: 'aes-256-gcm' })
      expect((await packed.read(small?.id ?? ''))?.data).toEqual({ text: 'short' })
      const errorHandler = vi.fn()
      const strict = store({ encryptionKey, requireEncryption: true, errorHandler })
      expect(await strict.read(plain.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0]).toMatchObject({ code: 'UNREADABLE_DATA' })
    })

    it('bounds what a record may inflate to', async () => {
      const { gzipSync } = await import('node:zlib')
      const errorHandler = vi.fn()
      const sessions = store({ compression: true, errorHandler })
      const record = await sessions.create({})
      const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 32))
      await put({ ...((await itemAt(record.key)) as Record<string, AttributeValue>), data: { B: bomb }, encoding: { S: 'gzip' } })
      expect(await sessions.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0].message).toContain('`maxDataSize`, 2097152 bytes')
    })
  })

  describe('the driver option', () => {
    it('is the driver whose table the store uses', async () => {
      const driver = dynamodbDriver({ ...options, keyPrefix: 'via:' })
      const sessions = createSessionStore<Data>({ driver })
      const record = await sessions.create({ a: 1 })
      expect(record.key).toMatch(/^via:[0-9a-f]{64}$/)
      expect(await driver.getKeys()).toEqual([record.key.slice(4)])
      await driver.clear()
      expect(await sessions.read(record.id)).toBe(null)
    })
  })
})

describe('without an engine', () => {
  it('names a driver that is not ours, and asks whether the mount is missing', () => {
    expect(() => createSessionStore({ driver: { name: 'memory' } })).toThrow(/driver named memory.*is the mount missing\?/)
    expect(() => createSessionStore({ driver: 'sessions' as never })).toThrow('must be an object')
  })

  it('refuses connection options that contradict the driver', () => {
    const driver = dynamodbDriver({ tableName: 'one' })
    expect(() => createSessionStore({ driver, tableName: 'two' })).toThrow('`tableName`')
    expect(() => createSessionStore({ driver, tableName: 'one' })).not.toThrow()
  })
})
