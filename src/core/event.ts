// Cookies of h3's events, of both majors by their shape: helpers of one fail on the other's events.
import { parse, serialize } from 'cookie-es'
import type { CookieSerializeOptions } from 'cookie-es'
import { InvalidOptionError } from './errors.ts'
import type { SessionEvent } from './h3-types.ts'
import { isId, sign, unsign } from './id.ts'
import { isNamed, stagedOn, UNCACHED } from './response.ts'
import { MAX_DURATION, now } from './time.ts'

/** h3 2's request and response, or h3 1's under `node`; h3 2 has a `node` as well. */
interface EitherEvent {
  readonly context?: object
  readonly req?: { readonly context?: object; readonly headers?: { get?: (name: string) => string | null } }
  readonly res?: { readonly headers: Headers; readonly errHeaders?: Headers }
  readonly url?: { readonly host?: string }
  readonly node?: {
    readonly req: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }
    readonly res: {
      readonly headersSent?: boolean
      getHeader(name: string): unknown
      setHeader(name: string, value: string | string[]): unknown
    }
  }
}

/** A cookie as one request must have it. */
export interface SessionCookie {
  readonly name: string
  readonly attributes: CookieSerializeOptions
}

/** The sessions of a request, on its event's context; shared by every copy of this package in the process. */
export const OPENED: unique symbol = Symbol.for('dynamodb-sessions.h3')

/** The request that a context was made for. */
export const REQUEST: unique symbol = Symbol.for('dynamodb-sessions.request')

export interface Remembering {
  [REQUEST]?: object | undefined
}

