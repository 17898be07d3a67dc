import { describe, expect, it, vi } from 'vitest'
import { START, atTime } from '../../support/clock.ts'
import { cookieOf } from '../../support/cookie.ts'
import { SECRET } from './storages.ts'
import type { Framework, Storages } from './storages.ts'

export function cookieSuite(
  { createDynamoSessionStorage, createCookie, createSession }: Framework,
  { options, proxy, make, stored }: Storages,
): void {
  describe('the cookie', () => {
    it('is signed, httpOnly, lax and secure outside development, by default', async () => {
      const storage = make()
      const session = await storage.getSession()
      session.set('a', 1)
      const setCookie = await storage.commitSession(session)
      expect(setCookie).toMatch(/^__session=[^;]+; /)
      expect(setCookie.split('; ').slice(1).toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
      const unset = make({ cookie: { name: undefined, httpOnly: undefined, sameSite: undefined, secure: undefined, path: undefined } })
      const same = await unset.getSession()
      same.set('a', 1)
      expect((await unset.commitSession(same)).replace(/=[^;]+/, '')).toBe(setCookie.replace(/=[^;]+/, ''))
      vi.stubEnv('NODE_ENV', 'development')
      const other = make({ name: 'ignored', cookie: { name: 'dev' } })
      const another = await other.getSession()
      another.set('a', 1)
      expect(await other.commitSession(another)).not.toContain('Secure')
    })

    it('takes the attributes of the call, whose lifetime bounds the record too', async () => {
      atTime(START)
      const storage = make()
      const session = await storage.getSession()
      session.set('a', 1)
      const setCookie = await storage.commitSession(session, { maxAge: 60, path: '/app' })
      expect(setCookie).toContain('Max-Age=60')
      expect(setCookie).toContain('Path=/app')
      atTime(START + 59)
      expect((await storage.getSession(cookieOf(setCookie))).get('a')).toBe(1)
      atTime(START + 60)
      expect((await storage.getSession(cookieOf(setCookie))).get('a')).toBe(undefined)
    })

    it('gives the record the idle lifetime of its own maxAge, and a bound by its fixed expires', async () => {
      // The frameworks say on the console that a fixed `expires` is one.
      vi.spyOn(console, 'warn').mockReturnValue()
      atTime(START)
      for (const cookie of [{ maxAge: 100 }, createCookie('__session', { secrets: [SECRET], maxAge: 100 })]) {
        const storage = make({ cookie, touchAfter: 0 })
        const header = await stored(storage)
        atTime(START + 90)
        await storage.commitSession(await storage.getSession(header))
        atTime(START + 189)
        expect((await storage.getSession(header)).get('a')).toBe(1)
        atTime(START + 191)
        expect((await storage.getSession(header)).get('a')).toBe(undefined)
        atTime(START)
      }
      const expires = new Date((START + 50) * 1000)
      for (const cookie of [{ expires }, createCookie('__session', { secrets: [SECRET], expires })]) {
        const storage = make({ cookie, touchAfter: 0 })
        atTime(START)
        const header = await stored(storage)
        atTime(START + 49)
        expect((await storage.getSession(header)).get('a')).toBe(1)
        atTime(START + 50)
        expect((await storage.getSession(header)).get('a')).toBe(undefined)
      }
    })

    it('may be a Cookie of the framework, which must be signed', async () => {
      const storage = make({ secretKey: undefined, cookie: createCookie('mine', { secrets: ['s1'] }) } as never)
      const header = await stored(storage)
      expect(header).toMatch(/^mine=/)
      expect((await storage.getSession(header)).get('a')).toBe(1)
      const unsigned = make({ cookie: createCookie('mine') })
      await expect(unsigned.getSession()).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
    })

    it('needs a secret, which is missed at the first call only', async () => {
      const storage = createDynamoSessionStorage({ ...options, raiseErrors: false })
      await expect(storage.getSession()).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
      await expect(storage.commitSession(createSession({ a: 1 }))).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
      vi.stubEnv('AWS_DYNAMO_DB_SESSION_SECRET_KEY', '1234567890123456')
      expect((await createDynamoSessionStorage({ ...options }).getSession()).id).toBe('')
    })

    it('of a former secret is still understood, and of a removed one no longer', async () => {
      const header = await stored(make({ secretKey: 'old'.repeat(8) }))
      const rotated = make({ secretKey: ['new'.repeat(8), 'old'.repeat(8)] })
      const session = await rotated.getSession(header)
      expect(session.get('a')).toBe(1)
      session.set('b', 2)
      const renewed = cookieOf(await rotated.commitSession(session))
      expect((await make({ secretKey: 'new'.repeat(8) }).getSession(renewed)).get('a')).toBe(1)
      expect((await make({ secretKey: 'new'.repeat(8) }).getSession(header)).get('a')).toBe(undefined)
    })

    it('that is bad costs no request and no exception (guarantee 12)', async () => {
      const storage = make()
      const good = await stored(storage)
      const value = decodeURIComponent(good.slice('__session='.length))
      const signed = (content: unknown) =>
        createCookie('__session', { secrets: [SECRET] })
          .serialize(content)
          .then(cookieOf)
      const bad = [
        '',
        '__session=',
        '__session=%',
        '__session=%E0%A4%A',
        `__session=${value.slice(0, -3)}`,
        `__session=${value.split('.')[0]}`,
        `__session=x${value}`,
        good.replace('__session', 'session'),
        `__session=${'a'.repeat(20_000)}`,
        await createCookie('__session', { secrets: ['another secret'] })
          .serialize('a'.repeat(43))
          .then(cookieOf),
        await createCookie('__session').serialize('a'.repeat(43)).then(cookieOf),
        await signed('short'),
        await signed(42),
        await signed({ id: 'a'.repeat(43) }),
        await signed(null),
      ]
      proxy.reset()
      for (const header of bad) {
        const session = await storage.getSession(header)
        expect([session.id, session.data], header.slice(0, 60)).toEqual(['', {}])
      }
      expect(proxy.requests).toEqual([])
    })

    it('has secrets that are a list of texts, or is refused', async () => {
      for (const secrets of ['abcdef', [''], [undefined], [42]]) {
        const storage = createDynamoSessionStorage({ ...options, cookie: { secrets } })
        await expect(storage.getSession(), JSON.stringify(secrets)).rejects.toMatchObject({
          code: expect.stringMatching(/INVALID_OPTION|MISSING_SECRET_KEY/),
        })
      }
    })
  })
}
