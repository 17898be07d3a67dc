// The session storage that React Router and Remix 2 share; each face brings its framework's own session and cookie.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { now, toDuration, toEpoch } from '../core/base/time.ts'
import { cookieLifetime } from '../core/options/cookie-lifetime.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { guarded } from '../core/sessions/failure.ts'
import { holdGone, holdNew, holdSnapshot } from '../core/sessions/handle.ts'
import { openHandle, underLock } from '../core/sessions/open-handle.ts'
import type { Handle } from '../core/sessions/handle.ts'
import type { Opened } from '../core/sessions/open-handle.ts'
import { openSessions } from '../core/sessions/open.ts'
import { GONE } from '../core/sessions/record/snapshot.ts'
import type { Outcome } from '../core/sessions/record/snapshot.ts'
import { createReader, createSignedCookie, isPlain } from './cookie.ts'
import type { CookieLike } from './cookie.ts'

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

/** What one call of `commitSession` may say about the cookie; times are requests for the record's expiry too. */
export interface SerializeOptions {
  maxAge?: number | undefined
  expires?: Date | undefined
}

export interface RegenerateOptions extends SerializeOptions {
  /** Seconds in which the old id stays readable. Default 0. */
  grace?: number | undefined
  /** Whether the absolute lifetime starts anew. Default `false`. */
  resetAge?: boolean | undefined
}

export interface SessionStorage<Session> {
  getSession(cookieHeader?: string | null, options?: object): Promise<Session>
  commitSession(session: Session, options?: SerializeOptions): Promise<string>
  destroySession(session: Session, options?: SerializeOptions): Promise<string>
  regenerateSession(session: Session, options?: RegenerateOptions): Promise<string>
  withSession<Value>(
    cookieHeader: string | null | undefined,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }>
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
  const { serialization } = sessions
  let made: Cookie | undefined
  const signedCookie = (): Cookie => (made ??= createSignedCookie(framework, sessions.options))
  const { idsFrom, read } = createReader(sessions, signedCookie, isPlain(sessions.options, framework.isCookie))

  function make({ handle, data = {} }: Opened<Values>): Session {
    const session = framework.createSession(data, handle.snapshot?.id ?? '')
    handles.set(session, handle)
    return session
  }

  async function getSession(header?: string | null, parseOptions?: object): Promise<Session> {
    signedCookie()
    const { ids, first } = await read(header, parseOptions)
    return make(await openHandle(sessions, ids, serialization.parseObject, first))
  }

  /** @param mayRead whether the record of a Session that was made elsewhere is needed: its data replaces the latest, if that is live. */
  async function handleOf(session: Session, mayRead: boolean): Promise<Handle> {
    const known = handles.get(session)
    if (known) return known
    const handle = await guarded('update', sessions.options, () => handleById(session?.id, mayRead))
    handles.set(session, handle)
    return handle
  }

  async function handleById(id: unknown, mayRead: boolean): Promise<Handle> {
    if (typeof id !== 'string') throw new InvalidArgumentError('session', 'must be a session')
    if (id === '') return holdNew(sessions)
    const snapshot = mayRead ? await sessions.latest(id) : null
    return snapshot ? holdSnapshot(sessions, snapshot) : holdGone(sessions, isId(id) ? id : undefined)
  }

  async function commitSession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    return cookieOf(await commit(session, serializeOptions), cookie, serializeOptions)
  }

  async function commit(session: Session, serializeOptions: SerializeOptions): Promise<Outcome> {
    const handle = await handleOf(session, true)
    return handle.inTurn('save', async () => {
      const asked = askedFor(serializeOptions)
      const { data } = session
      if (handle.state === 'new' && Object.keys(data).length === 0) return GONE
      return handle.save(serialization.serializeObject(data), { asked })
    })
  }

  /** None for a session that is gone: it could remove that of a log-in which happened meanwhile. */
  function cookieOf({ snapshot }: Outcome, cookie: Cookie, serializeOptions: SerializeOptions): Promise<string> | string {
    return snapshot ? cookie.serialize(snapshot.id, serializeOptions) : ''
  }

  async function destroySession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    const handle = await handleOf(session, false)
    await handle.inTurn('destroy', () => handle.end())
    return cookie.serialize('', { ...serializeOptions, maxAge: undefined, expires: new Date(0) })
  }

  async function regenerateSession(
    session: Session,
    { grace = 0, resetAge = false, ...serializeOptions }: RegenerateOptions = {},
  ): Promise<string> {
    const cookie = signedCookie()
    toDuration(grace, 'grace')
    const handle = await handleOf(session, true)
    const regenerated = await handle.inTurn('regenerate', async () => {
      if (handle.state !== 'stored') return undefined
      const content = serialization.serializeObject(session.data)
      return cookieOf(await handle.regenerate(content, { grace, resetAge, asked: askedFor(serializeOptions) }), cookie, serializeOptions)
    })
    // A session without a record gets its first id by the commit.
    return regenerated ?? commitSession(session, serializeOptions)
  }

  async function withSession<Value>(
    header: string | null | undefined,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    if (!sessions.options.enableLocking) return commitAfter(await getSession(header), fn)
    const work = (opened: Opened<Values>): Promise<{ value: Value; setCookie?: string }> => commitAfter(make(opened), fn)
    return underLock(sessions, await idsFrom(header), undefined, serialization.parseObject, work)
  }

  async function commitAfter<Value>(
    session: Session,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    const handle = await handleOf(session, false)
    const { snapshot, state } = handle
    const value = await fn(session)
    // `fn` may have committed or destroyed the session itself, and then holds the cookie.
    if (handle.snapshot !== snapshot || handle.state !== state) return { value }
    const outcome = await commit(session, {})
    // The browser's cookie follows what was done only.
    return !outcome.snapshot || outcome.did === 'unchanged' ? { value } : { value, setCookie: await cookieOf(outcome, signedCookie(), {}) }
  }

  return { getSession, commitSession, destroySession, regenerateSession, withSession }
}

function askedFor({ maxAge, expires }: SerializeOptions): number | undefined {
  if (maxAge !== undefined && maxAge !== null) return now() + toDuration(maxAge, 'maxAge')
  return expires === undefined || expires === null ? undefined : toEpoch(expires, 'expires')
}