const DEFAULT_NAME = '__Host-session'
/** Browsers take names with these only together with `Secure`. */
const SECURE_PREFIX = /^__(?:Host|Secure)-/i
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i
const ATTRIBUTES = ['domain', 'path', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const

/** Node refuses longer headers by default, and no cookie of ours comes near. */
const MAX_COOKIE_HEADER = 16 * 1024
/** Cookies of one name that are looked at: those of other paths and domains come along. */
const MAX_SAME_NAME = 4

/**
 * What the session cookie is called and how it is set, by the request's host. The scheme is never asked, because the
 * majors disagree about it behind a proxy.
 * @throws InvalidOptionError for attributes that browsers or `cookie-es` refuse.
 */
export function cookieRules(name: string = DEFAULT_NAME, given: object = {}): (event: SessionEvent) => SessionCookie {
  const own: CookieSerializeOptions = Object.fromEntries(
    ATTRIBUTES.map((attribute) => [attribute, (given as CookieSerializeOptions)[attribute]]).filter(([, value]) => value !== undefined),
  )
  if (/^__Host-/i.test(name)) {
    const other = 'and a cookie whose name starts with `__Host-` has none: choose another `name`'
    if (own.domain !== undefined) throw new InvalidOptionError('cookie.domain', `is set, ${other}`)
    if (own.path !== undefined && own.path !== '/') throw new InvalidOptionError('cookie.path', `is not /, ${other}`)
  }
  if (SECURE_PREFIX.test(name) && own.secure === false)
    throw new InvalidOptionError('cookie.secure', `is false, but a cookie named ${name} must be secure: choose another \`name\``)
  const common: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', ...own }
  const needsSecure = common.partitioned === true || String(common.sameSite).toLowerCase() === 'none'
  const usual = { name, attributes: { secure: true, ...common } }
  const local = { name: name.replace(SECURE_PREFIX, ''), attributes: { secure: needsSecure, ...common } }
  try {
    serialize(usual.name, '', usual.attributes)
    serialize(local.name, '', local.attributes)
  } catch (error) {
    throw new InvalidOptionError('cookie', `with \`name\` makes no cookie: ${(error as Error).message}`, 'code', { cause: error })
  }
  return (event) => (process.env.NODE_ENV !== 'production' && LOCAL_HOST.test(hostOf(event)) ? local : usual)
}

/** For a hook at the beginning of a request; that of Nitro 3.0.0 gets the request alone. */
export function rememberRequest(event: EitherEvent): void {
  const context: Remembering | undefined = event.context ?? event.req?.context
  if (context) context[REQUEST] = requestOf(event)
}

/**
 * Whether an event runs for Nitro's cache. It has the context of the one request that it runs for, a request of its own without
 * cookies (in Nitro 3.0.0, with all of them), and what it answers is everybody's.
 */
export function isForCache(event: SessionEvent): boolean {
  const original = (event.context as Remembering)[REQUEST]
  return original !== undefined && original !== requestOf(event)
}

/** Whether such an event lacks the session of the one request that it runs for, and must not put another in its place. */
export function isHidden(event: SessionEvent, name: string, secrets: readonly string[]): boolean {
  const original = (event.context as Remembering)[REQUEST]
  return isForCache(event) && !idFrom(event, name, secrets) && signedId(headerIn(original, 'cookie'), name, secrets) !== undefined
}

/** The id in the request's cookie that one of the secrets signed. */
export function idFrom(event: SessionEvent, name: string, secrets: readonly string[]): string | undefined {
  return keepsCookies(event) ? undefined : signedId(headerOf(event, 'cookie'), name, secrets)
}

function signedId(header: string | undefined, name: string, secrets: readonly string[]): string | undefined {
  if (!header || header.length > MAX_COOKIE_HEADER) return undefined
  const value = parse(header, { filter: (key) => key === name, allowMultiple: true })[name]
  for (const signed of [value ?? []].flat().slice(0, MAX_SAME_NAME)) {
    const id = unsign(signed, secrets)
    if (isId(id)) return id
  }
  return undefined
}

/** A Set-Cookie text that ends with the record; `expireAt` in seconds since the epoch, `undefined` for never. */
export function setCookieOf({ name, attributes }: SessionCookie, id: string, secret: string, expireAt: number | undefined): string {
  const at = now()
  const maxAge = expireAt === undefined ? MAX_DURATION : Math.max(0, Math.ceil(expireAt - at))
  return serialize(name, sign(id, secret), { ...attributes, maxAge, expires: new Date((expireAt ?? at + MAX_DURATION) * 1000) })
}

export function removalOf({ name, attributes }: SessionCookie): string {
  return serialize(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
}

/**
 * Puts a Set-Cookie on the response in place of an earlier one of that name; others stay. No cache may keep such a response,
 * or it would hand the session to others.
 */
export function stageCookie(event: SessionEvent, name: string, setCookie: string): void {
  stagedOn(event.context).set(name, setCookie)
  if (keepsCookies(event)) return
  const { req, res, node } = event as EitherEvent
  if (typeof req?.headers?.get === 'function') {
    // Only `errHeaders` reach the response of a thrown error; the first candidates of h3 2 have none.
    for (const headers of [res?.headers, res?.errHeaders]) {
      if (!headers) continue
      const kept = headers.getSetCookie().filter((text) => !isNamed(text, name))
      headers.delete('set-cookie')
      for (const text of [...kept, setCookie]) headers.append('set-cookie', text)
      headers.set('cache-control', UNCACHED)
    }
    return
  }
  if (!node || node.res.headersSent) return
  const kept = [node.res.getHeader('set-cookie') ?? []].flat().map(String)
  node.res.setHeader('set-cookie', [...kept.filter((text) => !isNamed(text, name)), setCookie])
  node.res.setHeader('cache-control', UNCACHED)
}

/** Whether an event runs for the cache of Nitro 3.0.0, which shows cookies to its handlers and keeps those of responses, both for everybody. */
function keepsCookies(event: SessionEvent): boolean {
  const { res } = event as EitherEvent
  return res !== undefined && !res.errHeaders && isForCache(event)
}

function requestOf({ req, node }: EitherEvent): object | undefined {
  return typeof req?.headers?.get === 'function' ? req : node?.req
}

function headerOf(event: SessionEvent, name: string): string | undefined {
  return headerIn(requestOf(event as EitherEvent), name)
}

function headerIn(request: object | undefined, name: string): string | undefined {
  const { headers } = (request ?? {}) as { readonly headers?: Headers | Readonly<Record<string, string | string[] | undefined>> }
  const value = typeof headers?.get === 'function' ? headers.get(name) : (headers as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}

function hostOf(event: SessionEvent): string {
  // Nitro hides it from cached handlers, and HTTP/2 has `:authority` in place of the header.
  const host = headerOf(event, 'host') ?? headerIn((event.context as Remembering)[REQUEST], 'host')
  const { url, node } = event as EitherEvent
  const authority = node?.req.headers[':authority']
  return host ?? (typeof authority === 'string' ? authority : (url?.host ?? ''))
}
