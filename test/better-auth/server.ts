// Better Auth over HTTP on a storage, and browsers that sign in.
import { betterAuth } from 'better-auth'
import type { BetterAuthOptions } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { afterAll, beforeAll } from 'vitest'
import type { DynamoSecondaryStorage } from '../../src/better-auth.ts'
import { serve } from '../support/serve.ts'

export const USER = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }

export interface Answer {
  readonly status: number
  readonly data: Record<string, Record<string, unknown>> | null
}

export interface Browser {
  /** The Cookie header. */
  readonly cookies: Map<string, string>
  get(path: string): Promise<Answer>
  post(path: string, body?: object): Promise<Answer>
}

export type Database = Record<string, Record<string, unknown>[]>

/** Its own hash of passwords is slow on purpose. */
const CHEAP = {
  hash: async (password: string) => `not hashed: ${password}`,
  verify: async ({ hash, password }: { hash: string; password: string }) => hash === `not hashed: ${password}`,
}

/** @param storageNow of which the first request has one made. */
export function useAuth(
  storageNow: () => DynamoSecondaryStorage,
  more: BetterAuthOptions = {},
): { database: Database; newBrowser(like?: Browser): Browser; signedIn(user?: typeof USER): Promise<Browser> } {
  const database: Database = { user: [], session: [], account: [], verification: [] }
  let server: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    let handle: ((request: Request) => Promise<Response>) | undefined
    server = await serve((request) => {
      handle ??= betterAuth({
        baseURL: server.origin,
        secret: 'a long and random secret of 32 characters',
        database: memoryAdapter(database),
        secondaryStorage: storageNow(),
        rateLimit: { enabled: false },
        telemetry: { enabled: false },
        logger: { disabled: true },
        ...more,
        emailAndPassword: { enabled: true, password: CHEAP, ...more.emailAndPassword },
      }).handler
      return handle(request)
    })
  })
  afterAll(() => server.stop())

  function newBrowser(like?: Browser): Browser {
    const cookies = new Map(like?.cookies)
    async function ask(method: string, path: string, body?: object): Promise<Answer> {
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
      const response = await fetch(`${server.origin}/api/auth${path}`, {
        method,
        headers: { cookie, origin: server.origin, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      for (const setCookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const text = await response.text()
      return { status: response.status, data: text === '' ? null : (JSON.parse(text) as Answer['data']) }
    }
    return { cookies, get: (path) => ask('GET', path), post: (path, body = {}) => ask('POST', path, body) }
  }

  return {
    database,
    newBrowser,
    async signedIn(user = USER) {
      const browser = newBrowser()
      const isKnown = database.user?.some(({ email }) => email === user.email)
      await browser.post(isKnown ? '/sign-in/email' : '/sign-up/email', user)
      return browser
    },
  }
}
