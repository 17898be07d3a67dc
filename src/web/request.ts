// The session of a web-standard request, or of what a framework has in its place.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { setCookieText } from './cookie.ts'
import { forwardedProtocol } from './hosts.ts'
import { openOn, UNCACHED } from './open.ts'
import type { Exchange } from './open.ts'
import type { CookieSessions } from './options.ts'
import type { CookieToSet, DynamoSession } from './types.ts'

/** A request of a framework that has no `Request`, or a place that only reads. */
export interface SessionRequest {
  /** The Cookie header, or API Gateway's list of cookies. */
  cookie: string | readonly string[] | null | undefined
  /** The Host header: on localhost, outside production, the cookie goes without `Secure`. */
  host?: string | null | undefined
  /** The User-Agent header, for the option `device`. */
  userAgent?: string | null | undefined
  /** For a place whose response carries no cookie, as that of a React server component: the life of a session is not extended, none can begin. */
  readOnly?: boolean | undefined
}

/** The session of h3, and what the response needs. */
export interface WebSession<Data extends object = Record<string, unknown>> extends DynamoSession<Data> {
  /** What the response must set by now: at most one cookie. */
  setCookies(): CookieToSet[]
  /** The same as `Set-Cookie`, with the `Cache-Control` that keeps such a response out of caches; without a cookie they are empty. */
  headers(): Headers
}

/** What a request has open, by the cookie's name. */
const opened = new WeakMap<object, Map<string, Promise<WebSession>>>()

/** The session of a request, which is loaded once. */
export async function openRequest(request: Request | SessionRequest, source: CookieSessions): Promise<WebSession> {
  checkRequest(request)
  const exchange = exchangeOf(request)
  const cookie = source.cookieOf(exchange.host())
  const sessions = opened.get(request) ?? new Map<string, Promise<WebSession>>()
  opened.set(request, sessions)
  const found = sessions.get(cookie.name)
  if (found) return found
  const staged = new Map<string, CookieToSet>()
  const put: Exchange['put'] = (next) => Boolean(staged.set(next.name, next))
  const takeBack = (name: string): void => void staged.delete(name)
  const loaded = openOn({ ...exchange, put, takeBack }, source, cookie).then(async ({ session, writer }) => {
    if (!isReadOnly(request)) await writer.touch()
    return Object.assign(session, carry(staged))
  })
  sessions.set(cookie.name, loaded)
  // Who asks again may have better luck.
  loaded.catch(() => sessions.delete(cookie.name))
  return loaded
}

function carry(staged: ReadonlyMap<string, CookieToSet>): Pick<WebSession, 'setCookies' | 'headers'> {
  return {
    setCookies: () => [...staged.values()],
    headers() {
      const headers = new Headers()
      for (const next of staged.values()) headers.append('set-cookie', setCookieText(next))
      if (staged.size > 0) headers.set('cache-control', UNCACHED)
      return headers
    },
  }
}

/** Anything else would be a visitor without a session, whatever cookie came. */
function checkRequest(request: unknown): asserts request is Request | SessionRequest {
  if (typeof request !== 'object' || request === null) throw new InvalidArgumentError('request', 'must be a Request, or have a `cookie`')
  if (isRequest(request)) return
  if (!('cookie' in request)) {
    throw new InvalidArgumentError(
      'request',
      'must be a Request, or have a `cookie`: of a request of Node, give { cookie: request.headers.cookie, host: request.headers.host }',
    )
  }
  const { cookie } = request
  if (cookie === undefined || cookie === null || typeof cookie === 'string') return
  if (Array.isArray(cookie) && cookie.every((text) => typeof text === 'string')) return
  throw new InvalidArgumentError('request.cookie', 'must be the text of a Cookie header, or a list of such texts')
}

function exchangeOf(request: Request | SessionRequest): Omit<Exchange, 'put' | 'takeBack'> {
  const header = (name: string): string | undefined => (isRequest(request) ? (request.headers.get(name) ?? undefined) : undefined)
  // Costs more than the rest of a request that has a Host header.
  const url = (): URL | undefined => (isRequest(request) && URL.canParse(request.url) ? new URL(request.url) : undefined)
  const { cookie, host } = isRequest(request) ? { cookie: header('cookie'), host: header('host') ?? url()?.host } : request
  return {
    header: () => (typeof cookie === 'string' ? cookie : cookie?.join('; ')),
    headers: isRequest(request) ? request.headers : { get: (name) => (/^user-agent$/i.test(name) && request.userAgent) || null },
    host: () => host ?? '',
    isReadOnly: isReadOnly(request),
    protocol: () => forwardedProtocol(header('x-forwarded-proto')) ?? url()?.protocol.slice(0, -1),
    check() {
      if (isReadOnly(request))
        throw new InvalidArgumentError(
          'request',
          'is `readOnly`: its response carries no cookie, so that a session which starts here would be lost',
        )
    },
  }
}

function isRequest(request: object): request is Request {
  return 'headers' in request && typeof (request as Request).headers?.get === 'function'
}

function isReadOnly(request: Request | SessionRequest): boolean {
  return !isRequest(request) && request.readOnly === true
}
