// The first code of servers that are one file: plain JavaScript, which every Node runs as it stands.

const LOAD = `import { loadSessionConfig } from 'dynamodb-sessions/config'`
const OPTIONS = `// dynamodb-sessions.config.ts and AWS_DYNAMO_DB_SESSION_*, as the command reads them.
const options = await loadSessionConfig({ overrides: { secretKey: process.env.SESSION_SECRET } })`

/** A page with a form, and the answer to it; nothing that the visitor typed is in it. */
const PAGE = `const page = (session) => \`<!doctype html>
<p>Visits: \${Number(session.visits)}, \${session.userId ? 'logged in' : 'not logged in'}</p>
<form method="post" action="/login"><input name="username" required> <button>Log in</button></form>
<form method="post" action="/logout"><button>Log out</button></form>\``

export const HONO: string = `import { serve } from '@hono/node-server'
import { Hono } from 'hono'
${LOAD}
import { openSession } from 'dynamodb-sessions/web'

${OPTIONS}

${PAGE}

const app = new Hono()

app.use(async (c, next) => {
  const session = await openSession(c.req.raw, options)
  c.set('session', session)
  await next()
  session.headers().forEach((value, name) => c.header(name, value, { append: name === 'set-cookie' }))
})

app.get('/', async (c) => {
  const session = c.get('session')
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 })) // runs again if another request wrote meanwhile
  return c.html(page(session.data))
})

app.post('/login', async (c) => {
  const session = c.get('session')
  const { username } = await c.req.parseBody()
  // Check a password here.
  session.data.userId = String(username)
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return c.redirect('/')
})

app.post('/logout', async (c) => {
  await c.get('session').destroy()
  return c.redirect('/')
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(\`http://localhost:\${port}\`))
`

export const EXPRESS: string = `import express from 'express'
import session from 'express-session'
${LOAD}
import { DynamoDBStore } from 'dynamodb-sessions/express'

if (!process.env.SESSION_SECRET) throw new Error('Set SESSION_SECRET, which signs the cookie')

${PAGE}

const app = express()
app.use(express.urlencoded({ extended: false }))
app.use(
  session({
    // dynamodb-sessions.config.ts and AWS_DYNAMO_DB_SESSION_*, as the command reads them.
    store: new DynamoDBStore(await loadSessionConfig()),
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 7 * 24 * 60 * 60 * 1000, sameSite: 'lax', secure: process.env.NODE_ENV === 'production' },
  }),
)

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.send(page(req.session))
})

app.post('/login', (req, res, next) => {
  // Check a password here. A new id at every log-in; the old one is moved to it.
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.userId = String(req.body.username)
    res.redirect('/')
  })
})

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => (error ? next(error) : res.clearCookie('connect.sid').redirect('/')))
})

const server = app.listen(process.env.PORT ?? 3000, () => console.log(\`http://localhost:\${server.address().port}\`))
`

export const H3: string = `import { H3, html, redirect, serve } from 'h3'
${LOAD}
import { dynamoSession, useDynamoSession } from 'dynamodb-sessions/h3'

${OPTIONS}

${PAGE}

const app = new H3()
app.use(dynamoSession(options))

app.get('/', async (event) => {
  const session = await useDynamoSession(event)
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 })) // runs again if another request wrote meanwhile
  return html(page(session.data))
})

app.post('/login', async (event) => {
  const session = await useDynamoSession(event)
  // Check a password here.
  session.data.userId = String((await event.req.formData()).get('username'))
  await session.regenerate() // a new id at every log-in, stored with what was changed
  return redirect('/')
})

app.post('/logout', async (event) => {
  await (await useDynamoSession(event)).clear()
  return redirect('/')
})

const server = serve(app, { port: Number(process.env.PORT ?? 3000), silent: true })
await server.ready()
console.log(server.url)
`
