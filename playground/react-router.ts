import { createCookie } from 'react-router'
import type { Session } from 'react-router'
import { createSessionStore } from '../src/index.ts'
import { createDynamoSessionStorage } from '../src/react-router.ts'
import type { Intent, Loaded, PageContext, PlaygroundPage } from './pages.ts'

/** Seconds. */
const WEEK = 7 * 24 * 60 * 60
const HOUR = 60 * 60
const TEN_MINUTES = 10 * 60
const LONGEST_NAME = 80

interface Data {
  user: string
  count: number
}
interface Flash {
  message: string
}

/** The page as a React Router application writes it: `loader` and `action` take a Request and answer with headers. */
export function reactRouterPage(path: string, { client, tableName, secret }: PageContext): PlaygroundPage {
  const cookie = createCookie('__session', {
    secrets: [secret],
    maxAge: WEEK,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    // Only because the playground is http on localhost.
    secure: false,
  })
  // `hashIds`, because the page shows keys, and a key that is the id must not be shown.
  const options = { client, tableName, hashIds: true, userIdKey: 'user' }
  const { getSession, commitSession, destroySession, regenerateSession } = createDynamoSessionStorage<Data, Flash>({ ...options, cookie })
  const store = createSessionStore(options)

  /** A session starts with ten minutes, so that there is something to extend; later commits leave its end as it is. */
  const starting = (session: Session<Data, Flash>): { maxAge?: number } => (session.id === '' ? { maxAge: TEN_MINUTES } : {})

  async function loader(request: Request): Promise<Loaded> {
    const session = await getSession(request.headers.get('Cookie'))
    const message = session.get('message')
    return {
      isNew: session.id === '',
      user: session.get('user'),
      count: session.get('count') ?? 0,
      message,
      data: session.data,
      setCookie: await commitSession(session),
    }
  }

  async function action(request: Request, intent: Intent, form: FormData): Promise<Response> {
    const session = await getSession(request.headers.get('Cookie'))
    switch (intent) {
      case 'log-in':
        session.set(
          'user',
          String(form.get('name') ?? '')
            .trim()
            .slice(0, LONGEST_NAME) || 'Somebody',
        )
        // A new id after every log-in: an id that was known before is worth nothing afterwards.
        return redirect(path, await regenerateSession(session, starting(session)))
      case 'count':
        session.set('count', (session.get('count') ?? 0) + 1)
        return redirect(path, await commitSession(session, starting(session)))
      case 'flash':
        session.flash('message', 'This message is shown once.')
        return redirect(path, await commitSession(session, starting(session)))
      case 'extend':
        return redirect(path, await commitSession(session, { maxAge: HOUR }))
      case 'expire':
        await commitSession(session, { expires: new Date(Date.now() - 1000) })
        // The new cookie would remove itself. The browser keeps the one it has, as with a session that timed out.
        return redirect(path, '')
      case 'destroy':
        return redirect(path, await destroySession(session))
    }
  }

  return {
    path,
    title: 'React Router',
    load: (event) => loader(event.req),
    act: (event, intent, form) => action(event.req, intent, form),
    async keyOf(event) {
      const id: unknown = await cookie.parse(event.req.headers.get('Cookie'))
      return typeof id === 'string' && id !== '' ? store.keyOf(id) : undefined
    },
  }
}

function redirect(location: string, setCookie: string): Response {
  const headers = new Headers({ Location: location })
  if (setCookie) headers.set('Set-Cookie', setCookie)
  return new Response(null, { status: 303, headers })
}
