// h3's events, of both majors by their shape: helpers of one fail on the other's events.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { sharedSlot } from '../core/base/shared.ts'
import { forwardedProtocol } from '../web/hosts.ts'
import { UNCACHED } from '../web/open.ts'
import { cookiesOf, isNamed, keepCookies, setCookies, stagedOn } from './response.ts'
import type { SessionEvent } from './types.ts'

/** h3 2's request and response, or h3 1's under `node`; h3 2 has a `node` as well. */
interface EitherEvent {
  readonly context?: object
  readonly req?: { readonly context?: object; readonly headers?: { get?: (name: string) => string | null } }
  readonly res?: { readonly headers: Headers; readonly errHeaders?: Headers }
  readonly url?: { readonly host?: string; readonly protocol?: string }
  readonly node?: {
    readonly req: {
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly socket?: { readonly encrypted?: boolean }
    }
    readonly res: {
      readonly headersSent?: boolean
      getHeader(name: string): unknown
      getHeaderNames(): string[]
      setHeader(name: string, value: string | string[]): unknown
      removeHeader(name: string): unknown
    }
  }
}

/** What a context was made for: h3 2's headers of the request, which outlive the copies that its own helpers make, or h3 1's request. */
const request = sharedSlot<object | undefined>('request')

/** For a hook at the beginning of a request; that of Nitro 3.0.0 gets the request alone. */
export function rememberRequest(event: EitherEvent): void {
  const context = event.context ?? event.req?.context
  if (context) request.set(context, originOf(event))
}

/**
 * Whether an event runs for Nitro's cache: its response is everybody's. It has the context of the one request that it runs for, and
 * a request of its own. Where nobody remembers the request, nitropack's mark on the context tells.
 */
export function isForCache(event: SessionEvent): boolean {
  const original = request.get(event.context)
  return original === undefined ? isMarkedForCache(event.context) : original !== originOf(event)
}

/** nitropack's own mark: an application may keep a cache of its own in the same place. */
export function isMarkedForCache(context: object): boolean {
  const { cache } = context as { readonly cache?: { readonly options?: { readonly getKey?: unknown } } }
  return typeof cache?.options?.getKey === 'function'
}

/** @throws InvalidArgumentError for an event whose response cannot carry a cookie, such as that of a WebSocket. */
export function checkCarrier(event: SessionEvent): void {
  const { req, node } = event as EitherEvent
  if (isWeb(req) || typeof node?.res?.setHeader === 'function') return
  throw new InvalidArgumentError('event', 'has no response that can carry a cookie, so that a session which starts here would be lost')
}

/**
 * Puts a Set-Cookie on the response in place of an earlier one of that name; others stay. No cache may keep such a response,
 * or it would hand the session to others.
 * @returns `false` where the response has been sent already, as far as one can tell.
 */
export function stageCookie(event: SessionEvent, name: string, setCookie: string): boolean {
  stagedOn(event.context).set(name, setCookie)
  return replaceCookie(event, name, setCookie)
}

/** Takes a cookie off the response that was put there. */
export function unstageCookie(event: SessionEvent, name: string): void {
  if (stagedOn(event.context).delete(name)) replaceCookie(event, name)
}

function replaceCookie(event: SessionEvent, name: string, setCookie?: string): boolean {
  const { req, res, node } = event as EitherEvent
  const replaced = (texts: string[]): string[] => [
    ...texts.filter((text) => !isNamed(text, name)),
    ...(setCookie === undefined ? [] : [setCookie]),
  ]
  if (isWeb(req)) {
    // Only `errHeaders` reach the response of a thrown error; the first candidates of h3 2 have none.
    for (const headers of [res?.headers, res?.errHeaders]) {
      if (!headers) continue
      setCookies(headers, replaced(headers.getSetCookie()))
      if (setCookie !== undefined) headers.set('cache-control', UNCACHED)
    }
    return !node?.res?.headersSent
  }
  if (!node) return true
  if (node.res.headersSent) return false
  node.res.setHeader('set-cookie', replaced(cookiesOf(node.res)))
  if (setCookie === undefined) return true
  node.res.setHeader('cache-control', UNCACHED)
  keepCookies(node.res, event.context)
  return true
}

function originOf(event: EitherEvent): object | undefined {
  return isWeb(event.req) ? event.req.headers : event.node?.req
}

/** h3 2's request, or Node's. */
export function requestOf(event: SessionEvent): object | undefined {
  const { req, node } = event as EitherEvent
  return isWeb(req) ? req : node?.req
}

/** Whether a request is that of h3 2. */
function isWeb(req: EitherEvent['req']): req is { readonly headers: { readonly get: (name: string) => string | null } } {
  return typeof req?.headers?.get === 'function'
}

export function headerOf(event: SessionEvent, name: string): string | undefined {
  const { headers } = (requestOf(event) ?? {}) as {
    readonly headers?: Headers | Readonly<Record<string, string | string[] | undefined>>
  }
  const value = typeof headers?.get === 'function' ? headers.get(name) : (headers as Record<string, unknown> | undefined)?.[name]
  return typeof value === 'string' ? value : undefined
}

/** The host that the browser asked for, with its port. */
export function hostOf(event: SessionEvent): string {
  // HTTP/2 has `:authority` in place of the header.
  const { url, node } = event as EitherEvent
  const authority = node?.req.headers[':authority']
  return headerOf(event, 'host') ?? (typeof authority === 'string' ? authority : (url?.host ?? ''))
}

/** How the browser came, as far as one can tell: `http`, `https`. For a warning only, since anybody can say so in a header. */
export function protocolOf(event: SessionEvent): string | undefined {
  const { url, node } = event as EitherEvent
  const forwarded = forwardedProtocol(headerOf(event, 'x-forwarded-proto'))
  if (forwarded !== undefined) return forwarded
  const { socket } = node?.req ?? {}
  return socket ? (socket.encrypted ? 'https' : 'http') : url?.protocol?.slice(0, -1)
}
