import { getCookie } from 'h3'
import type { H3Event } from 'h3'
import { requireDynamoSession, useDynamoSession, verifyCsrf, withDynamoSession } from '../../src/h3.ts'
import type { DynamoSessionOptions } from '../../src/h3.ts'
import { allAtOnce, cookieName, redirectTo, TEN_MINUTES } from '../page.ts'
import type { Data, Intent, Loaded, PageContext, PlaygroundPage } from '../page.ts'
import { codeOf } from './code.ts'
import { actOn, idIn, INTENTS, loadedOf } from './session.ts'

/** The page as an h3 application writes it. */
export function h3Page(path: string, context: PageContext): PlaygroundPage {
  const { browser, secret, store } = context
  // Each view extends it, once a tenth of that has passed.
  const lifetime = { maxStale: TEN_MINUTES }
  const race = context.raceOf(lifetime)
  const name = cookieName(browser, 'h3-session')
  const options: DynamoSessionOptions = {
    ...context.options,
    ...lifetime,
    secretKey: secret,
    name,
    // Only because the playground is http, and may be visited by another name than localhost.
    cookie: { secure: false },
  }
  const locking: DynamoSessionOptions = { ...options, enableLocking: true, lockMaxWaitTime: 10 }

  async function act(event: H3Event, intent: Intent, form: FormData): Promise<Response> {
    switch (intent) {
      case 'order': {
        // Throws a 403 before anything is read, unless a page of this origin sent it or it brings the session's token.
        await verifyCsrf(event, { ...options, token: form.get('_csrf') })
        const session = await useDynamoSession<Data>(event, options)
        await session.update(({ orders = 0 }) => ({ orders: orders + 1 }))
        return redirectTo(path)
      }
      default:
        return withDynamoSession<H3Event, Response, Data>(
          async (_, session) => {
            await actOn(session, intent, form, { store, race })
            return redirectTo(path)
          },
          intent === 'count-locked' ? locking : options,
        )(event)
    }
  }

  return {
    path,
    browser,
    title: 'h3',
    code: new Map([
      ...codeOf('session.ts', { before: 'const session = await useDynamoSession(event, options)\nconst { data } = session' }),
      ...codeOf('h3.ts', {}),
    ]),
    intents: INTENTS,
    load: (event, loaders) =>
      withDynamoSession<H3Event, Loaded, Data>(async (_, session) => {
        await allAtOnce(loaders, () => useDynamoSession(event, options))
        return loadedOf(session)
      }, options)(event),
    act,
    async member(event) {
      try {
        return (await requireDynamoSession<Data>(event, options)).data.user
      } catch (error) {
        if ((error as { status?: number }).status === 401) return undefined
        throw error
      }
    },
    async keyOf(event) {
      const id = idIn(getCookie(event, name))
      return id && store.keyOf(id)
    },
  }
}
