// An application of Remix 3 as its docs build one: fetch-router, session middleware, our storage, a Node server; driven over HTTP.
import { createCookie } from '@remix-run/cookie'
import { createRouter } from '@remix-run/fetch-router'
import { Session } from '@remix-run/session'
import { session as sessionMiddleware } from '@remix-run/session-middleware'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionStore } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/remix3.ts'
import { createBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { serve } from '../support/serve.ts'

const cookie = createCookie('__session', { secrets: ['a long and random secret'], httpOnly: true, sameSite: 'Lax' })

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  const store = createSessionStore({ ...options })
  /** Requests that hold their session until as many as named are here. */
  let waiting: (() => void)[] = []
  let origin: string
  let stop: () => void

  function application() {
    const router = createRouter({
      middleware: [sessionMiddleware(cookie, createDynamoSessionStorage({ ...options, endpoint: proxy.endpoint }))],
    })
    const show = (session: Session, ...names: string[]) => Response.json(Object.fromEntries(names.map((name) => [name, session.get(name)])))
    const home = () => new Response(null, { status: 303, headers: { location: '/' } })

    router.get('/', ({ get }) => show(get(Session), 'user', 'theme', 'language', 'count', 'message'))
    router.post('/login', async ({ get, request }) => {
      const session = get(Session)
      const user = (await request.formData()).get('user')
      if (!user) session.flash('message', 'Who are you?')
      else {
        session.regenerateId(true)
        session.set('user', user)
      }
      return home()
    })
    router.post('/copy', ({ get }) => {
      get(Session).regenerateId(false)
      return home()
    })
    router.post('/count', ({ get }) => {
      const session = get(Session)
      session.set('count', ((session.get('count') as number | undefined) ?? 0) + 1)
      return home()
    })
    router.post('/set/:name/:value/:together', async ({ get, params }) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length >= Number(params.together)) for (const go of waiting.splice(0)) go()
      })
      get(Session).set(params.name, params.value)
      return home()
    })
    router.post('/logout', ({ get }) => {
      get(Session).destroy()
      return home()
    })
    return router
  }

  beforeAll(async () => {
    const router = application()
    ;({ origin, stop } = await serve((request) => router.fetch(request)))
  })
  afterAll(() => stop())

  const open = () => createBrowser(origin)
  const home = async (browser: Browser) => JSON.parse((await browser.visit('/')).text) as Record<string, unknown>
  const idOf = (browser: Browser) => cookie.parse(`__session=${browser.cookies.get('__session')}`)
  /** Another browser with the same cookie, as one that was copied. */
  const copyOf = (browser: Browser) => {
    const copy = open()
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    return copy
  }
  const until = async (condition: () => boolean) => {
    for (let tries = 0; !condition(); tries++) {
      if (tries > 500) throw new Error('waited in vain')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  describe('an application of Remix 3', () => {
    it('needs a signed cookie', () => {
      expect(() => sessionMiddleware(createCookie('__session'), createDynamoSessionStorage({ ...options }))).toThrow('must be signed')
    })

    it('stores nothing and sends no cookie for a visitor who does nothing', async () => {
      const page = await open().visit('/')
      expect([page.status, page.cookies, proxy.operations()]).toEqual([200, [], []])
    })

    it('creates a session, reads it with one request, and writes what changes', async () => {
      const browser = open()
      await browser.visit('/count', {})
      expect(proxy.operations()).toEqual(['PutItem', 'GetItem'])
      const id = (await idOf(browser)) as string
      expect((await store.read(id))?.data).toEqual({ count: 1 })
      proxy.reset()
      const page = await browser.visit('/')
      expect([JSON.parse(page.text), page.cookies, proxy.operations()]).toEqual([{ count: 1 }, [], ['GetItem']])
      proxy.reset()
      await browser.visit('/count', {})
      expect([await idOf(browser), proxy.operations()]).toEqual([id, ['GetItem', 'UpdateItem', 'GetItem']])
    })

    it('keeps sessions over a restart of the server', async () => {
      const browser = open()
      await browser.visit('/count', {})
      const router = application()
      const server = await serve((request) => router.fetch(request))
      const later = createBrowser(server.origin)
      for (const [name, value] of browser.cookies) later.cookies.set(name, value)
      expect(await home(later)).toEqual({ count: 1 })
      server.stop()
    })

    it('shows a flash message once', async () => {
      const browser = open()
      const page = await browser.visit('/login', {})
      expect(JSON.parse(page.text)).toEqual({ message: 'Who are you?' })
      expect(await home(browser)).toEqual({})
    })

    it('logs in under a new id, and the old one is gone', async () => {
      const browser = open()
      await browser.visit('/count', {})
      const planted = copyOf(browser)
      const before = (await idOf(browser)) as string
      await browser.visit('/login', { user: 'ada' })
      const after = (await idOf(browser)) as string
      expect(after).not.toBe(before)
      expect(await home(browser)).toEqual({ user: 'ada', count: 1 })
      expect(await home(planted)).toEqual({})
      expect([await store.read(before), (await store.read(after))?.data]).toEqual([null, { user: 'ada', count: 1 }])
    })

    it('keeps the old id where the application says so', async () => {
      const browser = open()
      await browser.visit('/count', {})
      const first = copyOf(browser)
      await browser.visit('/copy', {})
      await browser.visit('/count', {})
      expect(await idOf(browser)).not.toBe(await idOf(first))
      expect([await home(browser), await home(first)]).toEqual([{ count: 2 }, { count: 1 }])
    })

    it('keeps what two tabs change at the same time', async () => {
      const browser = open()
      await browser.visit('/count', {})
      await Promise.all([browser.visit('/set/theme/dark/2', {}), browser.visit('/set/language/de/2', {})])
      expect(await home(browser)).toEqual({ count: 1, theme: 'dark', language: 'de' })
    })

    it('logs out, and a tab that commits later brings nothing back and wipes no cookie', async () => {
      const browser = open()
      await browser.visit('/login', { user: 'ada' })
      const copy = copyOf(browser)
      const id = (await idOf(browser)) as string
      const late = browser.visit('/set/theme/dark/2', {})
      await until(() => waiting.length === 1)
      await browser.visit('/logout', {})
      expect(await home(browser)).toEqual({})
      await browser.visit('/login', { user: 'grace' })
      for (const go of waiting.splice(0)) go()
      expect((await late).cookies).toEqual([])
      expect(await home(browser)).toEqual({ user: 'grace' })
      expect([await store.read(id), await home(copy)]).toEqual([null, {}])
    })

    it('does not use an id that it did not issue, signed or not', async () => {
      const unknown = 'x'.repeat(43)
      const signed = (await cookie.serialize(unknown)).split(';')[0]?.split('=').slice(1).join('=') as string
      for (const forged of [signed, `${signed.slice(0, -3)}abc`, unknown, '%', '']) {
        const browser = open()
        proxy.reset()
        browser.cookies.set('__session', forged)
        const page = await browser.visit('/count', {})
        expect([page.status, JSON.parse(page.text)]).toEqual([200, { count: 1 }])
        expect(await idOf(browser)).not.toBe(unknown)
        // Only the one with a good signature is looked up.
        expect(proxy.operations()).toEqual(forged === signed ? ['GetItem', 'PutItem', 'GetItem'] : ['PutItem', 'GetItem'])
      }
      expect(await store.read(unknown)).toBe(null)
    })
  })
})
