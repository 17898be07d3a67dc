// What dynamodb-sessions/express promises, with express-session over HTTP.
import { describe, expect, it } from 'vitest'
import { SessionGoneError } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { deferred } from '../../src/core/base/deferred.ts'
import { call, lookInto, useVisits } from './visits.ts'
import type { Browser } from './visits.ts'

onEveryEngine((table) => {
  const visits = useVisits(table)
  const { proxy, stored } = visits
  const store = lookInto(table)

  describe('a session', () => {
    it('is made when something is set, by one request, and read by one', async () => {
      const browser: Browser = {}
      expect((await visits.visit(browser, () => ({}))).setCookie).toBeUndefined()
      expect(visits.operations()).toEqual([])
      expect((await visits.put(browser, { a: 1 })).setCookie).toMatch(/^connect\.sid=s%3A/)
      expect(visits.operations()).toEqual(['PutItem'])
      expect(await visits.show(browser)).toEqual({ a: 1 })
      expect(visits.operations()).toEqual(['PutItem', 'GetItem'])
    })

    it('is kept by the hash of its id, without the time at which its cookie ends', async () => {
      visits.use({ cookie: { maxAge: 60_000 } })
      const browser = await stored({ a: 1 })
      const record = await store.read(visits.idOf(browser))
      expect(record?.data).toEqual({ a: 1, cookie: expect.objectContaining({ originalMaxAge: expect.any(Number), httpOnly: true }) })
      expect(record?.data.cookie).not.toHaveProperty('expires')
      expect(record?.key).toMatch(/^[0-9a-f]{64}$/)
    })

    it('lives as long as its cookie, and fourteen days where that ends with the browser', async () => {
      atTime(START)
      visits.use({ cookie: { maxAge: 40 * 24 * 3600 * 1000 } })
      const long = await stored({ a: 1 })
      expect((await store.read(visits.idOf(long)))?.expiresAt).toEqual(new Date((START + 40 * 24 * 3600) * 1000))
      visits.use()
      const short = await stored({ a: 1 })
      expect((await store.read(visits.idOf(short)))?.expiresAt).toEqual(new Date((START + 14 * 24 * 3600) * 1000))
      visits.use({ cookie: { maxAge: 40 * 24 * 3600 * 1000 } }, { maxStale: 3600 })
      const bounded = await stored({ a: 1 })
      expect((await store.read(visits.idOf(bounded)))?.expiresAt).toEqual(new Date((START + 3600) * 1000))
    })

    it('follows the `maxAge` that it gives its own cookie, at once where that is less', async () => {
      atTime(START)
      const browser = await stored({ a: 1 })
      await visits.visit(browser, ({ session }) => {
        session.cookie.maxAge = 60_000
        session.a = 2
        return {}
      })
      expect((await store.read(visits.idOf(browser)))?.expiresAt).toEqual(new Date((START + 60) * 1000))
      const { text } = await visits.visit(browser, ({ session }) => session.cookie.expires)
      expect(JSON.parse(text)).toBe(new Date((START + 60) * 1000).toISOString())
    })

    it('that expired is gone, and is not written by a late request', async () => {
      atTime(START)
      visits.use({ cookie: { maxAge: 60_000 } })
      const browser = await stored({ a: 1 })
      const late = visits.visit({ ...browser }, async ({ session }) => {
        atTime(START + 61)
        session.b = 2
        return {}
      })
      await late
      expect(await store.read(visits.idOf(browser))).toBeNull()
      expect(await visits.show(browser)).toEqual({})
    })

    it('of an id that the store did not make is not adopted', async () => {
      const other = await stored({ a: 1 })
      await store.destroy(visits.idOf(other))
      const before = other.cookie
      await visits.put(other, { b: 2 })
      expect(other.cookie).not.toBe(before)
      expect(await visits.show(other)).toEqual({ b: 2 })
    })

    it('of another adapter gets the cookie of the options', async () => {
      visits.use({ cookie: { maxAge: 60_000 } })
      const browser = await stored({ a: 1 })
      const record = await store.read(visits.idOf(browser))
      await store.update(record as NonNullable<typeof record>, { a: 1 })
      const { text } = await visits.visit(browser, ({ session }) => [session.a, session.cookie.originalMaxAge])
      const [a, maxAge] = JSON.parse(text) as [number, number]
      // express-session loses a millisecond where the clock ticks between two of its looks.
      expect([a, Math.round(maxAge / 1000)]).toEqual([1, 60])
    })
  })

  describe('concurrent requests', () => {
    it('that change different keys both keep their change', async () => {
      const browser = await stored({ a: 0, b: 0 })
      const both = deferred<void>()
      let arrived = 0
      const change = (key: string): Promise<unknown> =>
        visits.visit({ ...browser }, async ({ session }) => {
          if (++arrived === 2) both.resolve()
          await both.promise
          session[key] = 1
          return {}
        })
      await Promise.all([change('a'), change('b')])
      expect(await visits.show(browser)).toEqual({ a: 1, b: 1 })
    })

    it('and a log-out: a slow one does not bring the session back, and is told', async () => {
      const told: unknown[] = []
      visits.use({}, { errorHandler: (error) => void told.push(error) })
      const browser = await stored({ user: 'ada' })
      const isReading = deferred<void>()
      const mayGoOn = deferred<void>()
      const slow = visits.visit({ ...browser }, async ({ session }) => {
        isReading.resolve()
        await mayGoOn.promise
        session.seen = true
        return {}
      })
      await isReading.promise
      await visits.visit({ ...browser }, async (request) => {
        await call(request, 'destroy')
        return {}
      })
      mayGoOn.resolve()
      expect((await slow).status).toBe(200)
      expect(await store.read(visits.idOf(browser))).toBeNull()
      expect(told).toEqual([expect.any(SessionGoneError)])
      expect(await visits.show(browser)).toEqual({})
    })

    it('of which one only touches leave no trace of a session that ended', async () => {
      atTime(START)
      const browser = await stored({ user: 'ada' })
      await visits.visit({ ...browser }, async () => {
        await store.destroy(visits.idOf(browser))
        atTime(START + 5 * 24 * 3600)
        return {}
      })
      expect(visits.operations()).toEqual(['GetItem', 'UpdateItem', 'GetItem'])
      expect(await store.read(visits.idOf(browser))).toBeNull()
    })
  })

  describe('methods of the session', () => {
    it('`reload` shows what others stored, and drops what was not saved', async () => {
      const browser = await stored({ a: 1 })
      const { text } = await visits.visit(browser, async (request) => {
        await visits.put({ ...browser }, { b: 2 })
        request.session.c = 3
        await call(request, 'reload')
        const { cookie: _, ...values } = request.session
        return values
      })
      expect(JSON.parse(text)).toEqual({ a: 1, b: 2 })
      expect(await visits.show(browser)).toEqual({ a: 1, b: 2 })
    })

    it('`reload` fails where there is none', async () => {
      const browser = await stored({ a: 1 })
      const { text } = await visits.visit(browser, async (request) => {
        await store.destroy(visits.idOf(browser))
        await call(request, 'reload')
        return {}
      })
      expect(text).toBe('failed to load session')
    })

    it('`save` stores at once, and what the request changes afterwards too', async () => {
      const browser = await stored({ a: 1 })
      await visits.visit(browser, async (request) => {
        request.session.b = 2
        await call(request, 'save')
        expect((await store.read(visits.idOf(browser)))?.data).toMatchObject({ a: 1, b: 2 })
        request.session.c = 3
        delete request.session.a
        return {}
      })
      expect(visits.operations()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
      expect(await visits.show(browser)).toEqual({ b: 2, c: 3 })
    })

    it('several `save` at once queue, each with what it saw', async () => {
      const browser = await stored({ n: 0 })
      await visits.visit(browser, async (request) => {
        const saves = [1, 2, 3].map((n) => {
          request.session.n = n
          return call(request, 'save')
        })
        await Promise.all(saves)
        return {}
      })
      expect(visits.operations()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem', 'UpdateItem'])
      expect(await visits.show(browser)).toEqual({ n: 3 })
    })

    it('a change within a value counts', async () => {
      const browser = await stored({ list: [1] })
      await visits.visit(browser, ({ session }) => {
        ;(session.list as number[]).push(2)
        return {}
      })
      expect(await visits.show(browser)).toEqual({ list: [1, 2] })
    })
  })

  describe('a store that is down', () => {
    const down = (): unknown =>
      (proxy.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } }))

    it('is an error of the request', async () => {
      const browser = await stored({ a: 1 })
      down()
      expect(await visits.visit(browser, () => ({}))).toMatchObject({ status: 500, text: 'ACCESS_DENIED' })
    })

    it('shows an empty session by `raiseErrors: false`, which is never written, and sends no cookie', async () => {
      const told: string[] = []
      visits.use({ cookie: { maxAge: 60_000 } }, { raiseErrors: false, errorHandler: (_, { operation }) => void told.push(operation) })
      const browser = await stored({ a: 1 })
      down()
      const { status, setCookie } = await visits.visit(browser, () => ({}))
      expect([status, setCookie, told]).toEqual([200, undefined, ['read']])
      proxy.reset()
      expect(await visits.show(browser)).toEqual({ a: 1 })
      down()
      await visits.put(browser, { b: 2 })
      proxy.reset()
      expect(await visits.show(browser)).toEqual({ a: 1 })
    })

    it('fails a log-out, which the application hears of', async () => {
      const browser = await stored({ a: 1 })
      const { text } = await visits.visit(browser, async (request) => {
        down()
        await call(request, 'destroy')
        return {}
      })
      expect(text).toBe('ACCESS_DENIED')
    })
  })
})
