import { openRequest } from './web/request.ts'
import type { SessionRequest, WebSession } from './web/request.ts'
import { signedSessions } from './web/options.ts'
import type { DynamoSessionOptions } from './web/types.ts'

export { FreshLogInRequiredError } from './web/unauthorized.ts'
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
