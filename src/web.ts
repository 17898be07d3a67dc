import type { CsrfRequest } from './core/csrf/types.ts'
import { partsOf, verifyOn } from './web/csrf.ts'
import type { CsrfSessionOptions } from './web/csrf.ts'
import { openRequest } from './web/request.ts'
import type { SessionRequest, WebSession } from './web/request.ts'
import { signedSessions } from './web/options.ts'
import type { DynamoSessionOptions } from './web/types.ts'

export { FreshLogInRequiredError } from './web/unauthorized.ts'
export { CsrfError } from './core/csrf/error.ts'
export type { CsrfRequest } from './core/csrf/types.ts'
export type { CsrfSessionOptions } from './web/csrf.ts'
export type { SessionRequest, WebSession } from './web/request.ts'
export type { CookieToSet, DynamoSession, DynamoSessionOptions, LifetimeOptions, SessionCookieAttributes } from './web/types.ts'

/**
 * The session of a request, for any server that has web-standard requests or a Cookie header. It is read once for a `Request`, however
 * often this is called, and its life is extended when that is due. Nothing is stored, and no cookie set, before one of its writing
 * methods is called: afterwards, `setCookies()` or `headers()` go onto the response.
 *
 * @param options the flat set; `secretKey` is required. They may be a literal inside the handler: equal ones share one client.
 * @throws MissingSecretKeyError; InvalidOptionError for an unknown or ill-typed option; what a failed read throws, by `raiseErrors`.
 * @see https://developer.mozilla.org/en-US/docs/Web/API/Request
 * @example
 * const session = await openSession<{ visits: number }>(request, { secretKey: process.env.SESSION_SECRET })
 * await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
 * return Response.json(session.data, { headers: session.headers() })
 */
export async function openSession<Data extends object = Record<string, unknown>>(
  request: Request | SessionRequest,
  options: DynamoSessionOptions = {},
): Promise<WebSession<Data>> {
  return openRequest(request, signedSessions(options)) as Promise<WebSession<Data>>
}

/**
 * Refuses a request that changes something (any method but GET, HEAD, OPTIONS and TRACE) and was not sent by a page of this origin, which
 * browsers tell by `Sec-Fetch-Site` or `Origin`. Where they say neither, it must bring `session.csrfToken()`, as the header `X-CSRF-Token` or
 * the field `_csrf` of a form up to 1 MB, of which a copy is read. DynamoDB is asked for nothing.
 *
 * @param options those of `openSession`; `origins` and `except`, whom to let in beside; `token`, where the body has been read already.
 * @throws CsrfError, whose `status` is 403; MissingSecretKeyError; InvalidOptionError; InvalidArgumentError for what is no request.
 * @see https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/CSRF
 * @example
 * await verifyCsrf(request, { secretKey: process.env.SESSION_SECRET })
 */
export async function verifyCsrf(request: CsrfRequest, options: CsrfSessionOptions = {}): Promise<void> {
  const { csrf, options: own } = partsOf(options)
  await verifyOn(request, signedSessions(own), csrf)
}
