import { SessionRequiredError } from './h3/session-required-error.ts'
import type { RequireOptions, SessionEvent, SessionMiddleware } from './h3/types.ts'
import type { DynamoSession, DynamoSessionOptions } from './web/types.ts'
import type { RequestSession } from './web/session.ts'
import { verifyEvent } from './h3/csrf.ts'
import { around, mainSource, openBy, openMain } from './h3/request.ts'
import { finishResponse } from './h3/response.ts'
import type { ResponseEvent } from './h3/response.ts'
import { partsOf } from './web/csrf.ts'
import type { CsrfSessionOptions } from './web/csrf.ts'
import { checked } from './core/csrf/verify.ts'
import { checkCookieOptions, signedSessions } from './web/options.ts'

export { CsrfError } from './core/csrf/error.ts'
export type { CsrfSessionOptions } from './web/csrf.ts'
export { SessionRequiredError } from './h3/session-required-error.ts'
export { FreshLogInRequiredError } from './web/unauthorized.ts'
export type { ResponseEvent } from './h3/response.ts'
export type { RequireOptions, SessionEvent, SessionMiddleware } from './h3/types.ts'
export type { DynamoSession, DynamoSessionOptions, SessionCookieAttributes } from './web/types.ts'

/**
 * The session of a request, read once however often this is called for an event. Nothing is stored, and no cookie set, before
 * one of its writing methods is called. Without `options`, it is that of the options that a module of Nitro or Nuxt gives, or else
 * the one that middleware or another call opened for this event.
 *
 * @param options the flat set; `secretKey` is required. They may be a literal inside the handler: equal ones share one client.
 * @throws MissingSecretKeyError; InvalidOptionError for an unknown or ill-typed option, or a table or `keyPrefix` other than that of the
 * session that is open under the same cookie; what a failed read throws, by `raiseErrors`.
 * @see https://h3.dev/examples/handle-session
 * @example
 * const session = await useDynamoSession<{ visits: number }>(event, { secretKey: process.env.SESSION_SECRET })
 * await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
 */
export async function useDynamoSession<Data extends object = Record<string, unknown>>(
  event: SessionEvent,
  options?: DynamoSessionOptions,
): Promise<DynamoSession<Data>> {
  return sessionOf(await (options ? openBy(event, signedSessions(options)) : openMain(event)).loaded)
}

/**
 * The session of a request that must have one.
 *
 * @param options as for `useDynamoSession`; `check` replaces the rule.
 * @throws SessionRequiredError, which both majors turn into a 401: there is no session, or `userIdKey` is set and it does not hold
 * that key, or `check` says no.
 * @example
 * const { data } = await requireDynamoSession(event, { check: (session) => session.data.role === 'admin' })
 */
export async function requireDynamoSession<Data extends object = Record<string, unknown>>(
  event: SessionEvent,
  options: RequireOptions<Data> = {},
): Promise<DynamoSession<Data>> {
  const { check, ...rest } = options
  const asked = Object.keys(rest).length > 0 ? signedSessions(rest) : undefined
  const { source, loaded } = asked ? openBy(event, asked) : openMain(event)
  const found = await loaded
  const session = sessionOf<Data>(found)
  // The session may have been opened by options that know no users.
  const userIdKey = asked?.sessions.options.userIdKey ?? source.sessions.options.userIdKey
  // The old id of a session that moved is welcome in its grace time.
  const isThere = found.writer.handle.snapshot !== undefined
  const isWelcome = check ? await check(session) : isThere && (userIdKey === undefined || holds(session.data, userIdKey))
  if (!isWelcome) throw new SessionRequiredError()
  return session
}

/**
 * Middleware that puts the session on `event.context.session` and extends its life when that is due. With `enableLocking` it
 * holds the session's lock while the rest runs, in h3 2; h3 1 has no `next`, so use `withDynamoSession` there.
 *
 * @throws InvalidOptionError for an unknown or ill-typed option. A missing secret is found by the first request.
 * @see https://h3.dev/guide/basics/middleware
 * @example
 * app.use(dynamoSession({ secretKey: process.env.SESSION_SECRET }))
 * app.get('/', async (event) => (await useDynamoSession(event)).data)
 */
