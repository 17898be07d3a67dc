// The cookie of a session: its name and attributes, the ids in a Cookie header, and the text of Set-Cookie.
import { serialize } from 'cookie-es'
import type { CookieSerializeOptions } from 'cookie-es'
import type { CookieToSet } from './types.ts'
import { cookiesNamed, decodeCookie } from '../core/base/cookie-header.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { sign, unsign } from '../core/base/signature.ts'
import { MAX_DURATION, now } from '../core/base/time.ts'
import { SECURE_PREFIX, checkCookieAttributes, needsSecure } from '../core/options/check-cookie.ts'
import type { ItemState } from '../core/items/state.ts'
import { goesPlain } from './hosts.ts'

/** A cookie as one request must have it. */
export interface SessionCookie {
  readonly name: string
  readonly attributes: CookieSerializeOptions
}

const DEFAULT_NAME = '__Host-session'
const ATTRIBUTES = ['domain', 'path', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const
const LIFETIMES = ['maxAge', 'expires']
/** What the cookies of React Router and Remix have beside: one configuration may serve all. */
const OF_OTHERS = ['name', 'secrets', 'encode', 'decode']

/** An id and its signature, which costs something to check. */
const SIGNED = /^[\w-]{16,128}\.[A-Za-z0-9+/]{43}$/

/**
 * What the session cookie is called and how it is set, by the request's host. The scheme is never asked, because the
 * majors disagree about it behind a proxy.
 * @throws InvalidOptionError for attributes that browsers or `cookie-es` refuse.
 */
export function cookieRules(name: string = DEFAULT_NAME, given: object = {}): (host: string) => SessionCookie {
  const own: CookieSerializeOptions = Object.fromEntries(
    ATTRIBUTES.map((attribute) => [attribute, (given as CookieSerializeOptions)[attribute]]).filter(([, value]) => value !== undefined),
  )
  checkNames(given)
  checkCookieAttributes(name, own)
  const common: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', ...own }
  const usual = { name, attributes: { secure: true, ...common } }
  const local = { name: name.replace(SECURE_PREFIX, ''), attributes: { secure: needsSecure(common), ...common } }
  try {
    serialize(usual.name, '', usual.attributes)
    serialize(local.name, '', local.attributes)
  } catch (error) {
    throw new InvalidOptionError('cookie', `with \`name\` makes no cookie: ${(error as Error).message}`, 'code', { cause: error })
  }
  return (host) => (goesPlain(host) ? local : usual)
}

/** A misspelt attribute would leave a cookie less safe than it looks. */
function checkNames(cookie: object): void {
  // A Cookie object of React Router or Remix.
  if ('serialize' in cookie) return
  const ours = [...ATTRIBUTES, ...LIFETIMES]
  const known = [...ours, ...OF_OTHERS]
  for (const name of Object.keys(cookie)) {
    if (known.includes(name)) continue
    const meant = known.find((one) => one.toLowerCase() === name.toLowerCase().replaceAll(/[-_]/g, ''))
    throw new InvalidOptionError(
      `cookie.${name}`,
      meant ? `is unknown; did you mean \`${meant}\`?` : `is unknown; there are ${ours.join(', ')}`,
    )
  }
}

/** The ids in a Cookie header that one of the secrets signed, in the order of the header. */
export function signedIds(header: string | undefined, name: string, secrets: readonly string[]): string[] {
  const signed = cookiesNamed(header, name)
    .map(decodeCookie)
    .filter((value) => SIGNED.test(value))
  const ids = [...new Set(signed)].map((value) => unsign(value, secrets)).filter(isId)
  return [...new Set(ids)]
}

/** Seconds between a write and its cookie, at most, in which the lifetime counts from the write. */
const AT_ONCE = 10

/** A cookie that ends with the record, or with the browser. */
export function cookieFor({ name, attributes }: SessionCookie, id: string, secret: string, state: ItemState): CookieToSet {
  const { expireAt, maxExpireAt = Infinity, updatedAt, endsWithBrowser } = state
  const value = sign(id, secret)
  if (endsWithBrowser) return { name, value, attributes }
  const at = now()
  // `expire_at` is rounded up to whole seconds, and `Max-Age` takes no others: what was asked for must come out, and never a second more.
  const isAsked = expireAt !== undefined && Math.ceil(maxExpireAt) === expireAt
  const since = at - updatedAt < AT_ONCE ? updatedAt : at
  const left = expireAt === undefined ? MAX_DURATION : isAsked ? Math.round(maxExpireAt - since) : Math.floor(expireAt - since)
  const expires = new Date((expireAt ?? at + MAX_DURATION) * 1000)
  return { name, value, attributes: { ...attributes, maxAge: Math.max(0, left), expires } }
}

export function removalOf({ name, attributes }: SessionCookie): CookieToSet {
  return { name, value: '', attributes: { ...attributes, maxAge: 0, expires: new Date(0) } }
}

/** The text of Set-Cookie. */
export function setCookieText({ name, value, attributes }: CookieToSet): string {
  return serialize(name, value, attributes as CookieSerializeOptions)
}
