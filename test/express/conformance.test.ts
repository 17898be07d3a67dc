// What express-session's own tests expect of its middleware with a store, and connect-redis' of a store, on ours.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { call, lookInto, useVisits } from './visits.ts'

onEveryEngine((table) => {
  const visits = useVisits(table)
  const { proxy, stored } = visits
  const other = lookInto(table)
  const refuse = (operation: string): void =>
    void (proxy.fault = (request) =>
      request.operation === operation ? { status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } } : undefined)

  describe('express-session', () => {
    it('makes another session where the store has none of that id, and leaves those of others', async () => {
      const [one, two] = [await stored({ a: 1 }), await stored({ b: 1 })]
      const before = visits.idOf(one)
      await other.destroy(before)
      await visits.put(one, { c: 1 })
      expect([visits.idOf(one) === before, await visits.show(one), await visits.show(two)]).toEqual([false, { c: 1 }, { b: 1 }])
    })

    it('makes another session where it has expired, which is in the store no longer', async () => {
      atTime(START)
      visits.use({ cookie: { maxAge: 5000 } })
      const browser = await stored({ a: 1 })
      const before = visits.idOf(browser)
      atTime(START + 6)
      await visits.put(browser, { b: 1 })
      expect([visits.idOf(browser) === before, await other.read(before)]).toEqual([false, null])
    })

    it('goes on without sessions from the event `disconnect` to `connect`', async () => {
      const store = visits.use()
      const browser = await stored({ a: 1 })
      store.emit('disconnect')
      const { text } = await visits.visit(browser, ({ session }) => ({ has: session !== undefined }))
      store.emit('connect')
      expect([JSON.parse(text), await visits.show(browser)]).toEqual([{ has: false }, { a: 1 }])
    })

    it('destroys by `null` and `unset: destroy`, and passes the error on; without that it keeps', async () => {
      const unset = (browser: object): Promise<unknown> =>
        visits.visit(browser, (request) => {
          request.session = null as never
          return {}
        })
      const kept = await stored({ a: 1 })
      await unset(kept)
      expect(await visits.show(kept)).toEqual({ a: 1 })
      visits.use({ unset: 'destroy' })
      await unset(kept)
      expect(await other.read(visits.idOf(kept))).toBeNull()
    })

    it.for([
      ['save', 'UpdateItem', 0],
      ['touch', 'UpdateItem', 3 * 24 * 3600],
    ] as const)('passes the error of a %s on, after the response', async ([, operation, later]) => {
      atTime(START)
      const told: string[] = []
      visits.use({}, { errorHandler: (_, { operation: failed }) => void told.push(failed) })
      const browser = await stored({ a: 1 })
      atTime(START + later)
      refuse(operation)
      const { status } = await visits.visit(browser, ({ session }) => {
        if (later === 0) session.a = 2
        return {}
      })
      expect([status, told]).toEqual([200, [later === 0 ? 'update' : 'touch']])
    })

    it('takes the ids of `genid`, and refuses those that could be guessed', async () => {
      let n = 0
      visits.use({ genid: () => `an-id-of-the-application-${process.pid}-${n++}` })
      const browser = await stored({ a: 1 })
      expect([visits.idOf(browser), await visits.show(browser)]).toEqual([expect.stringMatching(/^an-id-of-the-application/), { a: 1 }])
      visits.use({ genid: () => '1' })
      const { text } = await visits.visit({}, async (request) => {
        request.session.a = 1
        await call(request, 'save')
        return {}
      })
      expect(text).toBe('INVALID_ID')
    })

    it('reads a session that was saved and changed in one request as it was left', async () => {
      const browser = await stored({ a: 1 })
      await visits.visit(browser, async (request) => {
        request.session.b = 1
        await call(request, 'save')
        await call(request, 'reload')
        request.session.c = 1
        return {}
      })
      expect(await visits.show(browser)).toEqual({ a: 1, b: 1, c: 1 })
    })
  })

  describe('connect-redis', () => {
    it('gives a session the time that its cookie has left, anew at each touch', async () => {
      atTime(START)
      visits.use({ cookie: { maxAge: 100_000 } })
      const browser = await stored({ a: 1 })
      const ends = async (): Promise<number> => Number((await other.read(visits.idOf(browser)))?.expiresAt) / 1000 - START
      expect(await ends()).toBe(100)
      atTime(START + 50)
      await visits.show(browser)
      expect(await ends()).toBe(150)
    })

    it.for([0, -1])('ends a session whose cookie has no time left: `maxAge` %s', async (maxAge) => {
      visits.use({ cookie: { maxAge: 60_000 } })
      const browser = await stored({ a: 1 })
      const id = visits.idOf(browser)
      await visits.visit(browser, ({ session }) => {
        session.cookie.maxAge = maxAge
        session.b = 1
        return {}
      })
      expect(await other.read(id)).toBeNull()
    })

    it('never stores a session whose cookie has no time left', async () => {
      await visits.visit({}, ({ session }) => {
        session.cookie.expires = new Date(Date.now() - 1000)
        session.a = 1
        return {}
      })
      await sleep(0)
      expect(visits.operations()).not.toContain('PutItem')
    })
  })
})
