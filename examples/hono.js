import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { openSession } from 'dynamodb-sessions/web'

const app = new Hono()

app.use(async (c, next) => {
  const session = await openSession(c.req.raw, { tableName: 'sessions', secretKey: process.env.SESSION_SECRET, userIdKey: 'userId' })
  c.set('session', session)
  await next()
  session.headers().forEach((value, name) => c.header(name, value, { append: name === 'set-cookie' }))
})

app.get('/', async (c) => {
  const session = c.get('session')
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
  return c.json({ visits: session.data.visits, user: session.data.userId })
})

app.post('/login', async (c) => {
  const session = c.get('session')
  session.data.userId = 'ada'
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return c.redirect('/')
})

app.post('/logout', async (c) => {
  await c.get('session').destroy()
  return c.redirect('/')
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(`http://localhost:${port}`))
