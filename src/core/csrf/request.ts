// What is found in a request: headers of either kind, and a form's field.
import type { CsrfRequest } from './types.ts'

const HEADER = 'x-csrf-token'
const FIELD = '_csrf'
/** Bytes of a form that is read for its token. Larger ones, and those that do not say, bring it in the header. */
export const MOST_READ: number = 1024 * 1024
const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i

/** A header of a request, whichever way it keeps them. */
export function headerOf({ headers }: CsrfRequest, name: string): string | undefined {
  const value = typeof headers.get === 'function' ? (headers as Headers).get(name) : (headers as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}

/** The token that a request brought: in its header, else in its form, of which `body` gives what can be read. */
export async function tokenIn(
  header: (name: string) => string | undefined,
  body: () => Promise<Pick<Response, 'formData'> | undefined>,
): Promise<unknown> {
  const given = header(HEADER)
  if (given !== undefined) return given
  const length = header('content-length') ?? ''
  if (!FORM.test(header('content-type') ?? '') || !/^\d+$/.test(length) || Number(length) > MOST_READ) return undefined
  try {
    return (await (await body())?.formData())?.get(FIELD) ?? undefined
  } catch {
    return undefined // a form that cannot be read has no token
  }
}

/** A copy of the body of a request of the web, which the handler still has to read. */
export function copyOf(request: CsrfRequest): Request | undefined {
  const { clone, bodyUsed } = request as Partial<Request>
  return typeof clone === 'function' && bodyUsed === false ? clone.call(request) : undefined
}

/** What a request calls this server. In Node, HTTP/2 has `:authority` in place of the header. */
export function hostsOf(request: CsrfRequest): string[] {
  const { url = '', headers } = request
  const authority = ':authority' in headers ? headers[':authority'] : undefined
  const hosts = [headerOf(request, 'host'), authority, URL.canParse(url) ? new URL(url).host : undefined]
  return hosts.filter((host): host is string => typeof host === 'string')
}
