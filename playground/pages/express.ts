import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import session from 'express-session'
import type { SessionData } from 'express-session'
import { getCookie } from 'h3'
import { DynamoDBStore } from '../../src/express.ts'
import { createCsrf } from '../../src/index.ts'
import type { Csrf } from '../../src/index.ts'
import { cookieName, intentsWithout, rememberOf, secondsOf, TEN_MINUTES, textOf } from '../page.ts'
import type { Data, Intent, Loaded, PageContext, PlaygroundPage } from '../page.ts'
import { takeTime } from '../requests.ts'
import { codeOf } from './code.ts'
import { ask } from './ask.ts'
import type { Tools } from './session.ts'

const HOUR = 60 * 60

/** express-session has no call in which a log-in could say when it was, so that the application keeps the time. */
type Kept = Partial<Data> & { message?: string; authenticatedAt?: number; hasForm?: true }
type Request = Omit<express.Request, 'session'> & { session: express.Request['session'] & Kept }

/** The page as an Express application writes it, with express-session. */
export function expressPage(path: string, context: PageContext): PlaygroundPage {
  const { browser, options, secret } = context
  const lifetime = { maxStale: TEN_MINUTES }
  const store = context.storeOf(lifetime)
  const race = context.raceOf(lifetime)
  const name = cookieName(browser, 'express-session')
  const csrf = createCsrf({ secretKey: secret })
  const app = express()
  app.use(
    session({
      store: new DynamoDBStore(options),
      name,
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: TEN_MINUTES * 1000, httpOnly: true, sameSite: 'lax' },
    }),
  )
  app.get('/', (request, res) => {
    const req = request as Request
    res.locals.loaded = loadedOf(req, csrf)
    delete req.session.message
    res.end()
  })
  app.get('/member', (request, res) => {
    res.locals.user = (request as Request).session.user
    res.end()
  })
  app.post('/:intent', async (req, res) => {
    await act(req as Request, req.params.intent as Intent, req.body as FormData, { store, race, csrf })
    res.redirect(303, path)
  })

  return {
    path,
    browser,
    title: 'Express',
    code: codeOf('express.ts', {}),
    intents: intentsWithout('clear'),
    async load(event) {
      const { locals, cookies } = await ask(app, { method: 'GET', url: '/', headers: event.req.headers })
      for (const line of cookies) event.res.headers.append('Set-Cookie', line)
      return locals.loaded as Loaded
    },
    async act(event, intent, form) {
      const asked = { method: 'POST', url: `/${intent}`, headers: event.req.headers, body: form }
      const { status, cookies } = await ask(app, asked)
      const headers = new Headers({ Location: path })
      for (const line of cookies) headers.append('Set-Cookie', line)
      // As express-session leaves it to the application, which knows that the session has ended.
      if (intent.startsWith('destroy'))
        headers.append('Set-Cookie', `${name}=; Path=/; Expires=${new Date(0).toUTCString()}; HttpOnly; SameSite=Lax`)
      return new Response(null, { status, headers })
    },
    async member(event) {
      const { locals } = await ask(app, { method: 'GET', url: '/member', headers: event.req.headers })
      return locals.user as string | undefined
    },
    async keyOf(event) {
      // Its own signature, which the application's middleware checks, is not looked at again here.
      const [, id] = /^s:([\w-]{16,128})\./.exec(getCookie(event, name) ?? '') ?? []
      return id === undefined ? undefined : store.keyOf(id)
    },
  }
}

interface ExpressTools extends Tools {
  readonly csrf: Csrf
}

async function act(req: Request, intent: Intent, form: FormData, { store, race, csrf }: ExpressTools): Promise<void> {
  await takeTime()
  switch (intent) {
    case 'log-in': {
      const { cookie: _, ...kept } = req.session
      // A new id after every log-in. It starts empty, so that what is to stay is taken along.
      await called((done) => req.session.regenerate(done))
      Object.assign(req.session, kept, { user: textOf(form, 'name') || 'Somebody', authenticatedAt: Date.now() })
      // What the box says, if there is one: seconds, or `false` for a cookie that ends with the browser.
      const remember = rememberOf(form)
      if (remember !== undefined) req.session.cookie.expires = remember === false ? null : new Date(Date.now() + remember * 1000)
      break
    }
    case 'note':
      req.session.note = textOf(form, 'note')
      if (req.session.note === '') delete req.session.note
      break
    case 'count':
      req.session.count = (req.session.count ?? 0) + 1
      break
    case 'count-locked':
      await store.withLock(req.sessionID, async ({ record, update }) => {
        const { count = 0 } = record.data
        await sleep(1000)
        await update({ ...record.data, count: count + 1 })
      })
      break
    case 'flash':
      req.session.message = 'This message is shown once.'
      break
    case 'regenerate': {
      const { cookie: _, ...kept } = req.session
      await called((done) => req.session.regenerate(done))
      Object.assign(req.session, kept)
      break
    }
    case 'extend':
      req.session.cookie.maxAge = HOUR * 1000
      break
    case 'token':
      // express-session stores no session that is empty.
      req.session.hasForm = true
      break
    case 'order':
      // Throws a 403, unless a page of this origin sent it or it brings the session's token.
      await csrf.verify(req, req.sessionID, { token: form.get('_csrf') })
      req.session.orders = (req.session.orders ?? 0) + 1
      break
    case 'confirm': {
      // The password was right once more.
      const { cookie: _, ...kept } = req.session
      await called((done) => req.session.regenerate(done))
      Object.assign(req.session, kept, { authenticatedAt: Date.now() })
      break
    }
    case 'change-password':
      if (Date.now() - (req.session.authenticatedAt ?? 0) >= secondsOf(form) * 1000)
        throw Object.assign(new Error('Confirm your password first'), { status: 401, statusText: 'Unauthorized' })
      req.session.message = 'The password was changed.'
      break
    case 'expire': {
      const record = await store.read(req.sessionID)
      if (record) await store.touch(record, { expiresAt: new Date(Date.now() - 1000) })
      break
    }
    case 'destroy':
      await called((done) => req.session.destroy(done))
      break
    case 'revoke-others':
      if (req.session.user !== undefined) await store.userSessions(req.session.user, { current: req.sessionID }).revokeOthers()
      break
    case 'destroy-all':
      if (req.session.user !== undefined) await store.destroyByUser(req.session.user)
      await called((done) => req.session.destroy(done))
      break
    case 'revoke':
      // Another user's key is refused like an unknown one.
      if (req.session.user !== undefined) await store.userSessions(req.session.user).revoke(textOf(form, 'key'))
      break
    case 'race-merge':
      await race.differentKeys(req.sessionID)
      break
    case 'race-same':
      await race.sameKey(req.sessionID)
  }
}

function loadedOf({ session, sessionID }: Request, csrf: Csrf): Loaded {
  const { cookie, message, authenticatedAt, hasForm, ...data } = session as SessionData & Kept
  const isNew = Object.keys(data).length === 0 && message === undefined && hasForm === undefined
  return {
    isNew,
    data,
    message,
    expiresAt: isNew ? undefined : (cookie.expires ?? undefined),
    authenticatedAt: authenticatedAt === undefined ? undefined : new Date(authenticatedAt),
    token: isNew ? undefined : csrf.tokenOf(sessionID),
  }
}

/** What calls back, as a promise. */
function called(call: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error as Error) : resolve())))
}
