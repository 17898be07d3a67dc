// Cookies that hold whole sessions, each sealed or signed by the package that makes them.
import { H3, useSession } from 'h3'
import { createApp, eventHandler, toNodeListener, useSession as useSessionOfH3v1 } from 'h3-v1'
import { getIronSession } from 'iron-session'
import { createCookieSessionStorage } from 'react-router'
import type { SealedCookie } from '../../src/core/options/options.ts'
import { cookieOf } from './cookie.ts'
import { listen } from './serve.ts'

export const PASSWORD: string = 'a password of at least thirty-two characters'
export const DATA: { userId: string; cart: number[] } = { userId: 'ada', cart: [1, 2] }

/** What `setUserSession(event, DATA)` of nuxt-auth-utils 0.5.30, which runs within Nuxt only, gave with PASSWORD. It has no end. */
const SET_USER_SESSION = [
  'nuxt-session=Fe26.2**50f7ab40a2922d180148a1062cefa859038311b46e7ce32120127ad218e71296*hP-y8zSfcVxV6UGjgINwmg*Jk3NhHSmi6Fheq6mT7bFL',
  'P_UXF5gKQYYG0-qVlGaCuDErBO-sOFAh-82umsaZxVcYZfnPN6pGWQIsBlfMXMYSDvMf7c8oJU2feEUIN-QEodkngzcUKrihDBH9f07SNu4DTz547S0LUvSnYZXx6nOHQ*',
  '*8620e30df74b861ff3f4e7b5d0f8199c405026fc8309c42d2edb5f2e98d8a42b*1rvfEF8ChiKyMUSHzBZsvS5A55p__Zi5CRzXhVqVsKI',
].join('')

/** A Cookie header that the real package made. */
export const MAKERS: Record<SealedCookie['from'], () => Promise<string>> = {
  async h3() {
    const app = new H3()
    app.get('/', async (event) => {
      await (await useSession(event, { password: PASSWORD })).update(DATA)
      return ''
    })
    return cookieOf((await app.request('/')).headers.getSetCookie().at(-1) as string)
  },
  'h3-legacy': byH3v1,
  'nuxt-auth-utils': async () => SET_USER_SESSION,
  async 'iron-session'() {
    const response = new Response()
    const session = await getIronSession<typeof DATA>(new Request('http://localhost/'), response, { password: PASSWORD, cookieName: 'app' })
    Object.assign(session, DATA)
    await session.save()
    return cookieOf(response.headers.getSetCookie()[0] as string)
  },
  async 'react-router'() {
    const storage = createCookieSessionStorage<typeof DATA>({ cookie: { secrets: [PASSWORD] } })
    const session = await storage.getSession()
    for (const [name, value] of Object.entries(DATA)) session.set(name as 'cart', value as number[])
    return cookieOf(await storage.commitSession(session))
  },
}

export const PACKAGES: readonly SealedCookie['from'][] = Object.keys(MAKERS) as SealedCookie['from'][]

/** The option that takes such a cookie over. */
export function sealedBy(from: SealedCookie['from'], more: Partial<SealedCookie> = {}): SealedCookie {
  return { from, password: PASSWORD, ...(from === 'iron-session' ? { name: 'app' } : {}), ...more }
}

async function byH3v1(): Promise<string> {
  const app = createApp()
  app.use(
    eventHandler(async (event) => {
      await (await useSessionOfH3v1(event, { password: PASSWORD })).update(DATA)
      return ''
    }),
  )
  const { origin, stop } = await listen(toNodeListener(app))
  const response = await fetch(origin)
  stop()
  return cookieOf(response.headers.getSetCookie().at(-1) as string)
}
