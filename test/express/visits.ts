// A server with express-session on a table of its own, and browsers that visit it.
import { afterAll, beforeAll, beforeEach } from 'vitest'
import express from 'express'
import type { Request, Response } from 'express'
import session from 'express-session'
import type { SessionOptions } from 'express-session'
import { DynamoDBStore } from '../../src/express.ts'
import type { DynamoDBStoreOptions } from '../../src/express.ts'
import { createSessionStore } from '../../src/index.ts'
import type { SessionStore } from '../../src/index.ts'
import type { TestTable } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import type { Proxy } from '../support/proxy.ts'
import { listen } from '../support/serve.ts'

declare module 'express-session' {
  interface SessionData {
    [key: string]: unknown
  }
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly setCookie: string | undefined
}

/** The session cookie of a browser. */
export interface Browser {
  cookie?: string | undefined
}

export type Handler = (request: Request, response: Response) => unknown

export interface Visits extends TestTable {
  readonly proxy: Proxy
  newStore(more?: DynamoDBStoreOptions): DynamoDBStore
  /** What the next requests go to; `store` of an earlier call, or a new one. */
  use(options?: Partial<SessionOptions>, more?: DynamoDBStoreOptions): DynamoDBStore
  visit(browser: Browser, handler: Handler): Promise<Answer>
  /** Sets keys of the session in a request of its own. */
  put(browser: Browser, values: Record<string, unknown>): Promise<Answer>
  /** Such a browser, by default a new one; its request is forgotten. */
  stored(values: Record<string, unknown>, browser?: Browser): Promise<Browser>
  /** What the next request sees. */
  show(browser: Browser): Promise<Record<string, unknown>>
  idOf(browser: Browser): string
  /** Operations since the last reset, whose answers have come. */
  operations(): string[]
}

export const SECRET = 'a long and random secret, of 32 characters at least'

/** Keeps the cookie, as a browser does. */
export function keep(browser: Browser, response: globalThis.Response): string | undefined {
  const setCookie = response.headers.getSetCookie()[0]
  if (setCookie !== undefined) browser.cookie = setCookie.split(';')[0]
  return setCookie
}

export function useVisits(table: TestTable): Visits {
  const proxy = useProxy(table.engine)
  let server: Awaited<ReturnType<typeof listen>>
  let application: express.Express
  const handlers = new Map<string, Handler>()
  let visited = 0
  beforeAll(async () => {
    server = await listen((request, response) => application(request, response))
  })
  afterAll(() => server.stop())
  beforeEach(() => void visits.use())

  const visits: Visits = {
    ...table,
    proxy,
    operations: () => proxy.operations(),
    newStore: (more = {}) => new DynamoDBStore({ ...table.options, endpoint: proxy.endpoint, ...more }),
    use(options = {}, more = {}) {
      const store = (options.store as DynamoDBStore | undefined) ?? visits.newStore(more)
      application = express()
      application.use(session({ secret: SECRET, resave: false, saveUninitialized: false, ...options, store }))
      application.use(async (request, response) => {
        const result = await (handlers.get(request.path) as Handler)(request, response)
        if (!response.headersSent && result !== undefined) response.json(result)
      })
      application.use((error: Error & { code?: string }, _: Request, response: Response, next: () => void) => {
        if (response.headersSent) return next()
        response.status(500).send(error.code ?? error.message)
      })
      return store
    },
    async visit(browser, handler) {
      const path = `/${visited++}`
      handlers.set(path, handler)
      const response = await fetch(server.origin + path, { headers: browser.cookie ? { cookie: browser.cookie } : {} })
      return { status: response.status, text: await response.text(), setCookie: keep(browser, response) }
    },
    put: (browser, values) =>
      visits.visit(browser, (request) => {
        Object.assign(request.session, values)
        return {}
      }),
    async stored(values, browser = {}) {
      await visits.put(browser, values)
      proxy.requests.splice(0)
      return browser
    },
    async show(browser) {
      const { text } = await visits.visit(browser, ({ session }) => ({ ...session, cookie: undefined }))
      return JSON.parse(text) as Record<string, unknown>
    },
    idOf: ({ cookie }) => decodeURIComponent(String(cookie)).split('=s:')[1]?.split('.')[0] as string,
  }
  return visits
}

/** A store of sessions beside the adapter, to look at what the table holds. */
export function lookInto(table: TestTable): SessionStore<Record<string, unknown>> {
  return createSessionStore(table.options)
}

/** Calls `save`, `reload`, `destroy` or `regenerate` of a session. */
export function call(request: Request, method: 'save' | 'reload' | 'destroy' | 'regenerate'): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session[method]((error: unknown) => (error ? reject(error as Error) : resolve()))
  })
}
