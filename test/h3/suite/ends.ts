// How a session ends or moves: by the application, by its times.
import { describe, expect, it } from 'vitest'
import { dynamoSession } from '../../../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions } from '../../../src/h3.ts'
import { START, atTime } from '../../support/clock.ts'
import type { Values, Visits } from './visits.ts'

export function endsSuite({ proxy, make, use, store, routes, jar, visit, within, dataNow, stored, itemOf }: Visits): void {
  describe('clear, destroy and regenerate', () => {
    it('ends the session, and a later update starts another without its data', async () => {
      const old = await stored({ a: 1 })
      const [during, id] = await within(async (session) => {
        session.data.list = [1]
        await session.clear()
        const during = [session.id, { ...session.data }, session.isNew]
        return [during, (await session.update({ b: 2 })).id as string]
      })
      expect(during).toEqual([undefined, {}, true])
      expect(id).not.toBe(old)
      expect([await store.read(old), (await store.read(id as string))?.data]).toEqual([null, { b: 2 }])
      expect(await dataNow()).toEqual({ b: 2 })
    })

    it('sends one removal', async () => {
      await stored({ a: 1 })
      const { cookies } = await visit(async (event) => {
        const session = await use(event)
        await session.update({ b: 1 })
        await session.clear()
        return ''
      })
      expect(cookies).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
      expect(jar.size).toBe(0)
    })

    it('stores nothing after destroy', async () => {
      const id = await stored({ a: 1 })
      await within(async (session) => {
        await session.destroy()
        await session.update({ b: 2 })
        expect(session.id).toBeUndefined()
      })
      expect([jar.size, await itemOf(id)]).toEqual([0, undefined])
    })

    it('always raises a failed destroy', async () => {
      await stored({ a: 1 })
      proxy.fault = ({ operation }) =>
        operation === 'DeleteItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
      await expect(within((session) => session.clear(), { raiseErrors: false })).rejects.toThrow()
    })

    it('moves to a new id with what was changed', async () => {
      const old = await stored({ a: 1 })
      const id = await within(async (session) => {
        session.data.userId = '42'
        return (await session.regenerate()).id as string
      })
      expect(id).not.toBe(old)
      expect([await store.read(old), (await store.read(id))?.data]).toEqual([null, { a: 1, userId: '42' }])
      expect(await dataNow()).toEqual({ a: 1, userId: '42' })
    })

    it('writes nothing and sends no cookie when the session is gone meanwhile', async () => {
      const id = await stored({ a: 1 })
      for (const write of [
        (session: DynamoSession<Values>) => session.update({ b: 2 }),
        (session: DynamoSession<Values>) => session.update(() => ({ b: 2 })),
        (session: DynamoSession<Values>) => session.regenerate(),
      ]) {
        const again = await visit(async (event) => {
          const session = await use(event)
          await store.destroy(session.id as string)
          await write(session)
          await session.update({ b: 3 })
          return String(session.id)
        })
        expect([again.text, again.cookies]).toEqual(['undefined', []])
        jar.clear()
        await stored({ a: 1 })
      }
      expect(await itemOf(id)).toBeUndefined()
    })
  })

  describe('lifetimes', () => {
    it('end by idleness, from which a use by the middleware saves', async () => {
      atTime(START)
      await stored({ a: 1 }, { maxStale: 100 })
      atTime(START + 99)
      routes.middleware = dynamoSession(make({ maxStale: 100 }))
      const { text, cookies } = await visit((event) => JSON.stringify((event.context as { session: DynamoSession }).session.data))
      expect(JSON.parse(text)).toEqual({ a: 1 })
      expect(cookies).toEqual([expect.stringContaining('Max-Age=100;')])
      atTime(START + 105)
      expect((await visit(() => '')).cookies).toEqual([])
      routes.middleware = undefined
      atTime(START + 198)
      expect(await dataNow({ maxStale: 100 })).toEqual({ a: 1 })
      atTime(START + 199)
      expect(await dataNow({ maxStale: 100 })).toEqual({})
    })

    it('are extended beside a write, which stays the one that later writes go on from', async () => {
      atTime(START)
      const more = { maxStale: 100 }
      const id = await stored({ a: 1 }, more)
      atTime(START + 50)
      await within(async (session, event) => {
        await Promise.all([dynamoSession(make(more))(event), session.update({ b: 1 })])
        const other = await store.read(id)
        if (other) await store.update(other, { ...other.data, b: 2 })
        await session.update({ a: 3 })
      }, more)
      expect((await store.read(id))?.data).toEqual({ a: 3, b: 2 })
    })

    it('end by age, whatever the use', async () => {
      atTime(START)
      const more = { maxAge: 100, maxStale: 80 }
      await stored({ a: 1 }, more)
      routes.middleware = dynamoSession(make(more))
      atTime(START + 60)
      expect((await visit(() => '')).cookies).toEqual([expect.stringContaining('Max-Age=40;')])
      atTime(START + 99)
      expect(await dataNow(more)).toEqual({ a: 1 })
      atTime(START + 100)
      expect(await dataNow(more)).toEqual({})
    })

    it("take the cookie's maxAge for the idle lifetime, and 400 days for a session that never ends", async () => {
      atTime(START)
      const cookieOf = async (more: DynamoSessionOptions) =>
        (await visit(async (event) => void (await (await use(event, more)).update({ a: 1 })), { jar: new Map() })).cookies[0]
      expect(await cookieOf({ cookie: { maxAge: 30 } })).toContain('Max-Age=30;')
      expect(await cookieOf({ maxStale: 0 })).toContain(`Max-Age=${400 * 86_400};`)
    })
  })
}
