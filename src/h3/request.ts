// The sessions of one event: which is meant, loaded once, locked while work runs on it.
import { sharedSlot } from '../core/base/shared.ts'
import { deferred } from '../core/base/deferred.ts'
import { InvalidArgumentError, InvalidOptionError } from '../core/base/errors.ts'
import { checkCarrier, headerOf, hostOf, isForCache, protocolOf, stageCookie, unstageCookie } from './event.ts'
import { setCookieText, signedIds } from '../web/cookie.ts'
import { warnOnce } from '../core/base/warn-once.ts'
import { openOn, stageOn } from '../web/open.ts'
import type { Exchange } from '../web/open.ts'
import { underLock } from '../core/sessions/open-handle.ts'
import type { SessionEvent } from './types.ts'
import { warnOfUnsaved, watchUnsaved } from './unsaved.ts'
import type { DynamoSession, DynamoSessionOptions } from '../web/types.ts'
import { createSession } from '../web/session.ts'
import type { RequestSession } from '../web/session.ts'
import { createWriter, hiddenWriter } from '../web/writer.ts'
import { areOptionsProvided } from '../core/options/provided.ts'
import { signedSessions } from '../web/options.ts'
import type { CookieSessions } from '../web/options.ts'

/** The session of one event under one cookie name. */
interface EventSession {
  readonly source: CookieSessions
  readonly loaded: Promise<RequestSession>
  /** Work under its lock that was begun while another piece held it. */
  readonly guests: Set<Promise<unknown>>
  /** Whether it is, or was, `event.context.session`. */
  isMain?: boolean
}

/** The sessions of a request by their cookies' names, on its event's context. */
const sessionsOf = sharedSlot<Map<string, EventSession>>('h3')

/** Runs `work` on the session of an event, and under its lock where options ask for that and `mayLock`. */
export async function around<Result>(
  event: SessionEvent,
  options: DynamoSessionOptions,
  work: (session: DynamoSession) => Result | Promise<Result>,
  mayLock = true,
): Promise<Result> {
  const context = event.context as { session?: DynamoSession | undefined }
  const run = async (loaded: RequestSession): Promise<Result> => {
    await loaded.writer.touch()
    context.session = loaded.session
    const result = await work(loaded.session)
    // In h3 1 a middleware ends before the handler begins.
    if (mayLock) await warnOfUnsaved(event, source.sessions, loaded)
    return result
  }
  const source = signedSessions(options)
  if (isForCache(event)) {
    // The context is the visitor's.
    const { session } = context
    return run(await openBy(event, source).loaded).finally(() => (context.session = session))
  }
  const { sessions, secrets } = source
  const cookie = mayLock && sessions.options.enableLocking ? source.cookieOf(hostOf(event)) : undefined
  const open = eventSessions(event)
  const before = cookie && open.get(cookie.name)
  const held = before && (await before.loaded)
  const brought = cookie && !held ? signedIds(headerOf(event, 'cookie'), cookie.name, secrets) : []
  const known = held?.writer.handle.snapshot?.id
  const ids = known === undefined ? brought : [known]
  if (!cookie || held?.writer.handle.isLocked || ids.length === 0) {
    const made = openBy(event, source)
    made.isMain = true
    const result = made.loaded.then(run)
    if (held?.writer.handle.isLocked) guest(made, result)
    return result
  }
  // At once, so that whoever asks meanwhile waits for the same session.
  const { promise, resolve, reject } = deferred<RequestSession>()
  // Whoever caused a failure hears of it, and perhaps nobody else asked.
  promise.catch(() => {})
  const made = before ?? { source, loaded: promise, guests: new Set() }
  made.isMain = true
  open.set(cookie.name, made)
  let isThere = false
  try {
    return await underLock(sessions, ids, held?.writer.handle, sessions.serialization.parseObject, async (found) => {
      const loaded = held ?? createSession(createWriter(sessions, found, stageOn(exchangeOf(event), source, cookie), true), secrets)
      if (held) held.writer.follow()
      isThere = true
      resolve(loaded)
      try {
        return await run(loaded)
      } finally {
        while (made.guests.size > 0) await Promise.allSettled(made.guests)
      }
    })
  } catch (error) {
    if (!before && !isThere) open.delete(cookie.name)
    // Without effect once the session was there.
    reject(error)
    throw error
  }
}

/** The lock lasts until `work` has ended too. */
function guest({ guests }: EventSession, work: Promise<unknown>): void {
  guests.add(work)
  const leave = (): void => void guests.delete(work)
  work.then(leave, leave)
}

/** The session that is meant without options: that of the options which a module gives, or the main one. */
export function openMain(event: SessionEvent): EventSession {
  const main = areOptionsProvided() ? undefined : mainOf(eventSessions(event))
  return main && !isForCache(event) ? main : openBy(event, main?.source ?? signedSessions({}))
}

/** The options that count for an event without any of its own. */
export function mainSource(event: SessionEvent): CookieSessions {
  return (areOptionsProvided() ? undefined : mainOf(eventSessions(event))?.source) ?? signedSessions({})
}

/** The session of an event, which is loaded once. */
export function openBy(event: SessionEvent, source: CookieSessions): EventSession {
  const open = eventSessions(event)
  if (isForCache(event)) {
    warnOnce(
      'SESSION_HIDDEN_BY_CACHE',
      'A cached handler asked for a session: it is empty there, and nothing that is written to it is stored, since its response is everybody’s',
    )
    return { source, loaded: Promise.resolve(createSession(hiddenWriter(source.sessions), [])), guests: new Set() }
  }
  const cookie = source.cookieOf(hostOf(event))
  const found = open.get(cookie.name)
  if (found) {
    checkPlace(found.source, source, cookie.name)
    return found
  }
  const made: EventSession = { source, loaded: openOn(exchangeOf(event), source, cookie), guests: new Set() }
  open.set(cookie.name, made)
  watchUnsaved(event, source.sessions, made.loaded)
  return made
}

/** What `event.context.session` is, or the only session there is. */
function mainOf(open: ReadonlyMap<string, EventSession>): EventSession | undefined {
  const all = [...open.values()]
  const main = all.findLast(({ isMain }) => isMain)
  if (main || all.length < 2) return main ?? all[0]
  throw new InvalidArgumentError('options', `must say which session is meant: those of ${[...open.keys()].join(' and ')} are open`)
}

/** One cookie holds one id, and so names a session in one place only. */
function checkPlace(found: CookieSessions, asked: CookieSessions, name: string): void {
  if (found === asked) return
  for (const option of ['tableName', 'keyPrefix'] as const) {
    if (found.sessions.items.options[option] !== asked.sessions.items.options[option])
      throw new InvalidOptionError(
        option,
        `is not that of the session which is open under the cookie ${name}: give this one another \`name\``,
      )
  }
}

function exchangeOf(event: SessionEvent): Exchange {
  return {
    header: () => headerOf(event, 'cookie'),
    headers: { get: (name) => headerOf(event, name.toLowerCase()) ?? null },
    host: () => hostOf(event),
    protocol: () => protocolOf(event),
    check: () => checkCarrier(event),
    put: (cookie) => stageCookie(event, cookie.name, setCookieText(cookie)),
    takeBack: (name) => unstageCookie(event, name),
  }
}

function eventSessions(event: SessionEvent): Map<string, EventSession> {
  if (typeof event?.context !== 'object' || event.context === null) throw new InvalidArgumentError('event', 'must be an event of h3')
  return sessionsOf.ensure(event.context, () => new Map())
}
