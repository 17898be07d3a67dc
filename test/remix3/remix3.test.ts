import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { createSession } from '@remix-run/session'
import type { Session } from '@remix-run/session'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionOptions } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/remix3.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  const make = (more: SessionOptions = {}) => createDynamoSessionStorage({ ...options, endpoint: proxy.endpoint, ...more })
  const elsewhere = () => createDynamoSessionStorage({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }) })
  const store = createSessionStore({ ...options })
  const itemOf = async (id: string) =>
    (
      await client.send(
        new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: store.keyOf(id) } }, ConsistentRead: true }),
      )
    ).Item

  async function stored(storage = make(), data: Record<string, unknown> = { a: 1 }): Promise<string> {
    const session = await storage.read(null)
    for (const [name, value] of Object.entries(data)) session.set(name, value)
    return (await storage.save(session)) as string
  }
  const change = async (storage: ReturnType<typeof make>, id: string, fn: (session: Session) => void): Promise<string | null> => {
    const session = await storage.read(id)
    fn(session)
    return storage.save(session)
  }

  describe('the storage of Remix 3', () => {
    it('makes sessions with ids of 256 bits, and stores none that is new and clean', async () => {
      const storage = make()
      const session = await storage.read(null)
      expect(session.id).toMatch(/^[\w-]{43}$/)
      expect(await storage.save(session)).toBe(null)
      session.set('a', 1)
      session.unset('a')
      expect(await storage.save(session)).toBe(null)
      expect(proxy.requests).toEqual([])
      session.set('a', 1)
      expect(await storage.save(session)).toBe(session.id)
      expect(proxy.operations()).toEqual(['PutItem'])
      expect((await storage.read(session.id)).get('a')).toBe(1)
    })

    it('does not use unknown, malformed or expired ids', async () => {
      atTime(START)
      const storage = make({ maxStale: 60 })
      const id = await stored(storage)
      atTime(START + 60)
      for (const cookie of [id, 'x'.repeat(43), 'short', '', 'ä'.repeat(20)]) {
        const session = await storage.read(cookie)
        expect([session.id === cookie, session.size]).toEqual([false, 0])
      }
      expect(proxy.operations().filter((name) => name === 'GetItem')).toHaveLength(2)
    })

    it('writes what changed, once, and nothing for an unchanged session', async () => {
      const storage = make()
      const id = await stored(storage)
      proxy.reset()
      expect(await change(storage, id, () => {})).toBe(null)
      expect(proxy.operations()).toEqual(['GetItem'])
      // The browser has the cookie already.
      expect(await change(storage, id, (session) => session.set('a', 2))).toBe(null)
      expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'UpdateItem'])
      const session = await storage.read(id)
      session.set('b', 1)
      await storage.save(session)
      session.set('c', 1)
      await storage.save(session)
      expect((await storage.read(id)).data[0]).toEqual({ a: 2, b: 1, c: 1 })
    })

    it('stores values that were changed in place', async () => {
      const storage = make()
      const id = await stored(storage, { cart: ['a'] })
      await change(storage, id, (session) => (session.get('cart') as string[]).push('b'))
      expect((await storage.read(id)).get('cart')).toEqual(['a', 'b'])
    })

    it('saves what changed during a save by the next', async () => {
      const storage = make()
      const session = await storage.read(null)
      session.set('a', 1)
      const saving = storage.save(session)
      session.set('b', 2)
      const id = await saving
      await storage.save(session)
      expect((await storage.read(id)).get('b')).toBe(2)
    })

    it('touches an unchanged session when that is due, and then returns its id so that the cookie is renewed', async () => {
      atTime(START)
      const storage = make({ maxStale: 1000 })
      const id = await stored(storage)
      atTime(START + 99)
      expect(await change(storage, id, () => {})).toBe(null)
      atTime(START + 101)
      expect(await change(storage, id, () => {})).toBe(id)
      expect((await itemOf(id))?.expire_at).toEqual({ N: String(START + 1101) })
    })

    it('keeps a flash value for one request', async () => {
      const storage = make()
      const id = await stored(storage)
      await change(storage, id, (session) => session.flash('note', 'saved'))
      expect(await itemOf(id)).toMatchObject({ data: { S: '{"a":1,"__flash_note__":"saved"}' } })
      const session = await storage.read(id)
      expect(session.get('note')).toBe('saved')
      await storage.save(session)
      expect((await storage.read(id)).get('note')).toBe(undefined)
    })

    it('merges concurrent changes by key, flash values included', async () => {
      const [here, there] = [make(), elsewhere()]
      const id = await stored(here)
      const [mine, theirs] = [await here.read(id), await there.read(id)]
      mine.set('mine', 1)
      mine.flash('one', 1)
      theirs.set('theirs', 1)
      theirs.flash('two', 2)
      await here.save(mine)
      await there.save(theirs)
      const session = await here.read(id)
      expect(session.data[0]).toEqual({ a: 1, mine: 1, theirs: 1 })
      expect([session.get('one'), session.get('two')]).toEqual([1, 2])
    })

    it('destroys: the cookie is removed and no late save revives the session', async () => {
      const [here, there] = [make(), elsewhere()]
      const id = await stored(here)
      const late = await there.read(id)
      expect(await change(here, id, (session) => session.destroy())).toBe('')
      late.set('a', 2)
      expect(await there.save(late)).toBe(null)
      expect(await itemOf(id)).toBe(undefined)
      const fresh = await here.read(null)
      fresh.destroy()
      expect(await here.save(fresh)).toBe('')
    })

    it('moves to a new id with regenerateId(true): the old one is dead', async () => {
      const storage = make()
      const id = await stored(storage)
      const session = await storage.read(id)
      session.regenerateId(true)
      session.set('user', 'ada')
      const next = await storage.save(session)
      expect(next).toBe(session.id)
      expect(next).toMatch(/^[0-9a-f-]{36}$/)
      expect((await storage.read(id)).size).toBe(0)
      expect((await storage.read(next)).data[0]).toEqual({ a: 1, user: 'ada' })
      expect(await itemOf(id)).toMatchObject({ moved: { S: expect.any(String) } })
      session.set('later', 1)
      expect(await storage.save(session)).toBe(next)
      expect((await storage.read(next)).get('later')).toBe(1)
    })

    it('makes a second session with regenerateId(false): the old one stays', async () => {
      const storage = make()
      const id = await stored(storage)
      const session = await storage.read(id)
      session.regenerateId()
      session.set('a', 2)
      const next = await storage.save(session)
      expect((await storage.read(next)).get('a')).toBe(2)
      expect((await storage.read(id)).get('a')).toBe(1)
    })

    it('does not undo a log-out by regenerateId(true)', async () => {
      const [here, there] = [make(), elsewhere()]
      const id = await stored(here)
      const late = await there.read(id)
      await change(here, id, (session) => session.destroy())
      late.regenerateId(true)
      late.set('user', 'ada')
      expect(await there.save(late)).toBe(null)
      expect(await itemOf(late.id)).toBe(undefined)
    })

    it('does not undo a log-out by regenerateId(false)', async () => {
      const storage = make()
      const late = await storage.read(await stored(storage, { user: 'ada' }))
      await store.destroy(late.id)
      late.regenerateId(false)
      expect(await storage.save(late)).toBe(null)
    })

    it('stores a session that was made elsewhere under its own id, if that is free', async () => {
      const storage = make()
      const session = createSession()
      session.set('a', 1)
      expect(await storage.save(session)).toBe(session.id)
      expect((await storage.read(session.id)).get('a')).toBe(1)
    })

    it('never writes back a session whose read failed, with raiseErrors false', async () => {
      const id = await stored()
      const errorHandler = vi.fn()
      const storage = make({ raiseErrors: false, errorHandler, maxAttempts: 1 })
      proxy.fault = () => 'error'
      const session = await storage.read(id)
      expect(session.size).toBe(0)
      proxy.reset()
      session.set('a', 'wiped')
      expect(await storage.save(session)).toBe(null)
      expect(proxy.requests).toEqual([])
      expect(errorHandler).toHaveBeenCalledOnce()
      await expect(make({ tableName: 'no-such-table' }).read(id)).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    })

    it('starts anew where the record cannot be decoded, and leaves that alone', async () => {
      const errorHandler = vi.fn()
      const storage = make({ errorHandler })
      const id = await stored(storage)
      const item = { ...(await itemOf(id)), data: { S: '{' } }
      await client.send(new PutItemCommand({ TableName: options.tableName, Item: item as never }))
      const session = await storage.read(id)
      session.set('b', 1)
      expect(await storage.save(session)).not.toBe(id)
      expect((await itemOf(id))?.data).toEqual({ S: '{' })
      expect(errorHandler).toHaveBeenCalledOnce()
      // Others may decode it, and its cookie is good for them until the log-out.
      const ended = await storage.read(id)
      ended.destroy()
      expect(await storage.save(ended)).toBe('')
      expect(await itemOf(id)).toBeUndefined()
    })

    it('starts anew where the data is no object', async () => {
      const record = await createSessionStore<unknown>({ ...options }).create(null)
      expect((await make({ errorHandler: () => {} }).read(record.id)).size).toBe(0)
    })
  })
})
