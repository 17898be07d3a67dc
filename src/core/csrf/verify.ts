// Whether a request that changes something was sent by a page of the application.
import { InvalidOptionError } from '../base/errors.ts'
import { CsrfError } from './error.ts'
import { isCsrfToken } from './token.ts'
import type { CsrfOptions } from './types.ts'

/** A request, as an adapter sees it. */
export interface Sent {
  readonly method: string
  /** The path that was asked for, or a whole URL. */
  readonly url: string
  header(name: string): string | undefined
  /** What the request calls this server, with the port: the Host header, and what the framework makes of it. */
  readonly hosts: readonly string[]
  /** Whether browsers come by https only, since the session's cookie is `Secure`. */
  isSecure(): boolean | Promise<boolean>
  /** The token that the request brought. Asked for only where it counts. */
  token(): unknown
  /** Ids of the sessions that the request brought, whose cookies are well signed. */
  ids(): readonly string[] | Promise<readonly string[]>
  /** What signs tokens: the first, though all count. */
  secrets(): readonly string[]
}

/** Methods that change nothing. https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Lets requests pass that change nothing, and those that a page of this origin sent. Browsers say so by `Sec-Fetch-Site`, older ones by
 * `Origin`; neither can be set by a page. Where a request says neither, it must bring the token.
 * @throws CsrfError for any other; InvalidOptionError for `origins` or `except` that are none.
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 */
export async function verifySent(sent: Sent, options: CsrfOptions): Promise<void> {
  const { origins = [], except = [] } = checked(options)
  if (isSafe(sent.method) || isExcepted(sent.url, except)) return
  const origin = sent.header('origin')
  if (origin !== undefined && origins.includes(origin)) return
  const site = sent.header('sec-fetch-site')
  if (site === 'same-origin') return
  // `none` is no page's doing but the user's, as a form that is sent again after a restart of the browser; it may still bring the token.
  if (site !== undefined && site !== 'none') throw new CsrfError('cross-site')
  // `null` is any page that hides where it is, be it one of ours with `Referrer-Policy: no-referrer`.
  if (origin !== undefined && origin !== 'null') {
    if (await isOwn(origin, sent)) return
    throw new CsrfError('origin')
  }
  const token: unknown = await sent.token()
  if (!isCsrfToken(token, await sent.ids(), sent.secrets())) throw new CsrfError(token === undefined || token === '' ? 'no-token' : 'token')
}

/** Whether a request of this method changes nothing. */
export function isSafe(method: string): boolean {
  return SAFE.has(method.toUpperCase())
}

async function isOwn(origin: string, { hosts, isSecure }: Sent): Promise<boolean> {
  if (hosts.some((host) => host !== '' && origin === originOf('https', host))) return true
  return hosts.some((host) => host !== '' && origin === originOf('http', host)) && !(await isSecure())
}

/** As browsers write it, without the scheme's own port. */
function originOf(scheme: string, host: string): string | undefined {
  const url = `${scheme}://${host}`
  return URL.canParse(url) ? new URL(url).origin : undefined
}

function isExcepted(url: string, except: readonly string[]): boolean {
  if (except.length === 0) return false
  // As text, since `//host/webhooks` would be another host's.
  const { pathname } = new URL(url.startsWith('/') ? `http://localhost${url}` : url, 'http://localhost')
  return except.some((path) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
}

/** Finds options that would let everybody pass, or nobody. */
export function checked(options: CsrfOptions): CsrfOptions {
  const { origins, except } = options
  if (origins !== undefined && !(Array.isArray(origins) && origins.every(isOrigin)))
    throw new InvalidOptionError('origins', 'must be a list of origins as browsers send them, such as https://app.example.com')
  if (except !== undefined && !(Array.isArray(except) && except.every((path: unknown) => typeof path === 'string' && path.startsWith('/'))))
    throw new InvalidOptionError('except', 'must be a list of paths, each of which starts with /')
  return options
}

function isOrigin(text: unknown): boolean {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text && text !== 'null'
}
