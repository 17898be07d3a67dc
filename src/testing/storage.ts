// A session and a cookie in the shape of React Router and Remix 2, so that a test needs neither.
import { sign, unsign } from '../core/base/signature.ts'
import { cookiesNamed, decodeCookie } from '../core/base/cookie-header.ts'
import { flashKey } from '../core/sessions/record/flash-key.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { createSessionStorage } from '../react-router/session-storage.ts'
import type { SessionStorage } from '../react-router/session-storage.ts'
import type { CookieLike } from '../react-router/cookie.ts'
import { serialize } from 'cookie-es'

/** A session of React Router's shape. */
export interface TestSession<Data> {
  readonly id: string
  readonly data: Partial<Data>
  has(name: string & keyof Data): boolean
  get<Name extends string & keyof Data>(name: Name): Data[Name] | undefined
  set<Name extends string & keyof Data>(name: Name, value: Data[Name]): void
  flash<Name extends string & keyof Data>(name: Name, value: Data[Name]): void
  unset(name: string & keyof Data): void
}

/** What React Router's and Remix 2's storage of this package has, with sessions of the same shape. */
export type TestStorage<Data> = SessionStorage<TestSession<Data>>

export function createTestStorage<Data>(options: SessionOptions): TestStorage<Data> {
  return createSessionStorage({ createSession: createSession<Data>, createCookie, isCookie }, options)
}

/** Only options make one here. */
function isCookie(value: unknown): value is CookieLike {
  return made.has(value as CookieLike)
}

const made = new WeakSet<CookieLike>()

function createSession<Data>(data: Record<string, unknown>, id: string): TestSession<Data> {
  return {
    id,
    data: data as Partial<Data>,
    has: (name) => name in data || flashKey(name) in data,
    get(name) {
      if (name in data) return data[name] as never
      const value = data[flashKey(name)]
      delete data[flashKey(name)]
      return value as never
    },
    set: (name, value) => void (data[name] = value),
    flash: (name, value) => void (data[flashKey(name)] = value),
    unset: (name) => void delete data[name],
  }
}

function createCookie(name: string, { secrets = [], ...attributes }: { readonly secrets?: readonly string[] }): CookieLike {
  const cookie: CookieLike = {
    name,
    isSigned: true,
    async parse(header) {
      const [given] = cookiesNamed(header, name)
      const value = given === undefined ? undefined : unsign(decodeCookie(given), [...secrets])
      return value === undefined ? null : (JSON.parse(Buffer.from(value, 'base64').toString()) as unknown)
    },
    async serialize(value, more) {
      const text = value === '' ? '' : sign(Buffer.from(JSON.stringify(value)).toString('base64'), secrets[0] ?? '')
      return serialize(name, text, { path: '/', sameSite: 'lax', ...attributes, ...more })
    },
  }
  made.add(cookie)
  return cookie
}
