// Forged requests in React Router, by its middleware and by hand, and so in Remix 2.
import type * as ReactRouter from 'react-router'
import { describe } from 'vitest'
import { CsrfError } from '../../../src/react-router.ts'
import type * as OurEntry from '../../../src/react-router.ts'
import type { DynamoSessionStorage } from '../../../src/remix.ts'
import { csrfSuite } from '../../support/csrf.ts'
import { serve } from '../../support/serve.ts'

/** What differs between the majors. */
type Router = Pick<typeof ReactRouter, 'createStaticHandler' | 'redirect' | 'RouterContextProvider'>
type Storages = Pick<typeof OurEntry, 'createCsrfMiddleware' | 'createDynamoSessionStorage' | 'createSessionMiddleware'>
export type Serve = (request: Request) => Promise<Response>

export const cookie = { secure: false }

function byMiddleware({ createStaticHandler, redirect, RouterContextProvider }: Router, storages: Storages, options: object): Serve {
  const { createCsrfMiddleware, createDynamoSessionStorage, createSessionMiddleware } = storages
  const storage = createDynamoSessionStorage({ ...options, cookie })
  const [sessionMiddleware, getSession] = createSessionMiddleware(storage)
  const root = async ({ request }: { request: Request }) => new Response(String((await request.formData()).get('a')))
  const { queryRoute } = createStaticHandler([
    {
      id: 'app',
      middleware: [createCsrfMiddleware(storage, { except: ['/webhooks'] }), sessionMiddleware],
      children: [
        { path: '/form', loader: async ({ context }) => new Response(await storage.csrfToken(getSession(context))) },
        { path: '/page', loader: ({ context }) => new Response(String(getSession(context).id)) },
        { path: '/', action: root },
        { path: '/webhooks', action: root },
        {
          path: '/login',
          async action({ context }) {
            const session = getSession(context)
            session.set('userId', 'ada')
            throw redirect('/page', { headers: { 'Set-Cookie': await storage.regenerateSession(session) } })
          },
        },
      ],
    },
  ])
  return async (request) => {
    try {
      const generateMiddlewareResponse = async (query: (request: Request) => Promise<Response>): Promise<Response> => query(request)
      return (await queryRoute(request, { requestContext: new RouterContextProvider(), generateMiddlewareResponse })) as Response
    } catch (error) {
      if (error instanceof Response) return error
      throw error
    }
  }
}

export function byHand(storage: DynamoSessionStorage): Serve {
  return async (request) => {
    const { pathname } = new URL(request.url)
    try {
      await storage.verifyCsrf(request, { except: ['/webhooks'] })
    } catch (error) {
      if (error instanceof CsrfError) return new Response(error.message, { status: error.status })
      throw error
    }
    if (pathname === '/' || pathname === '/webhooks') return new Response(String((await request.formData()).get('a')))
    const session = await storage.getSession(request.headers.get('cookie'))
    if (pathname === '/login') session.set('userId', 'ada')
    const token = pathname === '/form' ? await storage.csrfToken(session) : ''
    const setCookie = pathname === '/login' ? await storage.regenerateSession(session) : await storage.commitSession(session)
    return new Response(token, { headers: setCookie ? { 'Set-Cookie': setCookie } : {} })
  }
}

/** On every engine, with the requests of one major. */
export function reactRouterCsrfSuite(router: Router, storages: Storages): void {
  describe('by the middleware', () => csrfSuite((options) => serve(byMiddleware(router, storages, options))))
  describe('by hand', () =>
    csrfSuite((options) => serve(byHand(storages.createDynamoSessionStorage({ ...options, cookie }) as unknown as DynamoSessionStorage))))
}
