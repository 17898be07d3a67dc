import { afterAll, beforeAll, describe } from 'vitest'
import { CsrfError, openSession, verifyCsrf } from '../../src/web.ts'
import { csrfSuite } from '../support/csrf.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { serve } from '../support/serve.ts'

onEveryEngine(({ engine, options: table }) => {
  const proxy = useProxy(engine)
  let server: Awaited<ReturnType<typeof serve>>

  beforeAll(async () => {
    const options = { ...table, endpoint: proxy.endpoint, secretKey: 'a long and random secret' }
    server = await serve(async (request) => {
      const { pathname } = new URL(request.url)
      try {
        await verifyCsrf(request, { ...options, except: ['/webhooks'] })
      } catch (error) {
        if (error instanceof CsrfError) return new Response(error.message, { status: error.status })
        throw error
      }
      const session = await openSession<{ userId: string }>(request, options)
      if (pathname === '/form') return new Response(await session.csrfToken(), { headers: session.headers() })
      if (pathname !== '/login') return new Response(request.method === 'GET' ? '' : String((await request.formData()).get('a')))
      await session.update({ userId: 'ada' })
      await session.regenerate()
      return new Response(null, { headers: session.headers() })
    })
  })
  afterAll(() => server.stop())

  describe('forged requests', () => {
    csrfSuite(() => server.origin, proxy)
  })
})
