// Session middleware on React Router's own request handler: loaders, actions, redirects and errors as in an application.
import { createStaticHandler, redirect, RouterContextProvider } from 'react-router'
import type { RouteObject } from 'react-router'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { createDynamoSessionStorage, createSessionMiddleware } from '../../src/react-router.ts'
import type { DynamoSessionStorageOptions } from '../../src/react-router.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { cookieOf } from '../support/cookie.ts'

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)

  /** An application of nested routes, each of whose loaders uses the session. */
  function application(more: DynamoSessionStorageOptions = {}) {
    const storage = createDynamoSessionStorage({ ...options, endpoint: proxy.endpoint, secretKey: 's'.repeat(20), ...more })
    const [middleware, getSession] = createSessionMiddleware(storage)
    const read = ({ context }: { context: unknown }) => ({ n: (getSession(context).get('n') as number | undefined) ?? 0 })
    const routes: RouteObject[] = [
      {
        id: 'root',
        path: '/',
        middleware: [middleware],
        loader: read,
        children: [
          { id: 'a', path: 'a', loader: read, children: [{ id: 'b', path: 'b', loader: read }] },
          {
            id: 'count',
            path: 'count',
            action({ context }) {
              const session = getSession(context)
              session.set('n', ((session.get('n') as number | undefined) ?? 0) + 1)
              return { ok: true }
            },
          },
          {
            id: 'login',
            path: 'login',
            action({ context }) {
              getSession(context).set('user', 'ada')
              throw redirect('/a')
            },
          },
          {
            id: 'frozen',
            path: 'frozen',
            loader({ context }) {
              getSession(context).set('frozen', true)
              return Response.redirect('http://localhost/a', 302)
            },
          },
          {
            id: 'logout',
            path: 'logout',
            async action({ context }) {
              throw redirect('/', { headers: { 'Set-Cookie': await storage.destroySession(getSession(context), {}) } })
            },
          },
          {
            id: 'own',
            path: 'own',
            async action({ context }) {
              const session = getSession(context)
              session.set('own', 1)
              throw redirect('/', { headers: { 'Set-Cookie': await storage.commitSession(session) } })
            },
          },
        ],
      },
    ]
    const handler = createStaticHandler(routes)
    return async (path: string, cookie?: string, method = 'GET'): Promise<{ status: number; cookies: string[]; data: unknown }> => {
      const request = new Request(`http://localhost${path}`, { method, ...(cookie === undefined ? {} : { headers: { cookie } }) })
      const response = (await handler.query(request, {
        requestContext: new RouterContextProvider(),
        async generateMiddlewareResponse(query) {
          const result = await query(request)
          return result instanceof Response ? result : Response.json({ data: result.loaderData, errors: result.errors })
        },
      })) as Response
      return { status: response.status, cookies: response.headers.getSetCookie(), data: await response.json().catch(() => null) }
    }
  }

  describe('session middleware', () => {
    it('reads once for three loaders, and sends no cookie and writes nothing when nothing changed', async () => {
      const visit = application()
      const { cookies } = await visit('/count', undefined, 'POST')
      proxy.reset()
      const page = await visit('/a/b', cookieOf(cookies[0] as string))
      expect(page).toMatchObject({ status: 200, cookies: [], data: { data: { root: { n: 1 }, a: { n: 1 }, b: { n: 1 } } } })
      expect(proxy.operations()).toEqual(['GetItem'])
      expect((await visit('/a/b')).cookies).toEqual([])
    })

    it('commits once after an action and its loaders', async () => {
      const visit = application()
      const first = await visit('/count', undefined, 'POST')
      expect(first.cookies).toHaveLength(1)
      const cookie = cookieOf(first.cookies[0] as string)
      proxy.reset()
      expect(await visit('/count', cookie, 'POST')).toMatchObject({
        cookies: [],
        data: { data: { root: { n: 2 } } },
      })
      expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem'])
    })

    it('puts the cookie on a thrown redirect, and on one whose headers are immutable', async () => {
      const visit = application()
      const login = await visit('/login', undefined, 'POST')
      expect([login.status, login.cookies.length]).toEqual([302, 1])
      const frozen = await visit('/frozen')
      expect([frozen.status, frozen.cookies.length]).toEqual([302, 1])
    })

    it('does not commit again what the request destroyed or committed', async () => {
      const visit = application()
      const cookie = cookieOf((await visit('/count', undefined, 'POST')).cookies[0] as string)
      proxy.reset()
      const own = await visit('/own', cookie, 'POST')
      expect([own.cookies.length, proxy.operations()]).toEqual([1, ['GetItem', 'UpdateItem']])
      proxy.reset()
      const logout = await visit('/logout', cookie, 'POST')
      expect(logout.cookies).toEqual([expect.stringContaining('Expires=Thu, 01 Jan 1970')])
      expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
      expect((await visit('/', cookie)).data).toEqual({ data: { root: { n: 0 } }, errors: null })
    })

    it('lets concurrent requests count right with enableLocking, on several hosts', async () => {
      const hosts = Array.from({ length: 3 }, () =>
        application({
          endpoint: undefined,
          tableName: undefined,
          driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }),
          enableLocking: true,
          lockMaxWaitTime: 20,
          lockRetryDelay: 10,
          lockExpiryTime: 5000,
        } as never),
      )
      const visit = hosts[0] as ReturnType<typeof application>
      const cookie = cookieOf((await visit('/count', undefined, 'POST')).cookies[0] as string)
      await Promise.all(hosts.flatMap((host) => Array.from({ length: 4 }, () => host('/count', cookie, 'POST'))))
      expect((await visit('/', cookie)).data).toMatchObject({ data: { root: { n: 13 } } })
    })

    it('says what is missing where the middleware is not on the route', () => {
      const [, getSession] = createSessionMiddleware(createDynamoSessionStorage({ secretKey: 's'.repeat(20) }))
      expect(() => getSession(new RouterContextProvider())).toThrow('put the session middleware on this route')
    })

    it('leaves a result that is no Response as it is', async () => {
      const [middleware] = createSessionMiddleware(createDynamoSessionStorage({ ...options, secretKey: 's'.repeat(20) }))
      const next = vi.fn(async () => 'no response')
      expect(await middleware({ request: new Request('http://localhost'), context: new RouterContextProvider() }, next)).toBe('no response')
      expect(next).toHaveBeenCalledOnce()
    })
  })
})
