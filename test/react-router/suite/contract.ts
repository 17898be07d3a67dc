import { describe, expect, it, vi } from 'vitest'
import { cookieOf } from '../../support/cookie.ts'
import type { Framework, Session, Storages } from './storages.ts'

export function contractSuite({ isSession }: Framework, { proxy, make, stored }: Storages): void {
  describe('the contract', () => {
    it('keeps data from one request to the next', async () => {
      const { getSession, commitSession, destroySession } = make()
      const session = await getSession(null)
      expect(isSession(session)).toBe(true)
      expect([session.id, session.data]).toEqual(['', {}])
      session.set('user', 'ada')
      session.set('n', 1)
      const header = cookieOf(await commitSession(session))
      const next = await getSession(header)
      expect(next.id).toMatch(/^[\w-]{43}$/)
      expect(next.data).toEqual({ user: 'ada', n: 1 })
      next.unset('n')
      await commitSession(next)
      expect((await getSession(header)).data).toEqual({ user: 'ada' })
      await destroySession(next)
      expect((await getSession(header)).data).toEqual({})
    })

    it('finds its cookie among others', async () => {
      const storage = make()
      const cookie = await stored(storage)
      expect((await storage.getSession(`theme=dark; ${cookie}; x=y`)).get('a')).toBe(1)
    })

    it('shows a flash message once', async () => {
      const storage = make()
      const session = await storage.getSession()
      session.flash('note', 'saved')
      const header = cookieOf(await storage.commitSession(session))
      const first = await storage.getSession(header)
      expect(first.has('note')).toBe(true)
      expect(first.get('note')).toBe('saved')
      expect(first.get('note')).toBe(undefined)
      await storage.commitSession(first)
      expect((await storage.getSession(header)).get('note')).toBe(undefined)
    })

    it('creates nothing for a new, empty session and returns no cookie', async () => {
      const storage = make()
      expect(await storage.commitSession(await storage.getSession())).toBe('')
      expect(await storage.destroySession(await storage.getSession())).toMatch(/^__session=;.*Expires=Thu, 01 Jan 1970/)
      expect(proxy.requests).toEqual([])
    })

    it('goes on from the first commit at the second, though the id of a Session never changes', async () => {
      const storage = make()
      const session = await storage.getSession()
      session.set('a', 1)
      const first = cookieOf(await storage.commitSession(session))
      session.set('b', 2)
      const second = cookieOf(await storage.commitSession(session))
      expect(second).toBe(first)
      expect((await storage.getSession(first)).data).toEqual({ a: 1, b: 2 })
      expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem', 'GetItem'])
    })
  })

  describe('requests', () => {
    it('four parallel loaders are one read, each with data of its own (guarantee 5)', async () => {
      const storage = make()
      const header = await stored(storage, { list: [1] })
      proxy.reset()
      const sessions = await Promise.all(Array.from({ length: 4 }, () => storage.getSession(header)))
      expect(proxy.operations()).toEqual(['GetItem'])
      ;((sessions[0] as Session).get('list') as number[]).push(2)
      expect(sessions[1]?.get('list')).toEqual([1])
      sessions[0]?.set('x', 1)
      expect(sessions[1]?.has('x')).toBe(false)
    })

    it('a read after a commit is not shared with one from before', async () => {
      const storage = make()
      const header = await stored(storage)
      const session = await storage.getSession(header)
      session.set('a', 2)
      proxy.fault = ({ operation }) => (operation === 'GetItem' ? 100 : undefined)
      const early = storage.getSession(header)
      await vi.waitFor(() => expect(proxy.operations().at(-1)).toBe('GetItem'), { timeout: 20_000 })
      proxy.fault = () => undefined
      await storage.commitSession(session)
      expect((await storage.getSession(header)).get('a')).toBe(2)
      await early
    })

    it('an unchanged commit writes nothing and sends no cookie; a changed one is one write, with the cookie', async () => {
      const storage = make()
      const header = await stored(storage)
      proxy.reset()
      const session = await storage.getSession(header)
      expect(await storage.commitSession(session)).toBe('')
      expect(proxy.operations()).toEqual(['GetItem'])
      session.set('a', 2)
      expect(cookieOf(await storage.commitSession(session))).toBe(header)
      expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem'])
    })
  })
}

export function suiteWithoutEngine({ createDynamoSessionStorage }: Framework): void {
  describe('without an engine', () => {
    it('refuses wrong options when it is made, and needs nothing else then', () => {
      expect(() => createDynamoSessionStorage({ maxAge: 'long' } as never)).toThrow('Option `maxAge`')
      expect(() => createDynamoSessionStorage({ cookie: { maxAge: 86_400_000 } })).toThrow('did you mean 86400')
      expect(() => createDynamoSessionStorage({ password: 'x' } as never)).toThrow('did you mean `secretKey`?')
      vi.stubEnv('AWS_REGION', undefined)
      expect(() => createDynamoSessionStorage({})).not.toThrow()
    })
  })
}
