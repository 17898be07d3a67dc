// The sessions of one event: which is meant, loaded once, locked while work runs on it.
import { sharedSlot } from '../core/base/shared.ts'
import { deferred } from '../core/base/deferred.ts'
import { InvalidArgumentError, InvalidOptionError } from '../core/base/errors.ts'
import { checkCarrier, headerOf, hostOf, isForCache, stageCookie } from './event.ts'
import { removalOf, setCookieOf, signedIds } from '../web/cookie.ts'
import type { SessionCookie } from '../web/cookie.ts'
import { underLock } from '../core/sessions/open-handle.ts'
import type { SessionEvent } from './types.ts'
import type { DynamoSession, DynamoSessionOptions } from '../web/types.ts'
import { createSession } from '../web/session.ts'
import type { RequestSession } from '../web/session.ts'
import { createWriter, hiddenWriter, loadWriter } from '../web/writer.ts'
import type { Stage } from '../web/writer.ts'
import { areOptionsProvided } from '../core/options/provided.ts'
import { signing } from '../web/options.ts'
import type { Setup } from '../web/options.ts'

/** The session of one event under one cookie name. */
interface Opened {
  readonly setup: Setup
  readonly managed: Promise<RequestSession>
  /** Work under its lock that was begun while another piece held it. */
  readonly guests: Set<Promise<unknown>>
  /** Whether it is, or was, `event.context.session`. */
  isMain?: boolean
}

/** The sessions of a request by their cookies' names, on its event's context. */
const sessionsOf = sharedSlot<Map<string, Opened>>('h3')

/** Runs `work` on the session of an event, and under its lock where options ask for that and `mayLock`. */
export async function around<Result>(
  event: SessionEvent,
  options: DynamoSessionOptions,
  work: (session: DynamoSession) => Result | Promise<Result>,
  mayLock = true,
): Promise<Result> {
  const context = event.context as { session?: DynamoSession | undefined }
  const run = async (managed: RequestSession): Promise<Result> => {
    await managed.writer.touch()
    context.session = managed.session
    return work(managed.session)
  }
  const setup = signing(options)
  if (isForCache(event)) {
    // The context is the visitor's.
    const { session } = context
    return run(await openBy(event, setup).managed).finally(() => (context.session = session))
  }
  const { sessions, secrets } = setup
  const cookie = mayLock && sessions.options.enableLocking ? setup.cookieOf(hostOf(event)) : undefined
  const opened = openedOf(event)
  const before = cookie && opened.get(cookie.name)
  const held = before && (await before.managed)
  const brought = cookie && !held ? signedIds(headerOf(event, 'cookie'), cookie.name, secrets) : []
  const known = held?.writer.handle.snapshot?.id
  const ids = known === undefined ? brought : [known]
  if (!cookie || held?.writer.handle.isLocked || ids.length === 0) {
    const made = openBy(event, setup)
    made.isMain = true
    const result = made.managed.then(run)
    if (held?.writer.handle.isLocked) guest(made, result)
    return result
  }
  // At once, so that whoever asks meanwhile waits for the same session.
  const { promise, resolve, reject } = deferred<RequestSession>()
  // Whoever caused a failure hears of it, and perhaps nobody else asked.
  promise.catch(() => {})
  const made = before ?? { setup, managed: promise, guests: new Set() }
  made.isMain = true
  opened.set(cookie.name, made)
  let isThere = false
  try {
    return await underLock(sessions, ids, held?.writer.handle, sessions.serialization.parseObject, async (found) => {
      const managed = held ?? createSession(createWriter(sessions, found, stager(event, setup, cookie), true))
      if (held) held.writer.follow()
      isThere = true
      resolve(managed)
      try {
        return await run(managed)
      } finally {
        while (made.guests.size > 0) await Promise.allSettled(made.guests)
      }
    })
  } catch (error) {
    if (!before && !isThere) opened.delete(cookie.name)
    // Without effect once the session was there.
    reject(error)
    throw error
  }
}

/** The lock lasts until `work` has ended too. */
function guest({ guests }: Opened, work: Promise<unknown>): void {
  guests.add(work)
  const leave = (): void => void guests.delete(work)
  work.then(leave, leave)
}

/** The session that is meant without options: that of the options which a module gives, or the main one. */
export function openMain(event: SessionEvent): Opened {
  const main = areOptionsProvided() ? undefined : mainOf(openedOf(event))
  return main && !isForCache(event) ? main : openBy(event, main?.setup ?? signing({}))
}

/** The session of an event, which is loaded once. */
export function openBy(event: SessionEvent, setup: Setup): Opened {
  const opened = openedOf(event)
  if (isForCache(event)) {
    warnOnce(
      'SESSION_HIDDEN_BY_CACHE',
      'A cached handler asked for a session: it is empty there, and nothing that is written to it is stored, since its response is everybody’s',
    )
    return { setup, managed: Promise.resolve(createSession(hiddenWriter(setup.sessions))), guests: new Set() }
  }
  const cookie = setup.cookieOf(hostOf(event))
  const found = opened.get(cookie.name)
  if (found) {
    checkPlace(found.setup, setup, cookie.name)
    return found
  }
  const ids = signedIds(headerOf(event, 'cookie'), cookie.name, setup.secrets)
  const made: Opened = {
    setup,
    managed: loadWriter(setup.sessions, ids, stager(event, setup, cookie)).then(createSession),
    guests: new Set(),
  }
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
    if (found.sessions.items.options[option] !== asked.sessions.items.options[option])
      throw new InvalidOptionError(
        option,
        `is not that of the session which is open under the cookie ${name}: give this one another \`name\``,
      )
  }
}

function stager(event: SessionEvent, { secrets }: Setup, cookie: SessionCookie): Stage {
  return {
    check: () => checkCarrier(event),
    set(snapshot) {
      const setCookie = snapshot ? setCookieOf(cookie, snapshot.id, secrets[0] as string, snapshot.state.expireAt) : removalOf(cookie)
      const isInTime = stageCookie(event, cookie.name, setCookie)
      if (!isInTime && snapshot && !signedIds(headerOf(event, 'cookie'), cookie.name, secrets).includes(snapshot.id))
        warnOnce(
          'SESSION_COOKIE_TOO_LATE',
          'A session got its id after the response had been sent, so that the browser does not get its cookie',
        )
    },
  }
}

function openedOf(event: SessionEvent): Map<string, Opened> {
  if (typeof event?.context !== 'object' || event.context === null) throw new InvalidArgumentError('event', 'must be an event of h3')
  return sessionsOf.ensure(event.context, () => new Map())
}

const warned = new Set<string>()

function warnOnce(code: string, message: string): void {
  if (warned.has(code)) return
  warned.add(code)
  process.emitWarning(message, { type: 'DynamoSessionWarning', code })
}
