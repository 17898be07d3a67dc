// Devices, fresh log-ins and remember me on the session of a request.
import { describe, expect, it, vi } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../../src/remix.ts'
import { FreshLogInRequiredError, openSession } from '../../src/web.ts'
import type { DynamoSessionOptions, WebSession } from '../../src/web.ts'
import { atTime, START } from '../support/clock.ts'
import { collect } from '../support/collect.ts'
import { cookieOf } from '../support/cookie.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

interface Data {
  userId?: string
  a?: number
}

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const secretKey = 'a long and random secret'
const DAY = 86_400

onEveryEngine(
  (table) => {
    const proxy = useProxy(table.engine)
    const options = (more: DynamoSessionOptions = {}): DynamoSessionOptions => ({
      ...table.options,
      endpoint: proxy.endpoint,
      secretKey,
      userIdKey: 'userId',
      ...more,
    })
    const ask = (cookie?: string, headers: Record<string, string> = {}): Request =>
      new Request('https://example.com/', { headers: { 'user-agent': FIREFOX, ...headers, ...(cookie ? { cookie } : {}) } })
    const setCookieOf = (session: WebSession<Data>): string => session.headers().getSetCookie()[0] ?? ''
    async function logIn(
      userId: string,
      how: Parameters<WebSession<Data>['regenerate']>[0] = {},
      more: DynamoSessionOptions = {},
      headers: Record<string, string> = {},
    ): Promise<{ session: WebSession<Data>; cookie: string; setCookie: string }> {
      const session = await openSession<Data>(ask(undefined, headers), options(more))
      session.data.userId = userId
      await session.regenerate({ authenticated: true, ...how })
      const setCookie = setCookieOf(session)
      return { session, cookie: cookieOf(setCookie), setCookie }
    }

    const keyOf = ({ id }: WebSession<Data>): string => createSessionStore(table.options).keyOf(id as string)

    describe('a session of web', () => {
      it('is fresh, or 401 with a reason', async () => {
        atTime(START)
        const { session, cookie } = await logIn('ada')
        expect(session.authenticatedAt).toEqual(new Date(START * 1000))
        session.requireFresh(60)
        atTime(START + 61)
        const later = await openSession<Data>(ask(cookie), options())
        expect([later.isFresh(60), later.isFresh(62)]).toEqual([false, true])
        expect(() => later.requireFresh(60)).toThrow(FreshLogInRequiredError)
        let error: unknown
        try {
          later.requireFresh(60)
        } catch (thrown) {
          error = thrown
        }
        expect(error).toMatchObject({ status: 401, code: 'FRESH_LOG_IN_REQUIRED', data: { reason: 'fresh-log-in', seconds: 60 } })
        expect(JSON.parse(JSON.stringify(error))).toMatchObject({ status: 401, data: { reason: 'fresh-log-in' } })
        const nobody = await openSession<Data>(ask(), options())
        expect(nobody.isFresh(60)).toBe(false)
        nobody.data.userId = 'ada'
        await nobody.update({ authenticatedAt: Date.now() } as Data)
        expect(nobody.isFresh(60)).toBe(false)
      })

      it('costs a page view what it did, also with a device', async () => {
        const { cookie } = await logIn('pia', {}, { device: true })
        proxy.reset()
        await (await openSession<Data>(ask(cookie), options({ device: true }))).update()
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('lists the devices of its own user, and ends them', async () => {
        let asked = 0
        const device: DynamoSessionOptions['device'] = ({ label, headers, hash }) => {
          asked++
          return { label: label ?? 'unknown', place: hash(headers.get('x-forwarded-for') ?? '') }
        }
        const one = await logIn('dee', {}, { device }, { 'x-forwarded-for': '203.0.113.7' })
        const two = await logIn('dee', {}, { device }, { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'curl/8' })
        const eve = await logIn('eve', {}, { device })
        expect(asked).toBe(3)
        const { session } = one
        const found = await collect(session.userSessions())
        expect(found.map(({ device: kept }) => kept?.label).toSorted()).toEqual(['Firefox on Windows', 'unknown'])
        expect(new Set(found.map(({ device: kept }) => kept?.place)).size).toBe(1)
        expect(JSON.stringify(found)).not.toContain('203.0.113.7')
        const other = found.find(({ isCurrent }) => !isCurrent)
        // What is changed in memory is nobody's log-in.
        session.data.userId = 'eve'
        expect(await session.userSessions().revoke(keyOf(eve.session))).toBe(false)
        expect(await session.userSessions().revoke(other?.key as string)).toBe(true)
        expect((await openSession<Data>(ask(two.cookie), options())).state).toBe('new')
        expect((await openSession<Data>(ask(eve.cookie), options())).state).toBe('stored')
        const anonymous = await openSession<Data>(ask(), options())
        for await (const shown of anonymous.userSessions()) expect(shown).toBeUndefined()
        const without = await openSession<Data>(ask(), options({ userIdKey: undefined }))
        expect(() => without.userSessions()).toThrow(/userIdKey/)
      })

      it('remembers for as long as is asked, and ends with the browser where it is not', async () => {
        atTime(START)
        const more = { maxStale: 60 * DAY, touchAfter: 60 }
        const ticked = await logIn('rem', { remember: 30 * DAY }, more)
        expect(ticked.setCookie).toContain(`Max-Age=${30 * DAY};`)
        expect(ticked.session.expiresAt).toEqual(new Date((START + 30 * DAY) * 1000))
        const unticked = await logIn('rem', { remember: false }, more)
        expect(unticked.setCookie).not.toMatch(/Max-Age|Expires/i)
        expect(unticked.session.expiresAt).toEqual(new Date((START + 60 * DAY) * 1000))
        atTime(START + DAY)
        // Later cookies say the same, whoever sends them.
        const later = await openSession<Data>(ask(ticked.cookie), options(more))
        await later.update({ a: 1 })
        expect(setCookieOf(later)).toContain(`Max-Age=${29 * DAY};`)
        const page = await openSession<Data>(ask(unticked.cookie), options(more))
        await page.update({ a: 1 })
        expect(setCookieOf(page)).toBe('')
        await page.regenerate()
        expect(setCookieOf(page)).not.toBe('')
        expect(setCookieOf(page)).not.toMatch(/Max-Age|Expires/i)
        // Either may change its mind.
        await page.update(undefined, { remember: 10 * DAY })
        expect(setCookieOf(page)).toContain(`Max-Age=${10 * DAY};`)
        await later.update({ a: 2 }, { remember: false })
        expect(setCookieOf(later)).not.toMatch(/Max-Age|Expires/i)
        expect(later.expiresAt).toEqual(new Date((START + 61 * DAY) * 1000))
        await later.update(undefined, { remember: 5 * DAY })
        expect(setCookieOf(later)).toContain(`Max-Age=${5 * DAY};`)
      })

      it('refuses to remember what cannot live', async () => {
        const { session } = await logIn('no')
        await expect(session.update({}, { remember: 15 * DAY })).rejects.toThrow(/maxStale/)
        await expect(session.update({}, { remember: 5, maxAge: 5 })).rejects.toThrow(/remember/)
        for (const remember of [0, -1, 401 * DAY, true, '5'])
          await expect(session.regenerate({ remember: remember as number })).rejects.toThrow(/remember/)
        const short = await logIn('no', {}, { maxAge: DAY })
        await expect(short.session.update({}, { remember: 2 * DAY })).rejects.toThrow(/maxAge/)
      })
    })

    describe.each([
      ['React Router', createDynamoSessionStorage],
      // Of the same shape, with a session of its own.
      ['Remix 2', createRemixStorage as unknown as typeof createDynamoSessionStorage],
    ])("%s's storage", (name, createStorage) => {
      const storageOf = (more: object = {}) =>
        createStorage<Data>({ ...table.options, endpoint: proxy.endpoint, secretKey, userIdKey: 'userId', ...more })

      it('throws the Response that one chooses', async () => {
        atTime(START)
        const storage = storageOf()
        const session = await storage.getSession()
        session.set('userId', 'ada')
        const cookie = await storage.regenerateSession(session, { authenticated: true })
        expect(storage.authenticatedAt(session)).toEqual(new Date(START * 1000))
        storage.requireFresh(session, 60)
        atTime(START + 61)
        const later = await storage.getSession(cookie)
        expect([storage.isFresh(later, 60), storage.isFresh(later, 100)]).toEqual([false, true])
        const thrown = (respond?: () => Response): Response | undefined => {
          try {
            storage.requireFresh(later, 60, respond)
            return undefined
          } catch (response) {
            return response as Response
          }
        }
        expect(thrown()?.status).toBe(401)
        expect(JSON.parse((await thrown()?.text()) ?? '')).toMatchObject({ reason: 'fresh-log-in', seconds: 60 })
        expect(thrown(() => new Response(null, { status: 302 }))?.status).toBe(302)
        expect(storage.isFresh(await storage.getSession(), 60)).toBe(false)
      })

      it('lists devices, and ends them', async () => {
        const storage = storageOf({ device: true })
        const [one, two] = [await storage.getSession(), await storage.getSession()]
        for (const session of [one, two]) {
          session.set('userId', name)
          await storage.regenerateSession(session, { authenticated: true, request: ask() })
        }
        const found = await collect(storage.userSessions(name, { current: one }))
        expect(found.map(({ device, isCurrent }) => [device?.label, isCurrent]).toSorted()).toEqual([
          ['Firefox on Windows', false],
          ['Firefox on Windows', true],
        ])
        expect(await storage.userSessions('somebody', { current: one }).revoke(found.find(({ isCurrent }) => !isCurrent)?.key ?? '')).toBe(
          false,
        )
        expect(await storage.userSessions(name, { current: one }).revokeOthers()).toBe(1)
        two.set('a', 1)
        expect(await storage.commitSession(two)).toBe('')
      })

      it('remembers, or ends with the browser', async () => {
        atTime(START)
        const storage = storageOf({ maxStale: 60 * DAY, cookie: { maxAge: 7 * DAY } })
        const session = await storage.getSession()
        session.set('userId', 'ada')
        const unticked = await storage.commitSession(session, { remember: false })
        expect(unticked).not.toMatch(/Max-Age|Expires|remember/i)
        session.set('a', 1)
        expect(await storage.commitSession(session)).not.toMatch(/Max-Age|Expires/i)
        expect(await storage.regenerateSession(session, { authenticated: true, remember: 30 * DAY })).toContain(`Max-Age=${30 * DAY};`)
        atTime(START + DAY)
        session.set('a', 2)
        expect(await storage.commitSession(session)).toContain(`Max-Age=${29 * DAY};`)
        await expect(storage.commitSession(session, { remember: 61 * DAY })).rejects.toThrow(/maxStale/)
      })
    })
  },
  { userIdKey: 'userId' },
)
