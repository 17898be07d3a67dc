// A session as its store has it: what it is made of, and which ids and data it takes.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { START, atTime } from '../../support/clock.ts'
import { alive, useStores } from './stores.ts'
import type { Data } from './stores.ts'

const DAY = 86_400

onEveryEngine((table) => {
  const { options, proxy, host, store, itemAt } = useStores(table)

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
