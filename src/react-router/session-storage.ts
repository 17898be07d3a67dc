// The session storage that React Router and Remix 2 share; each face brings its framework's own session and cookie.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { shownAs } from '../core/base/shown.ts'
import { now, toDate, toDuration } from '../core/base/time.ts'
import { cookieLifetime } from '../core/options/cookie-lifetime.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { guarded } from '../core/sessions/failure.ts'
import { holdGone, holdMoved, holdNew, holdSnapshot } from '../core/sessions/handle.ts'
import { openHandle, underLock } from '../core/sessions/open-handle.ts'
import type { Handle } from '../core/sessions/handle.ts'
import type { OpenHandle } from '../core/sessions/open-handle.ts'
import { openSessions } from '../core/sessions/open.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { createStorageCsrf } from './csrf.ts'
import { isLifeAsked, lifetimeAsked } from '../core/sessions/record/lifetime.ts'
import { GONE } from '../core/sessions/record/snapshot.ts'
import type { Life, Outcome } from '../core/sessions/record/snapshot.ts'
import { checkCookie, checkCookieOptions, createReader, createSignedCookie } from './cookie.ts'
import type { CookieLike } from './cookie.ts'
import { createLogIns, deviceOf } from './log-ins.ts'
import type { RegenerateOptions, SerializeOptions, StorageMethods } from './storage-types.ts'

/** What we need of a framework's session. */
export interface SessionLike {
  readonly id: string
  readonly data: object
}

export interface Framework<Session extends SessionLike, Cookie extends CookieLike> {
  createSession(data: Record<string, unknown>, id: string): Session
  createCookie(name: string, options: object): Cookie
  isCookie(value: unknown): value is Cookie
}

export interface SessionStorage<Session extends SessionLike> extends StorageMethods<Session> {
  getSession(cookieHeader?: string | null, options?: object): Promise<Session>
  commitSession(session: Session, options?: SerializeOptions): Promise<string>
  destroySession(session: Session, options?: SerializeOptions): Promise<string>
}

type Values = Record<string, unknown>

