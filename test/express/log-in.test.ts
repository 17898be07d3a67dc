// Log-ins with express-session: a new id, once, and nothing that was ended comes back.
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { deferred } from '../../src/core/base/deferred.ts'
import { call, lookInto, useVisits } from './visits.ts'
import type { Browser } from './visits.ts'

onEveryEngine((table) => {
  const visits = useVisits(table)
  const { proxy, stored } = visits
  const store = lookInto(table)

  describe('a log-in', () => {
    const logIn = (browser: Browser, gate?: Promise<unknown>): Promise<unknown> =>
      visits.visit(browser, async (request) => {
        await gate
        await call(request, 'regenerate')
        request.session.userId = 'ada'
        return {}
      })

    it('moves the session: the old id is of no use', async () => {
      const browser = await stored({ cart: 1 })
      const old = visits.idOf(browser)
      await logIn(browser)
      expect(visits.operations()).toEqual(['GetItem', 'PutItem', 'UpdateItem', 'UpdateItem'])
      expect(visits.idOf(browser)).not.toBe(old)
      expect(await visits.show(browser)).toEqual({ userId: 'ada' })
      expect(await store.read(old)).toBeNull()
    })

    it('of a visitor without a session is one request', async () => {
      const browser: Browser = {}
      await logIn(browser)
      expect(visits.operations()).toEqual(['PutItem'])
      expect(await visits.show(browser)).toEqual({ userId: 'ada' })
    })

    it.for([
      ['', {}],
      [' with `userIdKey`', { userIdKey: 'userId' }],
    ] as const)('that is sent twice works with either answer%s', async ([, more]) => {
      visits.use({}, more)
      const browser = await stored({ cart: 1 })
      const [one, two] = [{ ...browser }, { ...browser }]
      const both = deferred<void>()
      let arrived = 0
      const gate = (): Promise<void> => {
        if (++arrived === 2) both.resolve()
        return both.promise
      }
      const click = (of: Browser): Promise<unknown> =>
        visits.visit(of, async (request) => {
          await gate()
          await call(request, 'regenerate')
          request.session.userId = 'ada'
          return {}
        })
      await Promise.all([click(one), click(two)])
      expect([await visits.show(one), await visits.show(two)]).toEqual([{ userId: 'ada' }, { userId: 'ada' }])
    })

    it('whose second click reads after the first moved works with either answer', async () => {
      visits.use({}, { userIdKey: 'userId' })
      const browser = await stored({ cart: 1 })
      const [one, two] = [{ ...browser }, { ...browser }]
      await logIn(one)
      await logIn(two)
      expect(two.cookie).not.toBe(one.cookie)
      expect([await visits.show(one), await visits.show(two)]).toEqual([{ userId: 'ada' }, { userId: 'ada' }])
    })

    it('is not undone by a late request with the old id', async () => {
      const browser = await stored({ cart: 1 })
      const late = { ...browser }
      await logIn(browser)
      const answer = await visits.put(late, { seen: true })
      expect(answer.setCookie).toBeUndefined()
      expect(await visits.show(browser)).toEqual({ userId: 'ada' })
    })

    it('is not brought back where a log-out came first', async () => {
      const browser = await stored({ cart: 1 })
      await visits.visit(browser, async (request) => {
        await store.destroy(visits.idOf(browser))
        await call(request, 'regenerate')
        request.session.userId = 'ada'
        return {}
      })
      expect(await visits.show(browser)).toEqual({})
    })

    it('fails with the old id in place where DynamoDB is down', async () => {
      visits.use({}, { requestTimeout: 500, maxAttempts: 1 })
      const browser = await stored({ cart: 1 })
      const before = { ...browser }
      proxy.fault = ({ operation }) =>
        operation === 'PutItem'
          ? { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } }
          : undefined
      const { status } = await visits.visit(browser, async (request) => {
        await call(request, 'regenerate')
        return {}
      })
      expect(status).toBe(500)
      proxy.reset()
      expect(await visits.show(before)).toEqual({ cart: 1 })
    })
  })
})
