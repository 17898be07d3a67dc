import * as remix from '@remix-run/node'
import * as router8 from 'react-router'
import * as router7 from 'react-router-v7'
import { describe, expect, it } from 'vitest'
import type { SessionOptions } from '../../src/index.ts'
import { createSessionStorage } from '../../src/react-router/session-storage.ts'
import type { Framework, SessionStorage } from '../../src/react-router/session-storage.ts'
import { createDynamoSessionStorage as createRemix2Storage } from '../../src/remix.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { cookieOf } from '../support/cookie.ts'
import { inTurn, onEnginesOf } from '../support/engines.ts'
import type { Turn } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { severalCookiesSuite } from '../web/several-cookies.ts'
import type { Shown, Visit } from '../web/several-cookies.ts'

interface Session {
  readonly id: string
  readonly data: Record<string, unknown>
  set(name: string, value: unknown): void
}
type Make = (options: SessionOptions) => SessionStorage<Session>

const SECRET = 'a long and random secret'
const framework7 = router7 as unknown as Framework<never, never>

const frameworks: [string, Make, typeof router8.createCookie, Turn][] = [
  [
    'React Router 8',
    (options) => createDynamoSessionStorage(options as object) as unknown as SessionStorage<Session>,
    router8.createCookie,
    inTurn(0),
  ],
  ['React Router 7', (options) => createSessionStorage<never, never>(framework7, options), router7.createCookie as never, inTurn(1)],
  [
    'Remix 2',
    (options) => createRemix2Storage(options as object) as unknown as SessionStorage<Session>,
    remix.createCookie as never,
    inTurn(0),
  ],
]

function visitor(make: Make): Visit {
  return async (options, cookies, work) => {
    const storage = make(options)
    const setCookies: string[] = []
    const note = (text: string): void => void (text && setCookies.push(text))
    const show = (session: Session): Shown => ({
      data: session.data,
      async set(name, value) {
        session.set(name, value)
        note(await storage.commitSession(session))
      },
      async move(grace = 0, values = {}) {
        for (const [name, value] of Object.entries(values)) session.set(name, value)
        note(await storage.regenerateSession(session, { grace }))
      },
      async end() {
        note(await storage.destroySession(session))
      },
    })
    if (!options.enableLocking) return { value: await work(show(await storage.getSession(cookies))), setCookies }
    const { value, setCookie = '' } = await storage.withSession(cookies, (session) => work(show(session)))
    note(setCookie)
    return { value, setCookies }
  }
}

describe.each(frameworks)('%s', (_, make, createCookie, isTurn) => {
  severalCookiesSuite(isTurn, visitor(make))

  onEnginesOf(isTurn, ({ engine, options }) => {
    const proxy = useProxy(engine)
    const storageOf = (more: object = {}): SessionStorage<Session> =>
      make({ ...options, endpoint: proxy.endpoint, secretKey: SECRET, ...more })
    async function stored(storage: SessionStorage<Session>, user: string): Promise<string> {
      const session = await storage.getSession()
      session.set('user', user)
      return cookieOf(await storage.commitSession(session))
    }

    it('parallel loaders share the reads of all the cookies, each with data of its own', async () => {
      const storage = storageOf()
      const [one, two, live] = [await stored(storage, 'one'), await stored(storage, 'two'), await stored(storage, 'ada')]
      for (const cookie of [one, two]) await storage.destroySession(await storage.getSession(cookie))
      proxy.reset()
      const sessions = await Promise.all(Array.from({ length: 4 }, () => storage.getSession(`${one}; ${two}; ${live}`)))
      expect(proxy.operations()).toEqual(['GetItem', 'GetItem', 'GetItem'])
      sessions[0]?.set('user', 'changed')
      expect(sessions.map(({ data }) => data.user)).toEqual(['changed', 'ada', 'ada', 'ada'])
    })

    it.each([
      ['made from options', { name: 'mine' }],
      ['made from options that encode', { name: 'mine', encode: (text: string) => `v1${encodeURIComponent(text)}`, decode: uncover }],
      ['of the application', createCookie('mine', { secrets: [SECRET] })],
      [
        'of the application that encodes',
        createCookie('mine', { secrets: [SECRET], encode: (text) => `v1${encodeURIComponent(text)}`, decode: uncover }),
      ],
      ['of the application with former secrets', createCookie('mine', { secrets: ['new', SECRET] })],
    ])('are told apart by a cookie %s', async (__, cookie) => {
      const storage = storageOf({ cookie })
      const [gone, live] = [await stored(storage, 'gone'), await stored(storage, 'ada')]
      await storage.destroySession(await storage.getSession(gone))
      proxy.reset()
      expect((await storage.getSession(`mine=junk; mine=; ${gone}; ${live}`)).data).toEqual({ user: 'ada' })
      expect(proxy.operations()).toEqual(['GetItem', 'GetItem'])
    })

    it("are decoded as the call's options say", async () => {
      const storage = storageOf()
      const [gone, live] = [await stored(storage, 'gone'), await stored(storage, 'ada')]
      await storage.destroySession(await storage.getSession(gone))
      const covered = [gone, live].map((cookie) => cookie.replace('=', '=v1')).join('; ')
      expect((await storage.getSession(covered)).data).toEqual({})
      expect((await storage.getSession(covered, { decode: uncover })).data).toEqual({ user: 'ada' })
    })
  })
})

function uncover(text: string): string {
  return decodeURIComponent(text.replace(/^v1/, ''))
}
