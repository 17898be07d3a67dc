// Forged requests in React Router and Remix 2: the storage's own methods, and React Router's middleware.
import { createCookie, createStaticHandler, redirect, RouterContextProvider } from 'react-router'
import { describe, expect, it } from 'vitest'
import { createCsrfMiddleware, createDynamoSessionStorage, createSessionMiddleware } from '../../src/react-router.ts'
import * as remix from '../../src/remix.ts'
import { csrfSuite } from '../support/csrf.ts'
import { serve } from '../support/serve.ts'

type Serve = (request: Request) => Promise<Response>

const secretKey = 'a long and random secret'
const cookie = { secure: false }

function byMiddleware(options: object): Serve {
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

function byHand(storage: remix.DynamoSessionStorage): Serve {
  return async (request) => {
    const { pathname } = new URL(request.url)
    try {
      await storage.verifyCsrf(request, { except: ['/webhooks'] })
    } catch (error) {
      if (error instanceof remix.CsrfError) return new Response(error.message, { status: error.status })
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

const FRAMEWORKS: Record<string, (options: object) => Serve> = {
  "React Router's middleware": byMiddleware,
  'React Router, by hand': (options) => byHand(createDynamoSessionStorage({ ...options, cookie }) as remix.DynamoSessionStorage),
  'Remix 2, by hand': (options) => byHand(remix.createDynamoSessionStorage({ ...options, cookie })),
}

describe.each(Object.entries(FRAMEWORKS))('%s', (_, make) => {
  csrfSuite((options) => serve(make(options)))
})

describe('the expected origin', () => {
  const forged = (origin: string): Request =>
    new Request('http://shop.example.com/', { method: 'POST', headers: { origin, host: 'shop.example.com' } })

  it('is one of https where the cookie is Secure, also that of a Cookie object', async () => {
    for (const made of [{ secure: true }, createCookie('s', { secure: true, secrets: [secretKey] })]) {
      const storage = createDynamoSessionStorage({ secretKey, cookie: made })
      await storage.verifyCsrf(forged('https://shop.example.com'))
      await expect(storage.verifyCsrf(forged('http://shop.example.com'))).rejects.toMatchObject({ reason: 'origin' })
    }
    await createDynamoSessionStorage({ secretKey, cookie }).verifyCsrf(forged('http://shop.example.com'))
  })
})

describe('a Cookie object, which shows no secrets', () => {
  it('needs `secretKey` for tokens, and says so before anything is stored', async () => {
    const storage = createDynamoSessionStorage({ cookie: createCookie('s', { secrets: [secretKey] }) })
    await expect(storage.csrfToken(await storage.getSession())).rejects.toMatchObject({
      code: 'MISSING_SECRET_KEY',
      message: expect.stringContaining('beside a Cookie object'),
    })
  })
})

describe('the middleware', () => {
  it('throws a response of one’s own', async () => {
    const storage = createDynamoSessionStorage({ secretKey })
    const middleware = createCsrfMiddleware(storage, { refuse: ({ reason }) => new Response(reason, { status: 418 }) })
    const request = new Request('http://localhost/', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    const thrown = await middleware({ request, context: {} }, async () => 'passed').catch((error: unknown) => error)
    expect([(thrown as Response).status, await (thrown as Response).text()]).toEqual([418, 'cross-site'])
    expect(() => createCsrfMiddleware(storage, { origins: ['example.com'] })).toThrow('Option `origins`')
  })
})
