// What dynamodb-sessions/web promises, over HTTP on a server of web-standard requests.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../../src/web.ts'
import type { DynamoSessionOptions, SessionRequest, WebSession } from '../../src/web.ts'
import { deferred } from '../../src/core/base/deferred.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { serve } from '../support/serve.ts'

interface Data {
  a?: number
  b?: number
  userId?: string
}

type Handler = (session: WebSession<Data>, request: Request) => unknown

onEveryEngine(
  (table) => {
    const proxy = useProxy(table.engine)
    const options = (more: DynamoSessionOptions = {}): DynamoSessionOptions => ({
      ...table.options,
      endpoint: proxy.endpoint,
      secretKey: 'a long and random secret',
      ...more,
    })
    let server: Awaited<ReturnType<typeof serve>>
    const handlers = new Map<string, { handler: Handler; more: DynamoSessionOptions }>()
    let visited = 0

    beforeAll(async () => {
      server = await serve(async (request) => {
        const { handler, more } = handlers.get(new URL(request.url).pathname) as { handler: Handler; more: DynamoSessionOptions }
        const session = await openSession<Data>(request, options(more))
        const result = (await handler(session, request)) ?? session.data
        return Response.json(result, { headers: session.headers() })
      })
    })
    afterAll(() => server.stop())

    interface Browser {
      cookie?: string | undefined
    }

    async function visit(
      browser: Browser,
      handler: Handler,
      more: DynamoSessionOptions = {},
    ): Promise<{ result: unknown; headers: Headers }> {
      const path = `/${visited++}`
      handlers.set(path, { handler, more })
      const response = await fetch(server.origin + path, { headers: browser.cookie ? { cookie: browser.cookie } : {} })
      const [setCookie] = response.headers.getSetCookie()
      if (setCookie !== undefined) browser.cookie = setCookie.startsWith('session=;') ? undefined : setCookie.split(';')[0]
      return { result: await response.json(), headers: response.headers }
    }
    const show = async (browser: Browser): Promise<unknown> => (await visit(browser, ({ data }) => data)).result
    async function stored(data: Data): Promise<Browser> {
      const browser: Browser = {}
      await visit(browser, (session) => session.update(data))
      proxy.requests.splice(0)
      return browser
    }

    describe('a session', () => {
      it('is made by what writes, with its cookie and a response that no cache keeps', async () => {
        const browser: Browser = {}
        const read = await visit(browser, () => ({}))
        expect([proxy.operations(), read.headers.getSetCookie(), read.headers.get('cache-control')]).toEqual([[], [], null])
        const { headers } = await visit(browser, (session) => session.update({ a: 1 }))
        expect(headers.getSetCookie()).toEqual([
          expect.stringMatching(/^session=[\w-]{43}\.[^;]+; Max-Age=(1209600|12095\d\d); Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/),
        ])
        expect(headers.get('cache-control')).toBe('private, no-store')
        expect(proxy.operations()).toEqual(['PutItem'])
        expect(await show(browser)).toEqual({ a: 1 })
        expect(proxy.operations()).toEqual(['PutItem', 'GetItem'])
      })

      it('is read once for a request, however often it is opened', async () => {
        const browser = await stored({ a: 1 })
        await visit(browser, async (session, request) => {
          expect(await openSession(request, options())).toBe(session)
          const [again, other] = await Promise.all([openSession(request, options()), openSession(request, options({ name: 'other' }))])
          expect(again).toBe(session)
          expect(other).not.toBe(session)
        })
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('lives on by being read, and its cookie too, once in a while', async () => {
        atTime(START)
        const browser = await stored({ a: 1 })
        const lifetime = 14 * 24 * 3600
        atTime(START + lifetime * 0.05)
        expect((await visit(browser, () => ({}))).headers.getSetCookie()).toEqual([])
        atTime(START + lifetime * 0.2)
        expect((await visit(browser, () => ({}))).headers.getSetCookie()).toHaveLength(1)
        expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'UpdateItem'])
        atTime(START + lifetime * 1.1)
        expect(await show(browser)).toEqual({ a: 1 })
        atTime(START + lifetime * 2.2)
        expect(await show(browser)).toEqual({})
      })

      it('that ends has its cookie removed', async () => {
        const browser = await stored({ a: 1 })
        const { headers } = await visit(browser, (session) => session.destroy())
        expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
        expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
      })
    })

    describe('concurrent requests', () => {
      it('that change different keys both keep their change', async () => {
        const browser = await stored({ a: 0, b: 0 })
        const both = deferred<void>()
        let arrived = 0
        const change = (data: Data): Promise<unknown> =>
          visit({ ...browser }, async (session) => {
            if (++arrived === 2) both.resolve()
            await both.promise
            await session.update(data)
          })
        await Promise.all([change({ a: 1 }), change({ b: 1 })])
        expect(await show(browser)).toEqual({ a: 1, b: 1 })
      })

      it('and a log-out: a slow one does not bring the session back, and sends no cookie', async () => {
        const browser = await stored({ userId: 'ada' })
        const { headers, result } = await visit({ ...browser }, async (session) => {
          await visit({ ...browser }, (other) => other.destroy())
          await session.update({ a: 1 })
          return session.state
        })
        expect([headers.getSetCookie(), result]).toEqual([[], 'gone'])
        expect(await show(browser)).toEqual({})
      })

      it('that log in twice both work', async () => {
        const browser = await stored({ a: 1 })
        const [one, two] = [{ ...browser }, { ...browser }]
        const both = deferred<void>()
        let arrived = 0
        const logIn = (of: Browser): Promise<unknown> =>
          visit(
            of,
            async (session) => {
              if (++arrived === 2) both.resolve()
              await both.promise
              session.data.userId = 'ada'
              await session.regenerate()
            },
            { userIdKey: 'userId' },
          )
        await Promise.all([logIn(one), logIn(two)])
        expect([await show(one), await show(two)]).toEqual([
          { a: 1, userId: 'ada' },
          { a: 1, userId: 'ada' },
        ])
      })
    })

    describe('without a Request', () => {
      const open = (request: SessionRequest): Promise<WebSession<Data>> => openSession<Data>(request, options())
      const made = async (): Promise<WebSession<Data>> => (await open({ cookie: null, host: 'shop.example' })).update({ a: 1 }) as never

      it('the cookie comes as frameworks take it, its value not encoded', async () => {
        atTime(START)
        const session = await made()
        const [cookie, ...rest] = session.setCookies()
        expect(rest).toEqual([])
        expect(cookie).toMatchObject({
          name: '__Host-session',
          value: expect.stringMatching(/^[\w-]{43}\.[A-Za-z0-9+/]{43}$/),
          attributes: { path: '/', httpOnly: true, secure: true, sameSite: 'lax', maxAge: 1_209_600, expires: expect.any(Date) },
        })
        const header = `other=1; ${cookie?.name}=${cookie?.value}`
        expect((await open({ cookie: header, host: 'shop.example' })).data).toEqual({ a: 1 })
        expect((await open({ cookie: ['other=1', header], host: 'shop.example' })).data).toEqual({ a: 1 })
        const encoded = `${cookie?.name}=${encodeURIComponent(String(cookie?.value))}`
        expect((await open({ cookie: encoded, host: 'shop.example' })).data).toEqual({ a: 1 })
      })

      it('a place that only reads extends nothing, and no session begins there', async () => {
        atTime(START)
        const [cookie] = (await made()).setCookies()
        atTime(START + 5 * 24 * 3600)
        proxy.requests.splice(0)
        const request = { cookie: `${cookie?.name}=${cookie?.value}`, host: 'shop.example', readOnly: true }
        expect((await open(request)).data).toEqual({ a: 1 })
        expect(proxy.operations()).toEqual(['GetItem'])
        await expect((await open({ ...request, cookie: null })).update({ a: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
      })

      it('a bad cookie costs nothing', async () => {
        for (const cookie of ['', 'session=forged', `__Host-session=${'a'.repeat(43)}.${'b'.repeat(43)}`, 'x'.repeat(100_000)])
          expect((await open({ cookie, host: 'shop.example' })).data).toEqual({})
        expect(proxy.operations()).toEqual([])
      })
    })

    it('a store that is down is an error of the request, and the next one may have better luck', async () => {
      const browser = await stored({ a: 1 })
      const request = new Request('http://localhost/', { headers: { host: 'localhost', cookie: String(browser.cookie) } })
      proxy.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } })
      await expect(openSession(request, options())).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      proxy.reset()
      expect((await openSession(request, options())).data).toEqual({ a: 1 })
    })
  },
  { userIdKey: 'userId' },
)

it('needs a secret, and a request', async () => {
  await expect(openSession(new Request('http://localhost/'), {})).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
  await expect(openSession(undefined as never, { secretKey: 'a long and random secret' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  })
})
