import { createCookie } from '@remix-run/cookie'
import { createRouter } from '@remix-run/fetch-router'
import { Session } from '@remix-run/session'
import { session as sessionMiddleware } from '@remix-run/session-middleware'
import { createDynamoSessionStorage } from '../../../src/remix3.ts'
import { serve } from '../../support/serve.ts'
import { SECRET, shown } from './application.ts'
import type { Start } from './application.ts'

export const startRemix3: Start = (options) => {
  const cookie = createCookie('__session', { secrets: [SECRET], httpOnly: true, sameSite: 'Lax' })
  const router = createRouter({ middleware: [sessionMiddleware(cookie, createDynamoSessionStorage(options))] })
  router.get('/', ({ get }) => {
    const session = get(Session)
    return Response.json(shown({ user: session.get('user'), a: session.get('a'), b: session.get('b') }))
  })
  router.post('/set/:key', ({ get, params }) => {
    get(Session).set(params.key, 1)
    return Response.json({})
  })
  router.post('/login', ({ get }) => {
    get(Session).regenerateId(true)
    get(Session).set('user', 'ada')
    return Response.json({})
  })
  router.post('/logout', ({ get }) => {
    get(Session).destroy()
    return Response.json({})
  })
  return serve(async (request) => router.fetch(request))
}
