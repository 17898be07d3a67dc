// A session over several requests: made, read, changed, merged.
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { useDynamoSession, withDynamoSession } from '../../../src/h3.ts'
import type { DynamoSessionOptions } from '../../../src/h3.ts'
import { START, atTime } from '../../support/clock.ts'
import { SECRET, ask } from './visits.ts'
import type { Values, Visits } from './visits.ts'

export function sessionSuite({
  options,
  client,
  proxy,
  make,
  use,
  store,
  routes,
  server,
  jar,
  visit,
  within,
  dataNow,
  stored,
  itemOf,
}: Visits): void {
  describe('a session', () => {
    it('is not made by reading', async () => {
      const { text, cookies } = await visit(async (event) => {
        const { id, data, isNew, createdAt, expiresAt } = await use(event)
        return JSON.stringify([id ?? null, data, isNew, createdAt ?? null, expiresAt ?? null])
      })
      expect([JSON.parse(text), cookies, proxy.requests]).toEqual([[null, {}, true, null, null], [], []])
    })

    it('is stored with its cookie at the first update, and read by the next request', async () => {
      atTime(START)
      const id = await within(
        async (session) => {
          session.data.list = [1]
          const same = await session.update({ a: 1 })
          expect(same).toBe(session)
          expect(session.data).toEqual({ list: [1], a: 1 })
          expect(session.createdAt).toEqual(new Date(START * 1000))
          expect(session.expiresAt).toEqual(new Date((START + 60) * 1000))
          return session.id
        },
        { maxStale: 60 },
      )
      expect(id).toMatch(/^[\w-]{43}$/)
      expect(proxy.operations()).toEqual(['PutItem'])
      proxy.reset()
      expect(await within(({ id, isNew, data }) => [id, isNew, data])).toEqual([id, false, { list: [1], a: 1 }])
      expect(proxy.operations()).toEqual(['GetItem'])
    })

    it('is read once per request, also by concurrent calls', async () => {
      await stored({ a: 1 })
      proxy.reset()
      await visit(async (event) => {
        const [one, two] = await Promise.all([use(event), use(event)])
        const three = await useDynamoSession(event)
        return String(one === two && (three as unknown) === one)
      }).then(({ text }) => expect(text).toBe('true'))
      expect(proxy.operations()).toEqual(['GetItem'])
    })

    it('stores what was changed in place, and nothing where nothing changed', async () => {
      const id = await stored({ list: [1] })
      proxy.reset()
      await within(async (session) => {
        const { list } = session.data
        list?.push(2)
        await session.update()
        list?.push(3)
        await session.update()
        await session.update()
        await session.update((data) => ({ ...data }))
        await session.update({})
      })
      expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
      expect((await store.read(id))?.data).toEqual({ list: [1, 2, 3] })
    })

    it('is not made by an update without data', async () => {
      const { cookies } = await visit(async (event) => {
        const session = await use(event)
        await session.update()
        await session.unset('a')
        await session.regenerate()
        await session.clear()
        return String(session.id)
      })
      expect([cookies, proxy.requests]).toEqual([[], []])
    })

    it('merges what concurrent requests change', async () => {
      const id = await stored({ count: 0 })
      await within(async (session) => {
        await within((other) => other.update({ b: 2 }), {
          driver: dynamodbDriver({ ...options }),
          endpoint: undefined,
          tableName: undefined,
        })
        await session.update({ a: 1 })
        expect(session.data).toEqual({ count: 0, a: 1, b: 2 })
      })
      expect((await store.read(id))?.data).toEqual({ count: 0, a: 1, b: 2 })
    })

    it('runs a function again on the latest data, so that no count is lost', async () => {
      const id = await stored({ count: 0 })
      // Drivers of their own share no queue, as different hosts.
      const hosts = Array.from({ length: 5 }, () => dynamodbDriver({ ...options }))
      routes.handler = async (event) => {
        const host = hosts[Number(event.headers.get('host')?.slice(4))] as object
        const session = await useDynamoSession<Values>(event, { driver: host, secretKey: SECRET, name: 'session' })
        await session.update(({ count = 0 }) => ({ count: count + 1 }))
        return 'done'
      }
      await Promise.all(hosts.map((_, index) => ask(server.port, new Map(jar), { host: `host${index}` })))
      expect((await store.read(id))?.data).toEqual({ count: 5 })
    })

    it('takes no promise from such a function', async () => {
      await expect(within((session) => session.update((async () => ({ a: 1 })) as never))).rejects.toThrow('no promise')
    })

    it('queues the writes of one request, so that they make one session', async () => {
      const id = await within(async (session) => {
        await Promise.all([session.update({ a: 1 }), session.update({ b: 2 }), session.update(() => ({ count: 3 }))])
        return session.id as string
      })
      expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem', 'UpdateItem'])
      expect((await store.read(id))?.data).toEqual({ a: 1, b: 2, count: 3 })
    })

    it('that a handler returns is without its id', async () => {
      const id = await stored({ a: 1 })
      const { text } = await visit((event) => use(event))
      expect(JSON.parse(text)).toMatchObject({ data: { a: 1 }, isNew: false })
      expect(text).not.toContain(id)
    })

    it('is one per cookie name', async () => {
      await visit(async (event) => {
        const [one, two] = await Promise.all([use(event, { name: 'one' }), use(event, { name: 'two' })])
        await Promise.all([one.update({ a: 1 }), two.update({ a: 2 })])
        return ''
      })
      expect([...jar.keys()].toSorted()).toEqual(['one', 'two'])
      expect([await dataNow({ name: 'one' }), await dataNow({ name: 'two' })]).toEqual([{ a: 1 }, { a: 2 }])
    })

    it("raises a conflict with `onConflict: 'error'`, and keeps what another request wrote", async () => {
      const id = await stored({ a: 0 })
      const conflict = within(
        async (session) => {
          await store.update((await store.read(id)) as never, { b: 2 })
          await session.update({ a: 1 })
        },
        { onConflict: 'error' },
      )
      await expect(conflict).rejects.toMatchObject({ code: 'CONFLICT' })
      expect((await store.read(id))?.data).toEqual({ b: 2 })
    })

    it('that cannot be decoded reads as absent, is reported and never overwritten', async () => {
      const id = await stored({ a: 1 })
      const Key = { session_id: { S: store.keyOf(id) } }
      for (const text of ['{"a"', '[1]']) {
        const item = { ...(await itemOf(id)), ...Key, data: { S: text } }
        await client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
        const errors: string[] = []
        const more: DynamoSessionOptions = { errorHandler: (_, { operation }) => void errors.push(operation), lockExpiryTime: 50 }
        const old = new Map(jar)
        await within(async (session) => expect((await session.update({ b: 2 })).id).not.toBe(id), more, { jar: new Map(old) })
        const { text: answer } = await visit(
          withDynamoSession((_event, session) => String(session.isNew), make({ ...more, enableLocking: true })),
          { jar: old },
        )
        expect([answer, errors, (await itemOf(id))?.data]).toEqual(['true', ['read', 'read'], { S: text }])
        // Others may decode it, and its cookie is good for them until the log-out.
        await within((session) => session.destroy(), more, { jar: new Map(old) })
        expect(await itemOf(id)).toBeUndefined()
        await client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
        await visit(
          withDynamoSession((_event, session) => session.clear(), make({ ...more, enableLocking: true })),
          { jar: new Map(old) },
        )
        expect(await itemOf(id)).toBeUndefined()
      }
    })

    it('replaces its data and removes keys', async () => {
      const id = await stored({ a: 1, b: 2 })
      await within((session) => session.unset('a'))
      expect((await store.read(id))?.data).toEqual({ b: 2 })
      await within((session) => session.replace({ count: 1 }))
      expect((await store.read(id))?.data).toEqual({ count: 1 })
    })

    it('shows a flash message once', async () => {
      await within((session) => session.flash('error', 'wrong password'))
      expect(await within((session) => session.flash('error'))).toBe('wrong password')
      expect(await within((session) => session.flash('error'))).toBeUndefined()
      await within((session) => session.flash('error', 'again'))
      expect(await within(async (session) => (await session.flash('error', undefined)) === session)).toBe(true)
      expect(await within((session) => session.flash('error'))).toBeUndefined()
    })
  })
}
