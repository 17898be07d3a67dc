// Cookies of h3's events, of both majors by their shape: helpers of one fail on the other's events.
import { parse, serialize } from 'cookie-es'
import type { CookieSerializeOptions } from 'cookie-es'
import { InvalidOptionError } from '../core/base/errors.ts'
import type { SessionEvent } from './types.ts'
import { isId, sign, unsign } from '../core/base/id.ts'
import { isNamed, keepCookies, stagedOn, UNCACHED } from '../h3/response.ts'
import { MAX_DURATION, now } from '../core/base/time.ts'

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
      getHeaderNames(): string[]
      setHeader(name: string, value: string | string[]): unknown
      removeHeader(name: string): unknown
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

/** What a context was made for: h3 2's headers of the request, which outlive the copies that its own helpers make, or h3 1's request. */
export const REQUEST: unique symbol = Symbol.for('dynamodb-sessions.request')

export interface Remembering {
  [REQUEST]?: object | undefined
}

const DEFAULT_NAME = '__Host-session'
/** Browsers take names with these only together with `Secure`. */
const SECURE_PREFIX = /^__(?:Host|Secure)-/i
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i
const ATTRIBUTES = ['domain', 'path', 'httpOnly', 'secure', 'sameSite', 'partitioned', 'priority'] as const
const LIFETIMES = ['maxAge', 'expires']
/** What the cookies of React Router and Remix have beside: one configuration may serve all. */
const OF_OTHERS = ['name', 'secrets', 'encode', 'decode']

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
  checkNames(given)
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

/** For a hook at the beginning of a request; that of Nitro 3.0.0 gets the request alone. */
export function rememberRequest(event: EitherEvent): void {
  const context: Remembering | undefined = event.context ?? event.req?.context
  if (context) context[REQUEST] = originOf(event)
}

/**
 * Whether an event runs for Nitro's cache: what it answers is everybody's. It has the context of the one request that it runs for, and
 * a request of its own. Where nobody remembers the request, nitropack's mark on the context tells.
 */
export function isForCache(event: SessionEvent): boolean {
  const { [REQUEST]: original } = event.context as Remembering
  return original === undefined ? isMarkedForCache(event.context) : original !== originOf(event)
}

/** nitropack's own mark: an application may keep a cache of its own in the same place. */
export function isMarkedForCache(context: object): boolean {
  const { cache } = context as { readonly cache?: { readonly options?: { readonly getKey?: unknown } } }
  return typeof cache?.options?.getKey === 'function'
}

/** The id in the request's cookie that one of the secrets signed. */
export function idFrom(event: SessionEvent, name: string, secrets: readonly string[]): string | undefined {
  return signedId(headerOf(event, 'cookie'), name, secrets)
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
 * @returns `false` where the response has been sent already, as far as one can tell.
 */
export function stageCookie(event: SessionEvent, name: string, setCookie: string): boolean {
  stagedOn(event.context).set(name, setCookie)
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
    return !node?.res?.headersSent
  }
  if (!node) return true
  if (node.res.headersSent) return false
  const kept = [node.res.getHeader('set-cookie') ?? []].flat().map(String)
  node.res.setHeader('set-cookie', [...kept.filter((text) => !isNamed(text, name)), setCookie])
  node.res.setHeader('cache-control', UNCACHED)
  keepCookies(node.res, event.context)
  return true
}

function originOf(event: EitherEvent): object | undefined {
  return typeof event.req?.headers?.get === 'function' ? event.req.headers : event.node?.req
}

function requestOf({ req, node }: EitherEvent): object | undefined {
  return typeof req?.headers?.get === 'function' ? req : node?.req
}

function headerOf(event: SessionEvent, name: string): string | undefined {
  const { headers } = (requestOf(event as EitherEvent) ?? {}) as {
    readonly headers?: Headers | Readonly<Record<string, string | string[] | undefined>>
  }
  const value = typeof headers?.get === 'function' ? headers.get(name) : (headers as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}

function hostOf(event: SessionEvent): string {
  // HTTP/2 has `:authority` in place of the header.
  const { url, node } = event as EitherEvent
  const authority = node?.req.headers[':authority']
  return headerOf(event, 'host') ?? (typeof authority === 'string' ? authority : (url?.host ?? ''))
}
