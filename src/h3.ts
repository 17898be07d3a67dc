import { InvalidArgumentError, LockWaitTimeoutError, SessionRequiredError } from './core/errors.ts'
import { OPENED, idFrom, isForCache, isHidden, removalOf, setCookieOf, stageCookie } from './core/event.ts'
import type { SessionCookie } from './core/event.ts'
import { handleError, isUnreadable } from './core/failure.ts'
import type { DynamoSession, DynamoSessionOptions, RequireOptions, SessionEvent, SessionMiddleware } from './core/h3-types.ts'
import { withLease } from './core/lock.ts'
import { finishResponse } from './core/response.ts'
import type { ResponseEvent } from './core/response.ts'
import { loadSession, manage } from './core/manager.ts'
import type { ManagedSession } from './core/manager.ts'
import { setupOf, signing } from './core/setup.ts'
import type { Setup } from './core/setup.ts'
import type { Snapshot } from './core/snapshot.ts'

export { SessionRequiredError } from './core/errors.ts'
export type { ResponseEvent } from './core/response.ts'
export type {
  DynamoSession,
  DynamoSessionOptions,
  RequireOptions,
  SessionCookieAttributes,
  SessionEvent,
  SessionMiddleware,
} from './core/h3-types.ts'

/** The session of one event under one cookie name. */
interface Opened {
  readonly setup: Setup
  readonly managed: Promise<ManagedSession>
}

/**
 * The session of a request, read once however often this is called for an event. Nothing is stored, and no cookie set, before
 * one of its writing methods is called. Without `options`, it is the session that was opened for this event before, if any.
 *
 * @param options the flat set; `secretKey` is required. They may be a literal inside the handler: equal ones share one client.
 * @throws MissingSecretKeyError; InvalidOptionError for an unknown or ill-typed option; what a failed read throws, by `raiseErrors`.
 * @see https://h3.dev/examples/handle-session
 * @example
 * const session = await useDynamoSession<{ visits: number }>(event, { secretKey: process.env.SESSION_SECRET })
 * await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
 */
export async function useDynamoSession<Data extends object = Record<string, unknown>>(
  event: SessionEvent,
  options?: DynamoSessionOptions,
): Promise<DynamoSession<Data>> {
  return sessionOf(await open(event, options).managed)
}

/**
 * The session of a request that must have one.
 *
 * @param options as for `useDynamoSession`; `check` replaces the rule.
 * @throws SessionRequiredError, which both majors answer as 401: there is no session, or `userIdKey` is set and it does not hold
 * that key, or `check` says no.
 * @example
 * const { data } = await requireDynamoSession(event, { check: (session) => session.data.role === 'admin' })
 */
