import { assertBodySize, bodyLimit, defineValidatedHandler, H3, HTTPError, redirect, setCookie } from 'h3'
import type { H3Config, H3Event, Middleware, SessionManager } from 'h3'
import { toNodeHandler } from 'h3/node'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { rememberRequest } from '../../src/h3/event.ts'
import { createSessionStore } from '../../src/index.ts'
import { dynamoSession, onDynamoSessionResponse, useDynamoSession } from '../../src/h3.ts'
import type { DynamoSession, SessionEvent } from '../../src/h3.ts'
import { inTurn, onEveryEngine } from '../support/engines.ts'
import { listen } from '../support/serve.ts'
import { h3Suite } from './suite/suite.ts'
import { ask } from './suite/visits.ts'
import type { Answer } from './suite/visits.ts'

const V2 = (event: SessionEvent): H3Event => event as H3Event

describe('on h3 2', () => {
  h3Suite(inTurn(1), {
    hasNext: true,
    listener(routes) {
      const app = new H3()
      app.use((event, next) => (routes.middleware ? routes.middleware(event, next) : next()))
      app.all('/**', (event) => routes.handler(event))
      return toNodeHandler(app)
    },
    redirect: (_event, location) => redirect(location),
    setCookie: (event, name, value) => setCookie(V2(event), name, value),
  })

  it('fits its types', () => {
    expectTypeOf<H3Event>().toExtend<SessionEvent>()
    expectTypeOf<DynamoSession<{ a: number }>>().toExtend<SessionManager<{ a: number }>>()
    expectTypeOf<ReturnType<typeof dynamoSession>>().toExtend<Middleware>()
    expectTypeOf(onDynamoSessionResponse).toExtend<NonNullable<H3Config['onResponse']>>()
  })

  onEveryEngine(({ options }) => {
    const store = createSessionStore({ ...options })
    let id: string | undefined
    /** Asks an application that stores something and then throws. */
    async function askThrowing(config: H3Config, path = '/'): Promise<Answer> {
      vi.spyOn(console, 'error').mockReturnValue()
      const app = new H3(config)
      app.use(dynamoSession({ ...options, secretKey: 'secret'.repeat(4) }))
      app.get('/read', () => 'nothing stored')
      app.get('/', async (event) => {
        setCookie(event, 'theme', 'dark')
        id = (await (await useDynamoSession(event)).update({ a: 1 })).id
        throw new Error('no')
      })
      const { port, stop } = await listen(toNodeHandler(app))
      try {
        return await ask(port, new Map(), { path })
      } finally {
        stop()
      }
    }

    it('stores what was written before an error, also where onError returns a Response without the cookie', async () => {
      const answer = await askThrowing({ onError: () => new Response('sorry', { status: 500 }) })
      expect(answer).toMatchObject({ status: 500, text: 'sorry', cookies: [] })
      expect((await store.read(id as string))?.data).toEqual({ a: 1 })
    })

    it('is not taken for a cached handler of Nitro where h3 gives the event another request', async () => {
      const app = new H3({ onRequest: (event) => rememberRequest(event as never) })
      const logIn = async (event: SessionEvent): Promise<string> => {
        await (await useDynamoSession(event, { ...options, secretKey: 'secret'.repeat(4) })).update({ user: 'ada' })
        return 'done'
      }
      const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value: value as object }) } }
      app.post('/validated', defineValidatedHandler({ validate: { body: schema }, handler: logIn }))
      app.post('/asserted', (event) => {
        assertBodySize(event, 1000)
        return logIn(event)
      })
      app.post('/limited', logIn, { middleware: [bodyLimit(1000)] })
      app.mount('/mounted', new H3().post('/', logIn))
      app.mount('/fetched', { fetch: new H3().post('/', logIn).fetch })
      const { port, stop } = await listen(toNodeHandler(app))
      const cookies: [string, number][] = []
      for (const path of ['validated', 'asserted', 'limited', 'mounted/', 'fetched/']) {
        const headers = { 'content-type': 'application/json' }
        const response = await fetch(`http://127.0.0.1:${port}/${path}`, { method: 'POST', body: '{"name":"ada"}', headers })
        expect([path, await response.text()]).toEqual([path, 'done'])
        cookies.push([path, response.headers.getSetCookie().length])
      }
      stop()
      expect(cookies).toEqual(cookies.map(([path]) => [path, 1]))
    })

    describe('with onResponse', () => {
      const onResponse = onDynamoSessionResponse
      const session = [expect.stringMatching(/^session=./)]

      it('a Response of onError gets the session cookie and no other, and is kept out of caches', async () => {
        const headers = { 'cache-control': 's-maxage=60', 'cdn-cache-control': 'max-age=60', 'x-kept': '1' }
        const answer = await askThrowing({ onResponse, onError: () => new Response('sorry', { status: 500, headers }) })
        expect(answer).toMatchObject({ status: 500, text: 'sorry', cookies: session, cacheControl: 'private, no-store' })
        expect(answer.headers).toMatchObject({ 'x-kept': '1' })
        expect(answer.headers).not.toHaveProperty('cdn-cache-control')
      })

      it('so does one whose headers cannot be changed', async () => {
        const fixed = Response.redirect('http://localhost/login', 302)
        expect(() => fixed.headers.set('a', 'b')).toThrow()
        const answer = await askThrowing({ onResponse, onError: () => fixed })
        expect(answer).toMatchObject({
          status: 302,
          location: 'http://localhost/login',
          cookies: session,
          cacheControl: 'private, no-store',
        })
      })

      describe.each([
        ['which can be changed', () => new Response(null, { status: 302, headers: { location: '/login' } })],
        ['which cannot be changed', () => Response.redirect('http://localhost/login', 302)],
      ])('one Response for everybody, %s,', (_, make) => {
        /** Stores something for those who say who they are, and then throws. */
        function appOf(): H3 {
          const shared = make()
          const app = new H3({ onResponse, onError: () => shared })
          return app.get('/', async (event) => {
            const user = event.url.searchParams.get('user')
            const session = await useDynamoSession(event, { ...options, secretKey: 'secret'.repeat(4) })
            if (user) await session.update({ user })
            throw new HTTPError({ status: 401 })
          })
        }

        it('gives each visitor the own cookie and strangers none, on Node', async () => {
          const { port, stop } = await listen(toNodeHandler(appOf()))
          const cookiesOf = async (path: string): Promise<readonly string[]> => (await ask(port, new Map(), { path })).cookies
          const [ada, stranger, eve] = [await cookiesOf('/?user=ada'), await cookiesOf('/'), await cookiesOf('/?user=eve')]
          const many = await Promise.all(Array.from({ length: 20 }, (__, n) => cookiesOf(n % 2 ? '/' : `/?user=${n}`)))
          stop()
          expect([ada, stranger, eve]).toEqual([session, [], session])
          expect(many.map((cookies) => cookies.length)).toEqual(many.map((__, n) => 1 - (n % 2)))
          expect(new Set([ada, eve, ...many].flat()).size).toBe(12)
        })

        it('gives nobody the cookie of another elsewhere, and says that it can carry none', async () => {
          const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
          const app = appOf()
          const answers: [readonly string[], string | null][] = []
          for (const query of ['user=ada', '', 'user=eve', '']) {
            const { headers } = await app.fetch(new Request(`http://localhost/?${query}`))
            answers.push([headers.getSetCookie(), headers.get('cache-control')])
          }
          expect(answers.map(([cookies]) => cookies)).toEqual([session, [], [], []])
          expect(answers[2]?.[1]).toBe('private, no-store')
          expect(warn.mock.calls.length).toBeLessThanOrEqual(1)
        })
      })

      it('gets no cookie twice', async () => {
        const answer = await askThrowing({ onResponse })
        expect([answer.status, answer.cookies]).toEqual([500, session])
        const same = await askThrowing({ onResponse, onError: () => ({ sorry: true }) })
        expect(same.cookies).toEqual(['theme=dark; Path=/', ...session])
      })

      it('stays as it is without a cookie of ours', async () => {
        const answer = await askThrowing({ onResponse }, '/read')
        expect([answer.text, answer.cookies, answer.cacheControl]).toEqual(['nothing stored', [], undefined])
      })
    })
  })
})
