// The last look at a response: frameworks lose staged cookies, and caches keep what is one visitor's.

/** What a hook at the end of a request is given: an event of h3 2, or in Nitro 3.0.0 its request alone. */
export interface ResponseEvent {
  readonly context?: object
  readonly req?: { readonly context?: object }
}

/** The part of Node's response, below an event of h3 1, that holds headers. */
interface NodeHeaders {
  readonly headersSent?: boolean
  getHeader(name: string): unknown
  getHeaderNames(): string[]
  setHeader(name: string, value: string | string[]): unknown
  removeHeader(name: string): unknown
}

/** What a response says that carries a session cookie. */
export const UNCACHED = 'private, no-store'

/** Headers that caches of content delivery networks heed before `Cache-Control`. */
const TARGETED = /^(?:[\w-]+-)?cdn-cache-control$|^surrogate-control$/i

/** Shared by every copy of this package in the process. */
const STAGED = Symbol.for('dynamodb-sessions.cookies')

/** The Set-Cookie texts of a request, by the cookie's name. */
export function stagedOn(context: object): Map<string, string> {
  return ((context as { [STAGED]?: Map<string, string> })[STAGED] ??= new Map())
}

export function isNamed(setCookie: string, name: string): boolean {
  return setCookie.startsWith(`${name}=`)
}

/** Puts onto a response the session cookies of its request that it lacks, and keeps it out of caches if it has any. */
export function finishResponse(response: Response, event: ResponseEvent): void {
  const staged = stagedBy(event)
  if (!staged) return
  changeHeaders(response, (headers) => {
    for (const text of lacking(staged, headers.getSetCookie())) headers.append('set-cookie', text)
    keepFromCaches(headers)
  })
}

/** The same for an event of h3 1, whose headers are those of Node's response; a Response among bodies has its say after them. */
export function finishNodeResponse(
  event: { readonly context?: object; readonly node?: { readonly res: NodeHeaders } },
  answer?: { readonly body?: unknown },
): void {
  const staged = stagedBy(event)
  const res = event.node?.res
  if (!staged || !res || res.headersSent) return
  const present = [res.getHeader('set-cookie') ?? []].flat().map(String)
  const missing = lacking(staged, present)
  if (missing.length > 0) res.setHeader('set-cookie', [...present, ...missing])
  keepNodeFromCaches(res)
  if (answer?.body instanceof Response) changeHeaders(answer.body, keepFromCaches)
}

/** Has nobody keep the response that is being made: neither a cache nor a browser that shows it again after the log-out. */
export function keepEventFromCaches(event: object): void {
  const { res, node } = event as { readonly res?: { readonly headers?: Headers }; readonly node?: { readonly res: NodeHeaders } }
  if (res?.headers) keepFromCaches(res.headers)
  else if (node && !node.res.headersSent) keepNodeFromCaches(node.res)
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
    // Those of `Response.redirect()` and of `fetch` cannot be changed, and a hook cannot answer another response.
    change(headers)
    Object.defineProperty(response, 'headers', { value: headers, configurable: true })
  }
}

function stagedBy({ context, req }: ResponseEvent): Map<string, string> | undefined {
  const staged = [context, req?.context].map((context) => context && (context as { [STAGED]?: Map<string, string> })[STAGED])
  return staged.find((map) => map !== undefined && map.size > 0)
}

function lacking(staged: ReadonlyMap<string, string>, present: readonly string[]): string[] {
  return [...staged].filter(([name]) => !present.some((text) => isNamed(text, name))).map(([, text]) => text)
}
