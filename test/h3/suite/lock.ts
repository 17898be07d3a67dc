import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { dynamoSession, withDynamoSession } from '../../../src/h3.ts'
import type { DynamoSession } from '../../../src/h3.ts'
import { ask } from './visits.ts'
import type { H3, Values, Visits } from './visits.ts'

export function lockSuite(
  h3: H3,
  { options, client, proxy, make, use, store, routes, server, jar, visit, within, stored, itemOf }: Visits,
): void {
  describe('with enableLocking', () => {
    // Leases that need no renewal, which would be a request, on a busy machine.
    const locking = { enableLocking: true, lockExpiryTime: 60_000, lockRetryDelay: 5, lockMaxWaitTime: 5 }
    const count = async (session: DynamoSession<Values>): Promise<void> => {
      const { count = 0 } = session.data
      await new Promise((resolve) => setTimeout(resolve, 20))
      await session.replace({ count: count + 1 })
    }

    it('reads the old id in its grace time, and starts no second session there', async () => {
      const id = await stored({ a: 1 })
      const old = new Map(jar)
      await within((session) => session.regenerate({ grace: 120 }))
      const { text, cookies } = await visit(
        withDynamoSession(async (_event, session: DynamoSession<Values>) => {
          await session.update({ b: 2 })
          await session.regenerate()
          return JSON.stringify([session.data, session.isNew, session.state, session.id !== undefined])
        }, make(locking)),
        { jar: old },
      )
      expect([JSON.parse(text), cookies]).toEqual([[{ a: 1 }, false, 'moved', false], []])
      expect((await store.read(id))?.data).toEqual({ a: 1 })
    })

    it('goes on with an empty session that is never written when the lock cannot be had for a hiccup and raiseErrors is false', async () => {
      const id = await stored({ a: 1 })
      proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException' } })
      const handler = withDynamoSession(
        async (_event, session: DynamoSession<Values>) => {
          proxy.reset()
          await session.update({ a: 2 })
          return JSON.stringify(session.data)
        },
        make({ ...locking, raiseErrors: false }),
      )
      const { text } = await visit(handler)
      expect(text).toBe('{}')
      expect((await store.read(id))?.data).toEqual({ a: 1 })
    })

    it('takes away what was read before when the lock cannot be had for a hiccup and raiseErrors is false', async () => {
      const id = await stored({ a: 1 })
      const more = { ...locking, raiseErrors: false }
      const { text } = await visit(async (event) => {
        const before = await use(event, more)
        proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException' } })
        const inside = await withDynamoSession(async (_event, session: DynamoSession<Values>) => {
          proxy.reset()
          await session.update({ a: 2 })
          return session
        }, make(more))(event)
        await before.update({ a: 3 })
        return JSON.stringify([before === inside, before.id === undefined])
      })
      expect([JSON.parse(text), (await store.read(id))?.data]).toEqual([[true, true], { a: 1 }])
    })

    it('gives all who ask at once the one session, under one lock that lasts for all', async () => {
      const id = await stored({ a: 0 })
      proxy.reset()
      const { text } = await visit(async (event) => {
        const held: unknown[] = []
        const work = (pause: number) =>
          withDynamoSession(async (_event, session: DynamoSession<Values>) => {
            await new Promise((resolve) => setTimeout(resolve, pause))
            held.push((await itemOf(id))?.lock_token)
            return session
          }, make(locking))(event)
        const sessions = await Promise.all([work(10), use(event, locking), work(60)])
        return JSON.stringify([new Set(sessions).size, held.filter(Boolean).length])
      })
      expect(JSON.parse(text)).toEqual([1, 2])
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
    })

    it('a lock that another took over meanwhile ends a regeneration, and stays', async () => {
      const id = await stored({ a: 1 })
      const thief = { lock_token: { S: 'thief' }, lock_expires_at: { N: String(Date.now() / 1000 + 60) } }
      const { text } = await visit(
        withDynamoSession(async (_event, session: DynamoSession<Values>) => {
          await client.send(new PutItemCommand({ TableName: options.tableName, Item: { ...(await itemOf(id)), ...thief } }))
          return session.regenerate().catch(({ code }: { code: string }) => code)
        }, make(locking)),
      )
      expect([text, (await itemOf(id))?.lock_token, (await store.read(id))?.data]).toEqual(['LOCK_LOST', thief.lock_token, { a: 1 }])
    })

    it('withDynamoSession runs one handler of a session after the other', async () => {
      const id = await stored({ count: 0 })
      const handler = withDynamoSession(
        async (_event, session: DynamoSession<Values>) => {
          await count(session)
          return 'done'
        },
        make({ ...locking, onConflict: 'overwrite' }),
      )
      routes.handler = handler
      const answers = await Promise.all([1, 2, 3].map(() => ask(server.port, new Map(jar))))
      expect(answers.map(({ text }) => text)).toEqual(['done', 'done', 'done'])
      const item = await itemOf(id)
      expect((await store.read(id))?.data).toEqual({ count: 3 })
      expect(item?.lock_token).toBeUndefined()
    })

    it('releases the lock when the handler throws, and takes it without a read', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      const id = await stored({ count: 0 })
      proxy.reset()
      let held: unknown
      const { status } = await visit(
        withDynamoSession(async () => {
          held = (await itemOf(id))?.lock_token
          throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
        }, make(locking)),
      )
      expect(status).toBe(418)
      expect(held).toBeDefined()
      expect((await itemOf(id))?.lock_token).toBeUndefined()
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
    })

    it('the middleware releases the lock when the handler throws', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      const id = await stored({ count: 0 })
      routes.middleware = dynamoSession(make(locking))
      let held: unknown
      const { status } = await visit(async () => {
        held = (await itemOf(id))?.lock_token
        throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
      })
      expect([status, held !== undefined]).toEqual([418, h3.hasNext])
      expect((await itemOf(id))?.lock_token).toBeUndefined()
    })

    it('locks nothing for a visitor without a session', async () => {
      const { text } = await visit(withDynamoSession((_event, session) => String(session.isNew), make(locking)))
      expect([text, proxy.requests]).toEqual(['true', []])
      jar.set('session', 'bad')
      expect((await visit(withDynamoSession((_event, session) => String(session.isNew), make(locking)))).text).toBe('true')
      expect(proxy.requests).toEqual([])
    })

    it('goes on from the latest data when the session was read before, and locks once', async () => {
      const id = await stored({ count: 0 })
      const { text } = await visit(async (event) => {
        const session = await use(event)
        session.data.b = 1
        await store.update((await store.read(id)) as never, { count: 7 })
        const inner = withDynamoSession((_event, { data }: DynamoSession<Values>) => JSON.stringify(data), make(locking))
        return withDynamoSession(inner, make(locking))(event)
      })
      expect(JSON.parse(text)).toEqual({ count: 7, b: 1 })
    })

    it('the middleware holds the lock around the rest where it is given `next`', async () => {
      const id = await stored({ count: 0 })
      routes.middleware = dynamoSession(make(locking))
      proxy.reset()
      let held: unknown
      await visit(async (event) => {
        held = (await itemOf(id))?.lock_token
        await count((event.context as { session: DynamoSession<Values> }).session)
        return ''
      })
      expect(held !== undefined).toBe(h3.hasNext)
      expect(proxy.operations()).toEqual(h3.hasNext ? ['UpdateItem', 'UpdateItem', 'UpdateItem'] : ['GetItem', 'UpdateItem'])
      expect((await itemOf(id))?.lock_token).toBeUndefined()
      expect((await store.read(id))?.data).toEqual({ count: 1 })
    })
  })
}
