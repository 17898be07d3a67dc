import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fastify from 'fastify'
import { DynamoDBStore } from 'dynamodb-sessions/express'

const app = fastify()
await app.register(cookie)
await app.register(session, {
  store: new DynamoDBStore({ tableName: 'sessions', userIdKey: 'userId' }),
  secret: process.env.SESSION_SECRET,
  saveUninitialized: false,
  rolling: false,
  cookie: { maxAge: 7 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: process.env.NODE_ENV === 'production' },
})

app.get('/', async ({ session }) => {
  session.visits = (session.visits ?? 0) + 1
  return { visits: session.visits, user: session.userId }
})

app.post('/login', async ({ session }, reply) => {
  await session.regenerate()
  reply.request.session.userId = 'ada'
  return reply.redirect('/')
})

app.post('/logout', async ({ session }, reply) => {
  await session.destroy()
  return reply.clearCookie('sessionId').redirect('/')
})

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
