import { serve } from '@hono/node-server'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { Hono } from 'hono'
import { dynamodbSecondaryStorage } from 'dynamodb-sessions/better-auth'

const auth = betterAuth({
  baseURL: process.env.BASE_URL,
  secret: process.env.SESSION_SECRET,
  database: memoryAdapter({ user: [], account: [], session: [], verification: [] }), // yours: users stay there
  secondaryStorage: dynamodbSecondaryStorage({ tableName: 'sessions' }), // sessions, verifications and rate limits
  emailAndPassword: { enabled: true },
})

const app = new Hono()
app.on(['GET', 'POST'], '/api/auth/*', (c) => auth.handler(c.req.raw))
app.get('/', async (c) => {
  const session = await auth.api.getSession({ headers: c.req.raw.headers })
  return c.json({ user: session?.user.name })
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(`http://localhost:${port}`))
