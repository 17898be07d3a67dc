import { setTimeout as sleep } from 'node:timers/promises'
import { getCookie } from 'h3'
import { openSession } from '../../src/web.ts'
import type { DynamoSessionOptions, WebSession } from '../../src/web.ts'
import { allAtOnce, cookieName, redirectTo, TEN_MINUTES } from '../page.ts'
import type { Data, Intent, PageContext, PlaygroundPage } from '../page.ts'
import { codeOf } from './code.ts'
import type { Frame } from './code.ts'
import { actOn, idIn, INTENTS, loadedOf } from './session.ts'

const OPEN = 'const session = await openSession(request, options)'
const frame: Frame = {
  before: `${OPEN}\nconst { data } = session`,
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

  async function act(session: WebSession<Data>, intent: Intent, form: FormData): Promise<void> {
    switch (intent) {
      case 'count-locked':
        await store.withLock(session.id ?? '', async ({ record, update }) => {
          const { count = 0 } = record.data
          await sleep(1000)
          await update({ ...record.data, count: count + 1 })
        })
        break
      default:
        await actOn(session, intent, form, { store, race })
    }
  }

  return {
    path,
    browser,
    title: 'Web',
    code: new Map([...codeOf('session.ts', frame), ...codeOf('web.ts', { before: OPEN })]),
    intents: INTENTS,
    async load(event, loaders) {
      const [session] = (await allAtOnce(loaders, () => openSession<Data>(event.req, options))) as [WebSession<Data>]
      const loaded = await loadedOf(session)
      for (const line of session.headers().getSetCookie()) event.res.headers.append('Set-Cookie', line)
      return loaded
    },
    async act({ req }, intent, form) {
      const session = await openSession<Data>(req, options)
      await act(session, intent, form)
      return redirectTo(path, session.headers())
    },
    member: async ({ req }) => (await openSession<Data>(req, options)).data.user,
    async keyOf(event) {
      const id = idIn(getCookie(event, name))
      return id && store.keyOf(id)
    },
  }
}
