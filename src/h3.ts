import { InvalidArgumentError, InvalidOptionError, LockWaitTimeoutError, SessionRequiredError } from './core/errors.ts'
import { OPENED, idFrom, isForCache, removalOf, setCookieOf, stageCookie } from './core/event.ts'
import type { SessionCookie } from './core/event.ts'
import { handleError, isUnreadable } from './core/failure.ts'
import type { DynamoSession, DynamoSessionOptions, RequireOptions, SessionEvent, SessionMiddleware } from './core/h3-types.ts'
import { withLease } from './core/lock.ts'
import { finishResponse } from './core/response.ts'
import type { ResponseEvent } from './core/response.ts'
import { loadSession, manage } from './core/manager.ts'
import type { ManagedSession } from './core/manager.ts'
import { areOptionsProvided } from './core/provided.ts'
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
  /** Work under its lock that was begun while another piece held it. */
  readonly guests: Set<Promise<unknown>>
  /** Whether it is, or was, `event.context.session`. */
  isMain?: boolean
}

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
  const given = Object.keys(rest).length > 0 ? rest : undefined
  const { setup, managed } = open(event, given)
  const session = sessionOf<Data>(await managed)
  // The session may have been opened by options that know no users.
  const userIdKey = (given && signing(given).sessions.options.userIdKey) ?? setup.sessions.options.userIdKey
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
  const isLocking = mayLock && sessions.options.enableLocking && !isForCache(event)
  const opened = openedOf(event)
  const cookie = isLocking ? setup.cookieOf(event) : undefined
  const before = cookie && opened.get(cookie.name)
  const held = before && (await before.managed)
  const id = held ? held.session.id : cookie && idFrom(event, cookie.name, secrets)
  if (!cookie || held?.isLocked || id === undefined) {
    const made = open(event, options)
    made.isMain = true
    const result = made.managed.then(run)
    if (held?.isLocked) guest(made, result)
    return result
  }
  const stage = stager(event, setup, cookie)
  // At once, so that whoever asks meanwhile waits for the same session.
  const { promise, resolve, reject } = deferred<ManagedSession>()
  const made = before ?? { setup, managed: promise, guests: new Set() }
  made.isMain = true
  opened.set(cookie.name, made)
  let isInside = false
  try {
    const locked = await withLease(sessions, id, async ({ snapshot, token }) => {
      const managed = held ?? manage(sessions, id, stage, snapshot)
      managed.lock(snapshot, token)
      resolve(managed)
      isInside = true
      try {
        return { value: await run(managed) }
      } finally {
        while (made.guests.size > 0) await Promise.allSettled(made.guests)
        // A later write is one without the lock.
        managed.unlock()
      }
    })
    if (locked) return locked.value
    // What cannot be locked may still be readable, as the old id of a regenerated session in its grace time is.
    resolve(loadSession(sessions, id, stage))
  } catch (error) {
    if (isInside) throw error
    try {
      handleError(error, error instanceof LockWaitTimeoutError ? 'lock' : 'read', sessions.options)
    } catch (raised) {
      if (!before) opened.delete(cookie.name)
      reject(raised)
      throw raised
    }
    // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
    resolve(manage(sessions, id, stage, isUnreadable(error) ? 'undecoded' : 'unread'))
    held?.lose()
  }
  return run(await made.managed)
}

/** The lock lasts until `work` has ended too. */
function guest({ guests }: Opened, work: Promise<unknown>): void {
  guests.add(work)
  const leave = (): void => void guests.delete(work)
  work.then(leave, leave)
}

function deferred<Value>(): { promise: Promise<Value>; resolve(value: Value | Promise<Value>): void; reject(error: unknown): void } {
  let resolve!: (value: Value | Promise<Value>) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both))
  // Whoever caused it hears of it, and perhaps nobody else asked.
  promise.catch(() => {})
  return { promise, resolve, reject }
}

function open(event: SessionEvent, options: DynamoSessionOptions | undefined): Opened {
  const opened = openedOf(event)
  const main = options === undefined && !areOptionsProvided() ? mainOf(opened) : undefined
  const setup = main?.setup ?? signing(options ?? {})
  if (isForCache(event)) {
    warnOnce(
      'SESSION_HIDDEN_BY_CACHE',
      'A cached handler asked for a session: it is empty there, and nothing that is written to it is stored, since its answer is everybody’s',
    )
    return { setup, managed: Promise.resolve(manage(setup.sessions, undefined, () => {}, 'hidden')), guests: new Set() }
  }
  if (main) return main
  const cookie = setup.cookieOf(event)
  const found = opened.get(cookie.name)
  if (found) {
    checkPlace(found.setup, setup, cookie.name)
    return found
  }
  const id = idFrom(event, cookie.name, setup.secrets)
  const made: Opened = { setup, managed: loadSession(setup.sessions, id, stager(event, setup, cookie)), guests: new Set() }
  opened.set(cookie.name, made)
  return made
}

/** What `event.context.session` is, or the only session there is. */
function mainOf(opened: ReadonlyMap<string, Opened>): Opened | undefined {
  const all = [...opened.values()]
  const main = all.findLast(({ isMain }) => isMain)
  if (main || all.length < 2) return main ?? all[0]
  throw new InvalidArgumentError('options', `must say which session is meant: those of ${[...opened.keys()].join(' and ')} are open`)
}

/** One cookie holds one id, and so names a session in one place only. */
function checkPlace(found: Setup, asked: Setup, name: string): void {
  if (found === asked) return
  for (const option of ['tableName', 'keyPrefix'] as const) {
    if (found.sessions.records.options[option] !== asked.sessions.records.options[option])
      throw new InvalidOptionError(
        option,
        `is not that of the session which is open under the cookie ${name}: give this one another \`name\``,
      )
  }
}

function stager(event: SessionEvent, { secrets }: Setup, cookie: SessionCookie): (snapshot: Snapshot | null) => void {
  return (snapshot) => {
    const setCookie = snapshot ? setCookieOf(cookie, snapshot.id, secrets[0] as string, snapshot.state.expireAt) : removalOf(cookie)
    const isInTime = stageCookie(event, cookie.name, setCookie)
    if (!isInTime && snapshot && snapshot.id !== idFrom(event, cookie.name, secrets))
      warnOnce(
        'SESSION_COOKIE_TOO_LATE',
        'A session got its id after the response had been sent, so that the browser does not get its cookie',
      )
  }
}

function openedOf(event: SessionEvent): Map<string, Opened> {
  if (typeof event?.context !== 'object' || event.context === null) throw new InvalidArgumentError('event', 'must be an event of h3')
  return ((event.context as { [OPENED]?: Map<string, Opened> })[OPENED] ??= new Map())
}

const warned = new Set<string>()

function warnOnce(code: string, message: string): void {
  if (warned.has(code)) return
  warned.add(code)
  process.emitWarning(message, { type: 'DynamoSessionWarning', code })
}

function sessionOf<Data extends object>({ session }: ManagedSession): DynamoSession<Data> {
  return session as unknown as DynamoSession<Data>
}

function holds(data: object, key: string): boolean {
  const value: unknown = Object.hasOwn(data, key) ? (data as Record<string, unknown>)[key] : undefined
  return value !== undefined && value !== null && value !== '' && value !== false
}
