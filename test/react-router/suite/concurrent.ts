import { describe, expect, it } from 'vitest'
import { START, atTime } from '../../support/clock.ts'
import { cookieOf } from '../../support/cookie.ts'
import type { Framework, Storages } from './storages.ts'

export function concurrentSuite({ createSession }: Framework, { proxy, make, elsewhere, stored }: Storages): void {
  describe('concurrent requests (guarantee 3)', () => {
    it('that change different keys all keep their change', async () => {
      const storage = make()
      const header = await stored(storage)
      const [one, two] = [await storage.getSession(header), await elsewhere().getSession(header)]
      const other = elsewhere()
      const three = await other.getSession(header)
      one.set('one', 1)
      two.set('two', 2)
      three.unset('a')
      await storage.commitSession(one)
      await other.commitSession(three)
      await elsewhere().commitSession(createSession({ ...(await storage.getSession(header)).data, two: 2 }, one.id))
      expect((await storage.getSession(header)).data).toEqual({ one: 1, two: 2 })
    })

    it('do not lose what a merge brought in at the second commit of one Session', async () => {
      const [here, there] = [make(), elsewhere()]
      const header = await stored(here)
      const [mine, theirs] = [await here.getSession(header), await there.getSession(header)]
      theirs.set('theirs', 1)
      await there.commitSession(theirs)
      mine.set('mine', 1)
      await here.commitSession(mine)
      mine.set('mine', 2)
      await here.commitSession(mine)
      expect((await here.getSession(header)).data).toEqual({ a: 1, theirs: 1, mine: 2 })
    })

    it('show a flash message that was set while another was read', async () => {
      const [here, there] = [make(), elsewhere()]
      const session = await here.getSession()
      session.flash('note', 'first')
      const header = cookieOf(await here.commitSession(session))
      const [reader, writer] = [await here.getSession(header), await there.getSession(header)]
      expect(reader.get('note')).toBe('first')
      writer.flash('note', 'second')
      await there.commitSession(writer)
      await here.commitSession(reader)
      expect((await here.getSession(header)).get('note')).toBe('second')
    })

    it('show a flash message at once, which fails neither commit', async () => {
      const storage = elsewhere()
      const session = await storage.getSession()
      session.flash('error', 'no')
      const cookie = cookieOf(await storage.commitSession(session))
      const [one, two] = await Promise.all([storage.getSession(cookie), elsewhere().getSession(cookie)])
      expect([one.get('error'), two.get('error')]).toEqual(['no', 'no'])
      two.set('b', 1)
      await storage.commitSession(one)
      await Promise.all([storage.commitSession(two), storage.commitSession(one)])
      expect((await storage.getSession(cookie)).data).toEqual({ b: 1 })
    })

    it('touch once', async () => {
      atTime(START)
      const storage = elsewhere({ maxStale: 1000 })
      const cookie = await stored(storage)
      atTime(START + 200)
      const sessions = await Promise.all([1, 2, 3, 4].map(() => storage.getSession(cookie)))
      proxy.reset()
      await Promise.all(sessions.map((session) => storage.commitSession(session)))
      expect(proxy.operations()).toEqual(['UpdateItem'])
    })
  })

  describe('one Session object', () => {
    it('that is committed twice at once is one session', async () => {
      const storage = elsewhere()
      const session = await storage.getSession()
      session.set('a', 1)
      const cookies = await Promise.all([storage.commitSession(session), storage.commitSession(session)])
      expect(cookies[0]).toBe(cookies[1])
      expect(proxy.operations().filter((name) => name === 'PutItem')).toHaveLength(1)
    })

    it('does not conflict with itself', async () => {
      const storage = elsewhere({ onConflict: 'error' })
      const cookie = await stored(storage)
      const session = await storage.getSession(cookie)
      session.set('b', 1)
      const first = storage.commitSession(session)
      session.set('c', 1)
      await Promise.all([first, storage.commitSession(session)])
      expect((await storage.getSession(cookie)).data).toEqual({ a: 1, b: 1, c: 1 })
    })
  })
}
