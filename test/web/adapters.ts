// Requests of every adapter that has log-ins, each with a session as its handlers hold one.
import { H3 } from 'h3'
import { createApp, eventHandler, toWebHandler } from 'h3-v1'
import { vi } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import * as reactRouter from '../../src/react-router.ts'
import * as remix from '../../src/remix.ts'
import { openSession } from '../../src/web.ts'
import type { DynamoSession } from '../../src/web.ts'

export interface Asked {
  authenticated?: boolean
  remember?: number | false
  grace?: number
}

/** A session as a handler of any framework holds it. */
export interface Own {
  readonly id: string | undefined
  get(name: string): unknown
  set(name: string, value: unknown): void
  readonly authenticatedAt: Date | undefined
  isFresh(seconds: number): boolean
  /** `commitSession`, `update`. */
  save(asked?: Pick<Asked, 'remember'>): Promise<unknown>
  regenerate(asked?: Asked): Promise<unknown>
}

type Handle = (own: Own) => Promise<unknown>
/** A request with this cookie. @returns the last Set-Cookie, `''` without one. */
export type Visit = (cookie: string, handle: Handle) => Promise<string>

const AGENT = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }

function byStorage({ createDynamoSessionStorage }: typeof reactRouter): (options: object) => Visit {
  return (options) => {
    const storage = createDynamoSessionStorage<Record<string, unknown>>({ ...options, cookie: { name: 'sid', secure: false } })
    return async (cookie, handle) => {
      const session = await storage.getSession(cookie)
      let setCookie = ''
      await handle({
        get id() {
          return session.id || undefined
        },
        get: (name) => session.get(name),
        set: (name, value) => session.set(name, value),
        get authenticatedAt() {
          return storage.authenticatedAt(session)
        },
        isFresh: (seconds) => storage.isFresh(session, seconds),
        save: async (asked) => (setCookie = (await storage.commitSession(session, asked)) || setCookie),
        regenerate: async (asked) =>
          (setCookie = (await storage.regenerateSession(session, { ...asked, request: { headers: new Headers(AGENT) } })) || setCookie),
      })
      return setCookie
    }
  }
}

const ownOf = (session: DynamoSession): Own => ({
  get id() {
    return session.id
  },
  get: (name) => session.data[name],
  set: (name, value) => void (session.data[name] = value),
  get authenticatedAt() {
    return session.authenticatedAt
  },
  isFresh: (seconds) => session.isFresh(seconds),
  save: (asked) => session.update(undefined, asked),
  regenerate: (asked) => session.regenerate(asked),
})

const requestOf = (cookie: string): Request => new Request('http://localhost/', { headers: { ...AGENT, ...(cookie ? { cookie } : {}) } })
const own = (options: object): object => ({ ...options, name: 'sid', cookie: { secure: false } })

/** Frameworks that make a response of an error; here the test gets it. */
function byEvents(
  serve: (handler: Handler) => (request: Request) => Promise<Response>,
  open: (event: SessionEvent) => Promise<DynamoSession>,
): Visit {
  return async (cookie, handle) => {
    let thrown: unknown
    const response = await serve(async (event) => {
      try {
        await handle(ownOf(await open(event)))
      } catch (error) {
        thrown = error
      }
      return ''
    })(requestOf(cookie))
    if (thrown !== undefined) throw thrown
    return response.headers.getSetCookie().at(-1) ?? ''
  }
}

type Handler = (event: SessionEvent) => Promise<string>

function onH3v1(handler: Handler): (request: Request) => Promise<Response> {
  const app = createApp()
  app.use(eventHandler(handler))
  return toWebHandler(app)
}

/** @param nuxt what `useRuntimeConfig` of the mocked `#imports` returns. */
export const adapters = (nuxt: object): Record<string, (options: object) => Visit | Promise<Visit>> => ({
  'React Router 8': byStorage(reactRouter),
  async 'React Router 7'(options) {
    vi.doMock('react-router', () => import('react-router-v7'))
    vi.resetModules()
    const visit = byStorage(await import('../../src/react-router.ts'))(options)
    vi.doUnmock('react-router')
    return visit
  },
  'Remix 2': byStorage(remix as unknown as typeof reactRouter),
  web: (options) => async (cookie, handle) => {
    const session = await openSession(requestOf(cookie), own(options))
    await handle(ownOf(session))
    return session.headers().getSetCookie().at(-1) ?? ''
  },
  'h3 1': (options) => byEvents(onH3v1, (event) => useDynamoSession(event, own(options))),
  'h3 2': (options) =>
    byEvents(
      (handler) => (request) => Promise.resolve(new H3().get('/', handler).request(request)),
      (event) => useDynamoSession(event, own(options)),
    ),
  async Nuxt(options) {
    const { useDynamoSession: use } = await import('../../src/nuxt/runtime/server.ts')
    const dynamodbSessions = own(options)
    return byEvents(onH3v1, (event) => {
      Object.assign(nuxt, { dynamodbSessions })
      return use(event)
    })
  },
})
