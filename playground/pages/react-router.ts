import { setTimeout as sleep } from 'node:timers/promises'
import { createCookie } from 'react-router'
import type { Session } from 'react-router'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { allAtOnce, cookieName, intentsWithout, redirectTo, rememberOf, secondsOf, TEN_MINUTES, textOf } from '../page.ts'
import type { Data, Intent, Loaded, PageContext, PlaygroundPage } from '../page.ts'
import { takeTime } from '../requests.ts'
import { codeOf } from './code.ts'

/** Seconds. */
const WEEK = 7 * 24 * 60 * 60
const HOUR = 60 * 60

interface Flash {
  message: string
}

/** The page as a React Router application writes it: `loader` and `action` take a Request and return headers. */
export function reactRouterPage(path: string, { browser, options, secret, store, raceOf }: PageContext): PlaygroundPage {
  const race = raceOf({})
  const cookie = createCookie(cookieName(browser, '__session'), {
    secrets: [secret],
    maxAge: WEEK,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    // Only because the playground is http on localhost.
    secure: false,
  })
  const storage = createDynamoSessionStorage<Data, Flash>({ ...options, cookie, secretKey: secret })
  const { getSession, commitSession, destroySession, regenerateSession, userSessions, csrfToken, verifyCsrf, requireFresh } = storage
  const locking = createDynamoSessionStorage<Data, Flash>({ ...options, cookie, enableLocking: true, lockMaxWaitTime: 10 })

  /** A session starts with ten minutes, so that there is something to extend; later commits leave its end as it is. */
  const starting = (session: Session<Data, Flash>): { maxAge?: number } => (session.id === '' ? { maxAge: TEN_MINUTES } : {})

  async function loader(request: Request, loaders: number): Promise<{ loaded: Loaded; setCookie: string }> {
    const [session] = await allAtOnce(loaders, () => getSession(request.headers.get('Cookie')))
    const message = session?.get('message')
    // Of a stored session a token costs nothing; a new one would be stored for it.
    const token = session && storage.stateOf(session) === 'stored' ? await csrfToken(session) : undefined
    const authenticatedAt = session && storage.authenticatedAt(session)
    const loaded = { isNew: session?.id === '', data: session?.data ?? {}, message, authenticatedAt, token }
    return { loaded, setCookie: session ? await commitSession(session) : '' }
  }

  async function action(request: Request, intent: Intent, form: FormData): Promise<Response> {
    const header = request.headers.get('Cookie')
    // Under the lock it is read once more.
    const session = intent === 'count-locked' ? await getSession() : await getSession(header)
    await takeTime()
    switch (intent) {
      case 'count-locked': {
        const { setCookie } = await locking.withSession(header, async (locked) => {
          const count = locked.get('count') ?? 0
          await sleep(1000)
          locked.set('count', count + 1)
        })
        return redirectTo(path, setCookie)
      }
      case 'log-in': {
        session.set('user', textOf(form, 'name') || 'Somebody')
        // What the box says, if there is one: seconds, or `false`.
        const remember = rememberOf(form)
        const lifetime = remember === undefined ? starting(session) : { remember }
        // A new id after every log-in: an id that was known before is worth nothing afterwards.
        return redirectTo(path, await regenerateSession(session, { authenticated: true, request, ...lifetime }))
      }
      case 'note': {
        const note = textOf(form, 'note')
        if (note) session.set('note', note)
        else session.unset('note')
        break
      }
      case 'count':
        session.set('count', (session.get('count') ?? 0) + 1)
        break
      case 'flash':
        session.flash('message', 'This message is shown once.')
        break
      case 'regenerate':
        return redirectTo(path, await regenerateSession(session))
      case 'extend':
        return redirectTo(path, await commitSession(session, { maxAge: HOUR }))
      case 'token':
        // A new session is stored for it, by one write.
        await csrfToken(session)
        break
      case 'order':
        // Throws a 403, unless a page of this origin sent it or it brings the session's token.
        await verifyCsrf(request, { token: form.get('_csrf') })
        session.set('orders', (session.get('orders') ?? 0) + 1)
        break
      case 'confirm':
        // The password was right once more.
        return redirectTo(path, await regenerateSession(session, { authenticated: true }))
      case 'change-password':
        // Throws the Response that one chooses, such as a redirect, where the log-in was earlier.
        requireFresh(session, secondsOf(form), () => new Response('Confirm your password first', { status: 401 }))
        session.flash('message', 'The password was changed.')
        break
      case 'expire':
        await commitSession(session, { expires: new Date(Date.now() - 1000) })
        // The new cookie would remove itself. The browser keeps the one it has, as with a session that timed out.
        return redirectTo(path)
      case 'revoke-others':
        if (session.has('user')) await userSessions(session.get('user') as string, { current: session }).revokeOthers()
        return redirectTo(path)
      case 'destroy-all':
        if (session.has('user')) await store.destroyByUser(session.get('user') as string)
        return redirectTo(path, await destroySession(session))
      case 'destroy':
        return redirectTo(path, await destroySession(session))
      case 'revoke':
        // Another user's key is refused like an unknown one.
        if (session.has('user')) await userSessions(session.get('user') as string, { current: session }).revoke(textOf(form, 'key'))
        return redirectTo(path)
      case 'race-merge':
        await race.differentKeys(session.id)
        return redirectTo(path)
      case 'race-same':
        await race.sameKey(session.id)
        return redirectTo(path)
    }
    return redirectTo(path, await commitSession(session, starting(session)))
  }

  return {
    path,
    browser,
    title: 'React Router',
    code: codeOf('react-router.ts', {
      before: "const session = await getSession(request.headers.get('Cookie'))",
      after: 'return redirectTo(path, await commitSession(session))',
    }),
    intents: intentsWithout('clear'),
    async load(event, loaders) {
      const { loaded, setCookie } = await loader(event.req, loaders)
      if (setCookie) event.res.headers.append('Set-Cookie', setCookie)
      return loaded
    },
    act: (event, intent, form) => action(event.req, intent, form),
    member: async (event) => (await getSession(event.req.headers.get('Cookie'))).get('user'),
    async keyOf(event) {
      const id: unknown = await cookie.parse(event.req.headers.get('Cookie'))
      return typeof id === 'string' && id !== '' ? store.keyOf(id) : undefined
    },
  }
}