export function createSessionStorage<Session extends SessionLike, Cookie extends CookieLike>(
  framework: Framework<Session, Cookie>,
  options: SessionOptions,
): SessionStorage<Session> {
  /** Of each Session: its own `id` cannot change, and its data does not tell what was stored. */
  const handles = new WeakMap<Session, Handle>()
  // A wrong option cannot become right later, but a secret may be missing while an application is built.
  const sessions = openSessions(options, ...cookieLifetime(framework.isCookie, options.cookie))
  checkCookieOptions(sessions.options, framework.isCookie)
  const { serialization } = sessions
  let made: Cookie | undefined
  const signedCookie = (): Cookie => (made ??= createSignedCookie(framework, sessions.options))
  const { idsFrom, read } = createReader(sessions, signedCookie)

  const csrf = createStorageCsrf(sessions, signedCookie, idsFrom, (session: Session) => handleOf(session, true))

  function make({ handle, data = {} }: OpenHandle<Values>): Session {
    const session = framework.createSession(data, '')
    // The framework's own `id` cannot change, but a session's does: by its first commit, a regeneration, its end.
    Object.defineProperty(session, 'id', { get: () => handle.id ?? '', enumerable: true, configurable: true })
    handles.set(session, handle)
    return shownAs(session, () => ({ data: session.data, state: handle.state }))
  }

  async function getSession(header?: string | null, parseOptions?: object): Promise<Session> {
    signedCookie()
    const { ids, first, sealed } = await read(header, parseOptions)
    // It is stored by the first commit, since reading sends no cookie.
    if (sealed) return make({ handle: holdNew(sessions), data: { ...structuredClone(sealed) } })
    return make(await openHandle(sessions, ids, serialization.parseObject, first))
  }

  /** @param mayRead whether the record of a Session that was made elsewhere is needed: its data replaces the latest, if that is live. */
  async function handleOf(session: Session, mayRead: boolean): Promise<Handle> {
    const known = handles.get(session)
    if (known) return known
    const handle = await guarded('update', sessions.options, () => handleById(sessions, session?.id, mayRead))
    handles.set(session, handle)
    return handle
  }

  async function commitSession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    const life = lifetimeAsked(serializeOptions, sessions.options)
    const outcome = await commit(session, serializeOptions, life)
    // By the contract of frameworks a change always returns the cookie, and a loader that commits what it only read returns none.
    const isChange = outcome.did === 'written' && outcome.tombstone === undefined
    return isChange || isNews(cookie, await handleOf(session, false), outcome, life)
      ? cookieOf(cookie, outcome, serializeOptions, life)
      : ''
  }

  async function commit(session: Session, serializeOptions: SerializeOptions, life: Life): Promise<Outcome> {
    const cookie = signedCookie()
    const handle = await handleOf(session, true)
    return handle.inTurn('save', async () => {
      const { data } = session
      if (handle.state === 'new' && Object.keys(data).length === 0) return GONE
      await checkCookie(cookie, serializeOptions)
      return handle.save(serialization.serializeObject(data), life)
    })
  }

  async function destroySession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    const handle = await handleOf(session, false)
    await handle.inTurn('destroy', () => handle.end())
    return cookie.serialize('', { ...serializeOptions, maxAge: undefined, expires: new Date(0) })
  }

  async function regenerateSession(
    session: Session,
    { grace = 0, resetAge = false, authenticated = false, request, ...serializeOptions }: RegenerateOptions = {},
  ): Promise<string> {
    const cookie = signedCookie()
    toDuration(grace, 'grace')
    const life = lifetimeAsked(serializeOptions, sessions.options)
    const device = request && deviceOf(sessions, request)
    const handle = await handleOf(session, true)
    const outcome = await handle.inTurn('regenerate', async () => {
      const { data } = session
      if (handle.state === 'new' && Object.keys(data).length === 0) return GONE
      await checkCookie(cookie, serializeOptions)
      return handle.regenerate(serialization.serializeObject(data), { grace, resetAge, authenticated, device, ...life })
    })
    return cookieOf(cookie, outcome, serializeOptions, life)
  }

  async function withSession<Value>(
    header: string | null | undefined,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    const ids = sessions.options.enableLocking ? await idsFrom(header) : []
    // There is nothing to lock in a new session.
    if (ids.length === 0) return commitAfter(await getSession(header), fn)
    return underLock(sessions, ids, undefined, serialization.parseObject, (opened) => commitAfter(make(opened), fn))
  }

  async function commitAfter<Value>(
    session: Session,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    const handle = await handleOf(session, false)
    const { snapshot, state } = handle
    const value = await fn(session)
    // `fn` may have committed or destroyed the session itself, and then holds the cookie.
    const isUntouched = handle.snapshot === snapshot && handle.state === state
    if (!isUntouched && !csrf.owesCookie(handle)) return { value }
    const outcome = await commit(session, {}, {})
    const cookie = signedCookie()
    return isNews(cookie, handle, outcome, {}) ? { value, setCookie: await cookieOf(cookie, outcome, {}, {}) } : { value }
  }

  const stateOf = (session: Session): Handle['state'] => handles.get(session)?.state ?? (session.id === '' ? 'new' : 'stored')

  const own = { getSession, commitSession, destroySession, regenerateSession, withSession, stateOf }
  return { ...own, ...csrf.methods, ...createLogIns(sessions, handles) }
}

async function handleById(sessions: Sessions, id: unknown, mayRead: boolean): Promise<Handle> {
  if (typeof id !== 'string') throw new InvalidArgumentError('session', 'must be a session')
  if (id === '') return holdNew(sessions)
  const { snapshot, tombstone } = mayRead ? await sessions.latest(id) : { snapshot: null, tombstone: undefined }
  if (snapshot) return holdSnapshot(sessions, snapshot)
  return tombstone ? holdMoved(sessions, id, tombstone) : holdGone(sessions, isId(id) ? id : undefined)
}

/** Whether the browser's cookie should follow what was done. */
function isNews(cookie: CookieLike, handle: Handle, outcome: Outcome, life: Life): boolean {
  // A Cookie object shows its `maxAge` by a Date.
  const isPersistent = (cookie.expires ?? outcome.snapshot?.state.maxExpireAt) !== undefined
  return handle.renewsCookie(outcome, { isPersistent, isAsked: isLifeAsked(life) })
}

/** None for a session that is gone: it could remove that of a log-in which happened meanwhile. */
function cookieOf(
  cookie: CookieLike,
  { snapshot }: Outcome,
  { remember: _ours, ...serializeOptions }: SerializeOptions,
  { asked }: Life,
): Promise<string> | string {
  if (!snapshot) return ''
  // A lifetime that the session asked for once is its own, whoever sends the cookie.
  const { maxExpireAt, endsWithBrowser } = snapshot.state
  const end = asked ?? maxExpireAt
  const lifetime: SerializeOptions = endsWithBrowser
    ? { maxAge: undefined, expires: undefined }
    : end === undefined
      ? {}
      : { maxAge: Math.max(0, Math.round(end - now())), expires: toDate(end) }
  return cookie.serialize(snapshot.id, { ...serializeOptions, ...lifetime })
}