export async function requireDynamoSession<Data extends object = Record<string, unknown>>(
  event: SessionEvent,
  options: RequireOptions<Data> = {},
): Promise<DynamoSession<Data>> {
  const { check, ...rest } = options
  const { setup, managed } = open(event, Object.keys(rest).length > 0 ? rest : undefined)
  const session = sessionOf<Data>(await managed)
  const { userIdKey } = setup.sessions.options
  const isWelcome = check ? await check(session) : session.id !== undefined && (userIdKey === undefined || holds(session.data, userIdKey))
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
 * app.get('/', (event) => event.context.session.data)
 */
export function dynamoSession(options: DynamoSessionOptions = {}): SessionMiddleware {
  setupOf(options)
  // Two plain parameters: h3 2 counts them, and gives `next` to no other function.
  return async (event, next) => around(event, options, () => next?.(), next !== undefined)
}

/**
 * A handler with the session on `event.context.session`, whose life is extended when that is due; with `enableLocking` under the
 * session's lock, on both majors.
 *
 * @param handler gets the session as its second argument too.
 * @throws InvalidOptionError for an unknown or ill-typed option; the handler it answers rejects with `LockWaitTimeoutError` when
 * others hold the lock for all of `lockMaxWaitTime`.
 * @example
 * export default defineEventHandler(withDynamoSession((event, session) => session.data, { enableLocking: true }))
 */
export function withDynamoSession<Event extends SessionEvent, Result, Data extends object = Record<string, unknown>>(
  handler: (event: Event, session: DynamoSession<Data>) => Result | Promise<Result>,
  options: DynamoSessionOptions = {},
): (event: Event) => Promise<Result> {
  setupOf(options)
  return (event) => around(event, options, (session) => handler(event, session as unknown as DynamoSession<Data>))
}

/**
 * For `new H3({ onResponse })` of h3 2: puts the session cookies of a request on a response that lacks them, as one does that
 * `onError` answers, and sets `Cache-Control: private, no-store` on a response with such a cookie, so that no cache hands it to
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

async function around<Result>(
  event: SessionEvent,
  options: DynamoSessionOptions,
  work: (session: DynamoSession) => Result | Promise<Result>,
  mayLock = true,
): Promise<Result> {
  const run = async (managed: ManagedSession): Promise<Result> => {
    await managed.touch()
    ;(event.context as { session?: DynamoSession }).session = managed.session
    return work(managed.session)
  }
  const setup = signing(options)
  const { sessions, secrets } = setup
  const opened = openedOf(event)
  const cookie = setup.cookieOf(event)
  const before = await opened.get(cookie.name)?.managed
  // A lock that is held already must not be waited for.
  if (!mayLock || !sessions.options.enableLocking || before?.isLocked) return run(await open(event, options).managed)
  const id = before ? before.session.id : idFrom(event, cookie.name, secrets)
  let isInside = false
  try {
    const locked =
      id === undefined
        ? null
        : await withLease(sessions, id, async ({ snapshot, token }) => {
            const managed = before ?? manage(sessions, id, stager(event, setup, cookie), snapshot)
            managed.lock(snapshot, token)
            if (!before) opened.set(cookie.name, { setup, managed: Promise.resolve(managed) })
            isInside = true
            try {
              return { value: await run(managed) }
            } finally {
              // A later write is one without the lock.
              managed.unlock()
            }
          })
    if (locked) return locked.value
  } catch (error) {
    if (isInside) throw error
    handleError(error, error instanceof LockWaitTimeoutError ? 'lock' : 'read', sessions.options)
    // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
    const managed = manage(sessions, id, stager(event, setup, cookie), isUnreadable(error) ? 'undecoded' : 'unread')
    if (!before) opened.set(cookie.name, { setup, managed: Promise.resolve(managed) })
  }
  // What cannot be locked may still be readable, as the old id of a regenerated session in its grace time is.
  return run(await open(event, options).managed)
}

function open(event: SessionEvent, options: DynamoSessionOptions | undefined): Opened {
  const opened = openedOf(event)
  const [first] = opened.values()
  if (options === undefined && first) return first
  const setup = signing(options ?? {})
  const cookie = setup.cookieOf(event)
  const found = opened.get(cookie.name)
  if (found) return found
  const id = idFrom(event, cookie.name, setup.secrets)
  const stage = stager(event, setup, cookie)
  const isUnread = isHidden(event, cookie.name, setup.secrets)
  if (isUnread) warnOfCache()
  const managed = isUnread ? Promise.resolve(manage(setup.sessions, undefined, stage, 'unread')) : loadSession(setup.sessions, id, stage)
  const made: Opened = { setup, managed }
  opened.set(cookie.name, made)
  return made
}

function stager(event: SessionEvent, { secrets }: Setup, cookie: SessionCookie): (snapshot: Snapshot | null) => void {
  return (snapshot) => {
    const setCookie = snapshot ? setCookieOf(cookie, snapshot.id, secrets[0] as string, snapshot.state.expireAt) : removalOf(cookie)
    stageCookie(event, cookie.name, setCookie)
  }
}

function openedOf(event: SessionEvent): Map<string, Opened> {
  if (typeof event?.context !== 'object' || event.context === null) throw new InvalidArgumentError('event', 'must be an event of h3')
  const context = event.context as { [OPENED]?: Map<string, Opened> }
  if (!isForCache(event)) return (context[OPENED] ??= new Map())
  // What was opened for the request that a cached handler runs for is not for everybody.
  const own = strangers.get(event) ?? new Map<string, Opened>()
  strangers.set(event, own)
  return own
}

const strangers = new WeakMap<SessionEvent, Map<string, Opened>>()

let hasWarned = false

function warnOfCache(): void {
  if (hasWarned) return
  hasWarned = true
  process.emitWarning(
    'A cached handler asked for a session, whose cookie Nitro hides from it: it is empty there, and nothing that is written to it is stored',
    { type: 'DynamoSessionWarning', code: 'SESSION_HIDDEN_BY_CACHE' },
  )
}

function sessionOf<Data extends object>({ session }: ManagedSession): DynamoSession<Data> {
  return session as unknown as DynamoSession<Data>
}

function holds(data: object, key: string): boolean {
  const value: unknown = Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined
  return value !== undefined && value !== null && value !== '' && value !== false
}
