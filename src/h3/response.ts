// The last look at a response: frameworks lose staged cookies, and caches keep what is one visitor's.
import { sharedSlot } from '../core/base/shared.ts'
import { warnOnce } from '../core/base/warn-once.ts'
import { UNCACHED } from '../web/open.ts'

/** What a hook at the end of a request is given: an event of h3 2, or in Nitro 3.0.0 its request alone. */
export interface ResponseEvent {
  readonly context?: object
  readonly req?: { readonly context?: object }
  /** Of h3 2 on Node. */
  readonly node?: { readonly res?: NodeHeaders | undefined } | undefined
}

/** The part of Node's response, below an event of h3 1, that holds headers. */
interface NodeHeaders {
  readonly headersSent?: boolean
  getHeader(name: string): unknown
  getHeaderNames(): string[]
  setHeader(name: string, value: string | string[]): unknown
  removeHeader(name: string): unknown
  writeHead?(...head: unknown[]): unknown
}

/** Headers that caches of content delivery networks heed before `Cache-Control`. */
const TARGETED = /^(?:[\w-]+-)?cdn-cache-control$|^surrogate-control$/i

/** The Set-Cookie texts of a request, by the cookie's name. */
const cookies = sharedSlot<Map<string, string>>('cookies')

export function stagedOn(context: object): Map<string, string> {
  return cookies.ensure(context, () => new Map())
}

export function isNamed(setCookie: string, name: string): boolean {
  return setCookie.startsWith(`${name}=`)
}

/** The cookies that were put onto a response itself, and for which request. */
const carried = new WeakMap<Response, { readonly staged: object; readonly texts: readonly string[] }>()

/**
 * Puts onto a response the session cookies of its request that it lacks, and keeps it out of caches if it has any. `onError` may
 * return one Response to everybody, so that it must not keep one visitor's cookie: where there is Node's response, that gets it,
 * and elsewhere only the first request's does.
 */
export function finishResponse(response: Response, event: ResponseEvent): void {
  const staged = stagedBy(event)
  const earlier = carried.get(response)
  const isShared = earlier !== undefined && earlier.staged !== staged
  if (isShared) changeHeaders(response, (headers) => setCookies(headers, without(headers.getSetCookie(), earlier.texts)))
  if (!staged) return
  changeHeaders(response, keepFromCaches)
  const present = response.headers.getSetCookie()
  const missing = lacking(staged, present)
  if (missing.length === 0) return
  const res = event.node?.res
  // Node drops cookies that were set before when the Response has some of its own.
  if (res && !res.headersSent && present.length === 0) return addToNode(res, lacking(staged, cookiesOf(res)))
  if (isShared) return warnOfSharedResponse()
  changeHeaders(response, (headers) => setCookies(headers, [...present, ...missing]))
  carried.set(response, { staged, texts: missing })
}

/** The same for an event of h3 1, whose headers are those of Node's response; a Response among bodies has its say after them. */
export function finishNodeResponse(
  event: { readonly context?: object; readonly node?: { readonly res: NodeHeaders } },
  result?: { readonly body?: unknown },
): void {
  const staged = stagedBy(event)
  const res = event.node?.res
  if (!staged || !res || res.headersSent) return
  addToNode(res, lacking(staged, cookiesOf(res)))
  keepNodeFromCaches(res)
  if (result?.body instanceof Response) changeHeaders(result.body, keepFromCaches)
}

/** Has nobody keep the response that is being made: neither a cache nor a browser that shows it again after the log-out. */
export function keepEventFromCaches(event: object): void {
  const { res, node } = event as { readonly res?: { readonly headers?: Headers }; readonly node?: { readonly res: NodeHeaders } }
  if (res?.headers) keepFromCaches(res.headers)
  else if (node && !node.res.headersSent) keepNodeFromCaches(node.res)
}

/** Adds the staged cookies that Node's response lacks when its head is written: a proxying handler replaces all that were set. */
export function keepCookies(res: NodeHeaders, context: object): void {
  if (kept.has(res) || typeof res.writeHead !== 'function') return
  kept.add(res)
  const writeHead = res.writeHead.bind(res)
  res.writeHead = (...head: unknown[]) => {
    if (!res.headersSent) addToNode(res, lacking(stagedOn(context), cookiesOf(res)))
    return writeHead(...head)
  }
}

const kept = new WeakSet<object>()

function addToNode(res: NodeHeaders, missing: readonly string[]): void {
  if (missing.length > 0) res.setHeader('set-cookie', [...cookiesOf(res), ...missing])
}

export function cookiesOf(res: NodeHeaders): string[] {
  return [res.getHeader('set-cookie') ?? []].flat().map(String)
}

export function setCookies(headers: Headers, texts: readonly string[]): void {
  headers.delete('set-cookie')
  for (const text of texts) headers.append('set-cookie', text)
}

function without(texts: readonly string[], some: readonly string[]): string[] {
  return texts.filter((text) => !some.includes(text))
}

function warnOfSharedResponse(): void {
  warnOnce(
    'SESSION_SHARED_RESPONSE',
    'A Response that `onError` returns to several requests cannot carry a session cookie: make a new one each time',
  )
}

function keepNodeFromCaches(res: NodeHeaders): void {
  res.setHeader('cache-control', UNCACHED)
  for (const name of res.getHeaderNames()) if (TARGETED.test(name)) res.removeHeader(name)
}

function keepFromCaches(headers: Headers): void {
  headers.set('cache-control', UNCACHED)
  const targeted = [...headers.keys()].filter((name) => TARGETED.test(name))
  for (const name of targeted) headers.delete(name)
}

function changeHeaders(response: Response, change: (headers: Headers) => void): void {
  const headers = new Headers(response.headers)
  try {
    change(response.headers)
  } catch {
    // Those of `Response.redirect()` and of `fetch` cannot be changed, and a hook cannot return another response.
    change(headers)
    Object.defineProperty(response, 'headers', { value: headers, configurable: true })
  }
}

function stagedBy({ context, req }: ResponseEvent): Map<string, string> | undefined {
  const staged = [context, req?.context].map((context) => context && cookies.get(context))
  return staged.find((map) => map !== undefined && map.size > 0)
}

function lacking(staged: ReadonlyMap<string, string>, present: readonly string[]): string[] {
  return [...staged].filter(([name]) => !present.some((text) => isNamed(text, name))).map(([, text]) => text)
}