export function dynamoSession(options: DynamoSessionOptions = {}): SessionMiddleware {
  checkCookieOptions(options)
  // Two plain parameters: h3 2 counts them, and gives `next` to no other function.
  return async (event, next) => around(event, options, () => next?.(), next !== undefined)
}

/**
 * A handler with the session on `event.context.session`, whose life is extended when that is due; with `enableLocking` under the
 * session's lock, on both majors.
 *
 * @param handler gets the session as its second argument too. Its `event` needs a type, which cannot be inferred: `H3Event`.
 * @throws InvalidOptionError for an unknown or ill-typed option; the handler that is returned rejects with `LockWaitTimeoutError` when
 * others hold the lock for all of `lockMaxWaitTime`.
 * @example
 * export default defineEventHandler(withDynamoSession((event: H3Event, session) => session.data, { enableLocking: true }))
 */
export function withDynamoSession<Event extends SessionEvent, Result, Data extends object = Record<string, unknown>>(
  handler: (event: Event, session: DynamoSession<Data>) => Result | Promise<Result>,
  options: DynamoSessionOptions = {},
): (event: Event) => Promise<Result> {
  checkCookieOptions(options)
  return (event) => around(event, options, (session) => handler(event, session as unknown as DynamoSession<Data>))
}

/**
 * Refuses a request that changes something (any method but GET, HEAD, OPTIONS and TRACE) and was not sent by a page of this origin, which
 * browsers tell by `Sec-Fetch-Site` or `Origin`. Where they say neither, it must bring `session.csrfToken()`, as the header `X-CSRF-Token` or
 * the field `_csrf` of a form up to 1 MB, which stays readable. DynamoDB is asked for nothing.
 *
 * @param options those of `useDynamoSession`, by default those of the session that is open; `origins` and `except`, whom to let in beside;
 * `token`, where the body has been read already.
 * @throws CsrfError, which both majors turn into a 403; MissingSecretKeyError; InvalidOptionError.
 * @see https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/CSRF
 * @example
 * await verifyCsrf(event, { secretKey: process.env.SESSION_SECRET })
 */
export async function verifyCsrf(event: SessionEvent, options: CsrfSessionOptions = {}): Promise<void> {
  const { csrf, options: own } = partsOf(options)
  await verifyEvent(event, () => (Object.keys(own).length > 0 ? signedSessions(own) : mainSource(event)), csrf)
}

/**
 * Middleware that does so for every request.
 *
 * @throws InvalidOptionError for an option that is none.
 * @example
 * app.use(dynamoCsrf({ secretKey: process.env.SESSION_SECRET, except: ['/webhooks'] }))
 */
export function dynamoCsrf(options: Omit<CsrfSessionOptions, 'token'> = {}): SessionMiddleware {
  const { csrf, options: own } = partsOf(options)
  checked(csrf)
  const hasOwn = Object.keys(own).length > 0
  if (hasOwn) checkCookieOptions(own)
  return async (event, next) => {
    await verifyEvent(event, () => (hasOwn ? signedSessions(own) : mainSource(event)), csrf)
    return next?.()
  }
}

/**
 * For `new H3({ onResponse })` of h3 2: puts the session cookies of a request on a response that lacks them, as one does that
 * `onError` returns, and sets `Cache-Control: private, no-store` on a response with such a cookie, so that no cache hands it to
 * others. The response itself is changed; one without a cookie of ours stays as it is. Nitro's module does this by itself.
 *
 * @param response of which headers that cannot be changed, as those of `Response.redirect()`, are replaced by a copy. Node's
 * adapters heed that; a runtime that sends the response natively, as Deno or Bun, sends such a one without the cookie.
 * @see https://h3.dev/guide/api/h3#h3-options
 * @example
 * const app = new H3({ onError: () => new Response('sorry', { status: 500 }), onResponse: onDynamoSessionResponse })
 */
export function onDynamoSessionResponse(response: Response, event: ResponseEvent): void {
  finishResponse(response, event)
}

function sessionOf<Data extends object>({ session }: RequestSession): DynamoSession<Data> {
  return session as unknown as DynamoSession<Data>
}

function holds(data: object, key: string): boolean {
  const value: unknown = Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined
  return value !== undefined && value !== null && value !== '' && value !== false
}
