import { setTimeout as sleep } from 'node:timers/promises'
import { getCookie } from 'h3'
import { openSession, verifyCsrf } from '../../src/web.ts'
import type { DynamoSessionOptions, WebSession } from '../../src/web.ts'
import { allAtOnce, cookieName, redirectTo, TEN_MINUTES } from '../page.ts'
import type { Data, Intent, PageContext, PlaygroundPage } from '../page.ts'
import { codeOf } from './code.ts'
import type { Frame } from './code.ts'
import { actOn, idIn, INTENTS, loadedOf } from './session.ts'

const frame: Frame = {
  before: 'const session = await openSession(request, options)\nconst { data } = session',
  after: "return new Response('Done', { headers: session.headers() })",
}

/** The page as any server with web-standard requests writes it: Hono, Next, TanStack Start, SvelteKit, Lambda. */
export function webPage(path: string, context: PageContext): PlaygroundPage {
  const { browser, secret } = context
  const lifetime = { maxStale: TEN_MINUTES }
  const store = context.storeOf(lifetime)
  const race = context.raceOf(lifetime)
  const name = cookieName(browser, 'web-session')
  const options: DynamoSessionOptions = { ...context.options, ...lifetime, secretKey: secret, name, cookie: { secure: false } }

  async function act(request: Request, intent: Intent, form: FormData): Promise<Response> {
    switch (intent) {
      case 'order': {
        // Throws a 403 before anything is read, unless a page of this origin sent it or it brings the session's token.
        await verifyCsrf(request, { ...options, token: form.get('_csrf') })
        const session = await openSession<Data>(request, options)
        await session.update(({ orders = 0 }) => ({ orders: orders + 1 }))
        return redirectTo(path, session.headers())
      }
      case 'count-locked': {
        const session = await openSession<Data>(request, options)
        await store.withLock(session.id ?? '', async ({ record, update }) => {
          const { count = 0 } = record.data
          await sleep(1000)
          await update({ ...record.data, count: count + 1 })
        })
        return redirectTo(path, session.headers())
      }
      default: {
        const session = await openSession<Data>(request, options)
        await actOn(session, intent, form, { store, race })
        return redirectTo(path, session.headers())
      }
    }
  }

  return {
    path,
    browser,
    title: 'Web',
    code: new Map([...codeOf('session.ts', frame), ...codeOf('web.ts', {})]),
    intents: INTENTS,
    async load(event, loaders) {
      const [session] = (await allAtOnce(loaders, () => openSession<Data>(event.req, options))) as [WebSession<Data>]
      const loaded = await loadedOf(session)
      for (const line of session.headers().getSetCookie()) event.res.headers.append('Set-Cookie', line)
      return loaded
    },
    act: ({ req }, intent, form) => act(req, intent, form),
    member: async ({ req }) => (await openSession<Data>(req, options)).data.user,
    async keyOf(event) {
      const id = idIn(getCookie(event, name))
      return id && store.keyOf(id)
    },
  }
}
