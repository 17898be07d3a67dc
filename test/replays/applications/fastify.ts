import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fastify from 'fastify'
import { DynamoDBStore } from '../../../src/express.ts'
import { SECRET, shown } from './application.ts'
import type { Start } from './application.ts'

export const startFastify: Start = async (options) => {
  const app = fastify()
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _payload, done) => done(null, {}))
  await app.register(cookie)
  await app.register(session, {
    store: new DynamoDBStore(options),
    secret: SECRET,
    cookie: { secure: false },
    saveUninitialized: false,
    rolling: false,
  })
  app.get('/', async (request) => shown(request.session as object))
  app.post<{ Params: { key: string } }>('/set/:key', async (request) => {
    Object.assign(request.session, { [request.params.key]: 1 })
    return {}
  })
  app.post('/login', async (request) => {
    await request.session.regenerate()
    Object.assign(request.session, { user: 'ada' })
    return {}
  })
  app.post('/logout', async (request, reply) => {
    await request.session.destroy()
    return reply.clearCookie('sessionId', { path: '/' }).send({})
  })
  return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), stop: () => app.close() }
}
