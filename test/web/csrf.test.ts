import { describe } from 'vitest'
import { CsrfError, openSession, verifyCsrf } from '../../src/web.ts'
import { csrfSuite } from '../support/csrf.ts'
import { serve } from '../support/serve.ts'

describe('forged requests', () => {
  csrfSuite((options) =>
    serve(async (request) => {
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
    }),
  )
})
