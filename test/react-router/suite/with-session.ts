import { describe, expect, it, vi } from 'vitest'
import { cookieOf } from '../../support/cookie.ts'
import type { Storages } from './storages.ts'

export function withSessionSuite({ proxy, make, elsewhere, stored }: Storages): void {
  describe('withSession', () => {
    it('commits once, and only what changed', async () => {
      const storage = make()
      const created = await storage.withSession(null, (session) => {
        session.set('a', 1)
        return 'made'
      })
      expect(created.value).toBe('made')
      const header = cookieOf(created.setCookie as string)
      proxy.reset()
      expect(await storage.withSession(header, (session) => session.get('a'))).toEqual({ value: 1 })
      expect(proxy.operations()).toEqual(['GetItem'])
      // The browser has the cookie already, and one without a lifetime needs no renewal.
      expect(await storage.withSession(header, async (session) => void session.set('a', 2))).toEqual({ value: undefined })
      expect((await storage.getSession(header)).get('a')).toBe(2)
      expect(await storage.withSession(null, () => 'nothing')).toEqual({ value: 'nothing' })
    })

    it('does not commit what the callback destroyed or committed itself, nor when it throws', async () => {
      const storage = make()
      const header = await stored(storage)
      proxy.reset()
      expect(await storage.withSession(header, (session) => storage.destroySession(session).then(() => 1))).toEqual({ value: 1 })
      expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
      await expect(
        storage.withSession(null, (session) => {
          session.set('a', 1)
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
    })
  })

  describe('withSession under a lock', () => {
    it('reads the old id in its grace time, and starts no second session there', async () => {
      const storage = elsewhere({ enableLocking: true })
      const cookie = await stored(storage)
      await storage.regenerateSession(await storage.getSession(cookie), { grace: 120 })
      expect(
        await storage.withSession(cookie, (late) => {
          late.set('seen', 1)
          return late.get('a')
        }),
      ).toEqual({ value: 1 })
    })

    it('releases it when the callback throws: a later commit needs none', async () => {
      const storage = elsewhere({ enableLocking: true })
      const cookie = await stored(storage)
      let kept = await storage.getSession()
      await expect(
        storage.withSession(cookie, (session) => {
          kept = session
          throw new Error('a redirect')
        }),
      ).rejects.toThrow('a redirect')
      kept.flash('error', 'failed')
      expect(cookieOf(await storage.commitSession(kept))).toBe(cookie)
    })

    it('gives an empty session where it cannot be had because of a hiccup, with raiseErrors false', async () => {
      const cookie = await stored(elsewhere())
      const storage = elsewhere({ enableLocking: true, raiseErrors: false, errorHandler: () => {} })
      proxy.fault = () => 'error'
      expect(await storage.withSession(cookie, (session) => session.get('a') ?? 'empty')).toEqual({ value: 'empty' })
    })

    it('reports an error once', async () => {
      const errorHandler = vi.fn()
      const storage = elsewhere({ enableLocking: true, errorHandler })
      const cookie = await stored(storage)
      await expect(storage.withSession(cookie, (session) => session.set('big', 'x'.repeat(500_000)))).rejects.toMatchObject({
        code: 'TOO_LARGE',
      })
      expect(errorHandler).toHaveBeenCalledOnce()
    })
  })
}
