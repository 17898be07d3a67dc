import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { openSession } from 'dynamodb-sessions/web'

const MONTH = 30 * 24 * 60 * 60
const options = {
  tableName: 'sessions',
  secretKey: process.env.SESSION_SECRET,
  userIdKey: 'userId',
  maxStale: MONTH, // no session is remembered for longer
  device: true, // of each log-in, keep a label such as `Firefox on Windows`
}
const app = new Hono()

app.use(async (c, next) => {
  const session = await openSession(c.req.raw, options)
  c.set('session', session)
  await next()
  session.headers().forEach((value, name) => c.header(name, value, { append: name === 'set-cookie' }))
})

app.get('/', async (c) => {
  const session = c.get('session')
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
  return c.json({ visits: session.data.visits, user: session.data.userId })
})

app.get('/login', (c) =>
  c.html(
    html`<h1>Log in</h1>
      <form method="post">
        <label>Name <input name="user" value="ada" /></label>
        <label><input type="checkbox" name="remember" /> Remember me</label>
        <button>Log in</button>
      </form>`,
  ),
)

app.post('/login', async (c) => {
  const session = c.get('session')
  const { user = 'ada', remember } = await c.req.parseBody() // an application asks for a password here
  session.data.userId = user
  await session.regenerate({ authenticated: true, remember: remember ? MONTH : false })
  return c.redirect('/devices')
})

app.get('/devices', async (c) => {
  const session = c.get('session')
  if (!session.data.userId) return c.redirect('/login')
  const rows = []
  for await (const { key, device, lastActiveAt, isCurrent } of session.userSessions({ order: 'newest', limit: 50 })) {
    rows.push(
      html`<li>
        ${device?.label ?? 'An unknown device'}, last active ${lastActiveAt.toISOString()}
        ${isCurrent ? html`<strong>this device</strong>` : endButton(key)}
      </li>`,
    )
  }
  return c.html(
    html`<h1>Your devices, ${session.data.userId}</h1>
      <ul>
        ${rows}
      </ul>
      <form method="post" action="/devices/end-others"><button>Log out everywhere else</button></form>
      <form method="post" action="/logout"><button>Log out</button></form>`,
  )
})

const endButton = (key) =>
  html`<form method="post" action="/devices/end">
    <button name="key" value="${key}">Log out</button>
  </form>`

app.post('/devices/end', async (c) => {
  const { key } = await c.req.parseBody()
  await c.get('session').userSessions().revoke(key) // does nothing to other users' sessions
  return c.redirect('/devices')
})

app.post('/devices/end-others', async (c) => {
  const session = c.get('session')
  session.requireFresh(10 * 60)
  await session.userSessions().revokeOthers()
  return c.redirect('/devices')
})

app.post('/logout', async (c) => {
  await c.get('session').destroy()
  return c.redirect('/login')
})

app.onError((error, c) => {
  if (error.code === 'FRESH_LOG_IN_REQUIRED') return c.redirect('/login')
  throw error
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(`http://localhost:${port}`))
