// How a session ends or moves, and what late requests see of that.
import { describe, expect, it } from 'vitest'
import { START, atTime } from '../../support/clock.ts'
import { cookieOf } from '../../support/cookie.ts'
import type { Framework, Storages } from './storages.ts'

export function endsSuite({ createSession }: Framework, { proxy, make, elsewhere, stored, items }: Storages): void {
  describe('a session that is gone', () => {
    it('is expired after its time, and an unknown id is never adopted', async () => {
      atTime(START)
      const storage = make({ maxStale: 60 })
      const header = await stored(storage)
      atTime(START + 60)
      const session = await storage.getSession(header)
      expect([session.id, session.data]).toEqual(['', {}])
      session.set('a', 2)
      const fresh = cookieOf(await storage.commitSession(session))
      expect(fresh).not.toBe(header)
      expect((await storage.getSession(header)).data).toEqual({})
      expect((await storage.getSession(fresh)).get('a')).toBe(2)
    })

    it('is not revived by a late commit, which sends no cookie (guarantee 2)', async () => {
      const storage = make()
      const header = await stored(storage)
      const late = await storage.getSession(header)
      const later = await elsewhere().getSession(header)
      await storage.destroySession(await storage.getSession(header))
      const before = await items()
      late.set('a', 2)
      expect(await storage.commitSession(late)).toBe('')
      expect(await storage.commitSession(late)).toBe('')
      expect(await storage.regenerateSession(later)).toBe('')
      expect(await items()).toEqual(before)
      expect((await storage.getSession(header)).data).toEqual({})
    })

    it('stays gone when the same Session is committed after it was destroyed', async () => {
      const storage = make()
      const session = await storage.getSession(await stored(storage))
      await storage.destroySession(session)
      session.set('a', 3)
      expect(await storage.commitSession(session)).toBe('')
    })

    it('is destroyed with the attributes of the call', async () => {
      const storage = make()
      const session = await storage.getSession(await stored(storage))
      const setCookie = await storage.destroySession(session, { path: '/app', maxAge: 100 })
      expect(setCookie).toMatch(/Path=\/app/)
      expect(setCookie).toMatch(/Expires=Thu, 01 Jan 1970/)
      expect(setCookie).not.toMatch(/Max-Age=100/)
    })

    it('cannot be made by a Session of another storage, which is committed onto live records only', async () => {
      const storage = make()
      const header = await stored(storage)
      const { id } = await storage.getSession(header)
      expect(await storage.commitSession(createSession({ x: 1 }, 'x'.repeat(43)))).toBe('')
      expect(await storage.commitSession(createSession({ x: 1 }, 'not an id'))).toBe('')
      expect(cookieOf(await storage.commitSession(createSession({ x: 1 }, id)))).toBe(header)
      expect((await storage.getSession(header)).data).toEqual({ x: 1 })
    })

    it('is deleted by a log-out after a failed read', async () => {
      const cookie = await stored(elsewhere())
      const storage = elsewhere({ raiseErrors: false })
      proxy.fault = ({ operation }) => (operation === 'GetItem' ? 'error' : undefined)
      const session = await storage.getSession(cookie)
      proxy.reset()
      await storage.destroySession(session)
      expect(proxy.operations()).toEqual(['DeleteItem'])
      expect((await storage.getSession(cookie)).data).toEqual({})
    })
  })

  describe('regenerateSession', () => {
    it('moves the session to a new id; the old cookie is dead', async () => {
      const storage = make()
      const header = await stored(storage)
      const session = await storage.getSession(header)
      session.set('user', 'ada')
      const next = cookieOf(await storage.regenerateSession(session))
      expect(next).not.toBe(header)
      expect((await storage.getSession(header)).data).toEqual({})
      expect((await storage.getSession(next)).data).toEqual({ a: 1, user: 'ada' })
      session.set('later', 1)
      expect(cookieOf(await storage.commitSession(session))).toBe(next)
      expect((await storage.getSession(next)).data).toEqual({ a: 1, user: 'ada', later: 1 })
    })

    it('stores a new session like a commit', async () => {
      const storage = make()
      const session = await storage.getSession()
      session.set('user', 'ada')
      const header = cookieOf(await storage.regenerateSession(session))
      expect((await storage.getSession(header)).get('user')).toBe('ada')
      expect(await storage.regenerateSession(await storage.getSession())).toBe('')
    })

    it('gives a late request no cookie of the old id in its grace time of 60 s or more, and costs it no write', async () => {
      const storage = elsewhere()
      const cookie = await stored(storage)
      await storage.regenerateSession(await storage.getSession(cookie), { grace: 120 })
      const late = await storage.getSession(cookie)
      expect(late.get('a')).toBe(1)
      proxy.reset()
      expect(await storage.commitSession(late)).toBe('')
      expect(proxy.requests).toEqual([])
    })
  })
}
