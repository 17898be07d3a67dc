import { describe, expect, it, vi } from 'vitest'
import { dynamoSession, withDynamoSession } from '../../../src/h3.ts'
import type { DynamoSessionOptions, SessionEvent } from '../../../src/h3.ts'
import { InvalidOptionError, MissingSecretKeyError } from '../../../src/index.ts'
import type { H3, Visits } from './visits.ts'

export function cookieSuite(h3: H3, { proxy, make, use, jar, visit, within, dataNow, stored }: Visits): void {
  describe('the cookie', () => {
    const update =
      (more: DynamoSessionOptions = {}) =>
      async (event: SessionEvent) => {
        await (await use(event, more)).update({ a: 1 })
        return ''
      }

    const local = /^session=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/
    it.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST'])('is plain on %s', async (host) => {
      const { cookies } = await visit(update(), { host })
      expect(cookies).toEqual([expect.stringMatching(local)])
    })

    const secure = /^__Host-session=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/
    it.each(['shop.example', 'localhost.shop.example', '127.0.0.1.nip.example', 'evil-localhost'])('is secure on %s', async (host) => {
      expect((await visit(update(), { host })).cookies).toEqual([expect.stringMatching(secure)])
    })

    it('is secure in production on every host', async () => {
      vi.stubEnv('NODE_ENV', 'production')
      expect((await visit(update())).cookies).toEqual([expect.stringMatching(secure)])
    })

    it.each([
      ['shop.example', 'http', secure],
      ['localhost', 'https', local],
    ])('goes by the host %s, whatever a proxy says of the scheme', async (host, scheme, expected) => {
      const headers = { 'x-forwarded-proto': scheme, forwarded: `proto=${scheme}` }
      expect((await visit(update(), { host, headers })).cookies).toEqual([expect.stringMatching(expected)])
    })

    it('has no header beside it that would do the same', async () => {
      const { headers } = await visit(update())
      const value = jar.get('session') as string
      expect(Object.entries(headers).filter(([name, text]) => name !== 'set-cookie' && String(text).includes(value))).toEqual([])
      const asHeader = { 'x-session': value, 'x-session-h3': value, 'x-h3-session': value, authorization: `Bearer ${value}` }
      const { text } = await visit(async (event) => (await use(event)).isNew, { jar: new Map(), headers: asHeader })
      expect(text).toBe('true')
    })

    it('follows its options', async () => {
      const more: DynamoSessionOptions = {
        name: 'sid',
        cookie: { domain: 'shop.example', path: '/app', sameSite: 'none', httpOnly: false },
      }
      const { cookies } = await visit(update(more), { host: 'shop.example' })
      expect(cookies).toEqual([
        expect.stringMatching(/^sid=[^;]+; Max-Age=\d+; Domain=shop.example; Path=\/app; Expires=[^;]+; Secure; SameSite=None$/),
      ])
    })

    it.each([
      [{ domain: 'shop.example' }, 'cookie.domain'],
      [{ path: '/app' }, 'cookie.path'],
      [{ secure: false }, 'cookie.secure'],
    ])('with a name that starts with __Host- refuses %j', async (cookie, option) => {
      const problem = expect.objectContaining({ option, name: 'InvalidOptionError' })
      expect(() => dynamoSession(make({ cookie }))).toThrow(InvalidOptionError)
      await expect(within(() => '', { cookie })).rejects.toEqual(problem)
      await expect(within(() => '', { cookie, name: '__Host-id' })).rejects.toEqual(problem)
      expect(await within(({ isNew }) => isNew, { cookie, name: 'id' })).toBe(true)
    })

    it.each([
      ['samesite', 'did you mean `sameSite`'],
      ['http_only', 'did you mean `httpOnly`'],
      ['ttl', 'there are domain, path'],
    ])('refuses the attribute %s, and takes those of other adapters', (name, remedy) => {
      expect(() => dynamoSession(make({ cookie: { [name]: true } as object }))).toThrow(remedy)
      expect(() => dynamoSession(make({ cookie: { secrets: ['s'], name: 'id', encode: String, decode: String } as object }))).not.toThrow()
    })

    it('replaces an earlier one of ours and keeps others', async () => {
      const { cookies } = await visit(async (event) => {
        h3.setCookie(event, 'theme', 'dark')
        h3.setCookie(event, 'session', 'old')
        const session = await use(event)
        await session.update({ a: 1 })
        await session.update({ a: 2 })
        return ''
      })
      expect(cookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
      expect(await dataNow()).toEqual({ a: 2 })
    })

    it('costs no request when it is bad', async () => {
      const id = await stored({ a: 1 })
      const good = jar.get('session') as string
      proxy.reset()
      const wrong = good.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
      for (const value of ['', '.', id, `${id}.`, `${id}.${'A'.repeat(43)}`, wrong, `${good}x`, '%E0%A4%A', 'x'.repeat(12_000)]) {
        expect(await within((session) => session.data, {}, { jar: new Map([['session', value]]) })).toEqual({})
      }
      expect(proxy.requests).toEqual([])
      // A stranger's cookie of the same name, as of another path, does not hide ours.
      jar.clear()
      jar.set('session', `bad; session=${good}`)
      expect(await dataNow()).toEqual({ a: 1 })
    })

    it('is signed by the first secret, and known by all', async () => {
      await stored({ a: 1 }, { secretKey: 'old'.repeat(8) })
      const old = jar.get('session')
      expect(await dataNow({ secretKey: ['new'.repeat(8), 'old'.repeat(8)] })).toEqual({ a: 1 })
      await within((session) => session.update({ b: 2 }), { secretKey: ['new'.repeat(8), 'old'.repeat(8)], touchAfter: 0 })
      expect(jar.get('session')).not.toBe(old)
      expect(await dataNow({ secretKey: 'new'.repeat(8) })).toEqual({ a: 1, b: 2 })
      expect(await dataNow({ secretKey: 'other'.repeat(8) })).toEqual({})
    })

    it('needs a secret, at the first call', async () => {
      const more = { secretKey: undefined }
      expect(() => [dynamoSession(make(more)), withDynamoSession(() => '', make(more))]).not.toThrow()
      await expect(within(() => '', more)).rejects.toThrow(MissingSecretKeyError)
      vi.stubEnv('AWS_DYNAMO_DB_SESSION_SECRET_KEY', 'by the environment')
      expect(await within(({ isNew }) => isNew, more)).toBe(true)
    })
  })
}
