// The session storage that React Router and Remix 2 share; each face brings its framework's own session and cookie.
import { InvalidArgumentError, InvalidOptionError, MissingSecretKeyError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { now, toDuration, toEpoch } from '../core/base/time.ts'
import { cookieLifetime } from '../core/options/cookie-lifetime.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { guarded } from '../core/sessions/failure.ts'
import { holdGone, holdNew, holdSnapshot, openHandle, underLock } from '../core/sessions/handle.ts'
import type { Handle, Opened } from '../core/sessions/handle.ts'
import { openSessions } from '../core/sessions/open.ts'
import { GONE } from '../core/sessions/record/snapshot.ts'
import type { Outcome, Snapshot } from '../core/sessions/record/snapshot.ts'

/** What we need of a framework's cookie. */
export interface CookieLike {
  readonly name: string
  readonly isSigned: boolean
  readonly expires?: Date | undefined
  parse(header: string | null, options?: object): Promise<unknown>
  serialize(value: unknown, options?: object): Promise<string>
}

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

/** A read under way: the id in the cookie, and what decodes a copy of the record. */
interface Read {
  readonly id: string | undefined
  readonly decode: () => Promise<Snapshot | null>
}

/** Node refuses longer headers by default, and no cookie of ours comes near. */
const MAX_COOKIE_HEADER = 16 * 1024

type Values = Record<string, unknown>

export function createSessionStorage<Session extends SessionLike, Cookie extends CookieLike>(
  framework: Framework<Session, Cookie>,
  options: SessionOptions,
): SessionStorage<Session> {
  /** Of each Session: its own `id` cannot change, and its data does not tell what was stored. */
  const handles = new WeakMap<Session, Handle>()
  /** Reads by Cookie header, as long as their request has not left. */
  const reading = new Map<string, Promise<Read>>()
  // A wrong option cannot become right later, but a secret may be missing while an application is built.
  const sessions = openSessions(options, ...cookieLifetime(framework.isCookie, options.cookie))
  const { serialization } = sessions
  let made: Cookie | undefined
  const signedCookie = (): Cookie => (made ??= createSignedCookie(framework, sessions.options))

  function make({ handle, data = {} }: Opened<Values>): Session {
    const session = framework.createSession(data, handle.snapshot?.id ?? '')
    handles.set(session, handle)
    return session
  }

  async function idFrom(header: string | null | undefined, parseOptions: object | undefined): Promise<string | undefined> {
    const cookie = signedCookie()
    if (!header || header.length > MAX_COOKIE_HEADER) return undefined
    try {
      const value = await cookie.parse(header, parseOptions)
      return isId(value) ? value : undefined
    } catch {
      return undefined // a cookie that cannot even be parsed is a visitor without a session
    }
  }

  /** Parallel loaders ask with the same header: they share cookie parsing and the request until it has left. */
  function read(header: string | null | undefined, parseOptions: object | undefined): Promise<Read> {
    const share = header && parseOptions === undefined ? header : undefined
    const found = share === undefined ? undefined : reading.get(share)
    if (found) return found
    const forget = (): void => {
      if (share !== undefined && reading.get(share) === started) reading.delete(share)
    }
    const started = idFrom(header, parseOptions).then((id): Read => {
      try {
        if (id !== undefined) return { id, decode: sessions.open(id, forget) }
      } catch (error) {
        forget()
        return { id, decode: () => Promise.reject(error) }
      }
      forget()
      return { id, decode: async () => null }
    })
    if (share !== undefined) reading.set(share, started)
    return started
  }

  async function getSession(header?: string | null, parseOptions?: object): Promise<Session> {
    signedCookie()
    const { id, decode } = await read(header, parseOptions)
    return make(await openHandle(sessions, id, serialization.parseObject, decode))
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
    const id = await idFrom(header, undefined)
    const work = (opened: Opened<Values>): Promise<{ value: Value; setCookie?: string }> => commitAfter(make(opened), fn)
    if (id === undefined) return work(await openHandle(sessions, undefined, serialization.parseObject))
    return underLock(sessions, id, undefined, serialization.parseObject, work)
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

function createSignedCookie<Cookie extends CookieLike>(
  framework: Pick<Framework<SessionLike, Cookie>, 'createCookie' | 'isCookie'>,
  { cookie, secretKey }: SessionOptions,
): Cookie {
  if (framework.isCookie(cookie)) {
    if (cookie.isSigned) return cookie
    throw new MissingSecretKeyError(
      `The cookie ${cookie.name} is not signed: give it \`secrets\`, or pass cookie options and \`secretKey\` in place of a Cookie`,
    )
  }
  const { name = '__session', secrets = [], ...attributes } = (cookie ?? {}) as { name?: string; secrets?: string[] }
  if (!Array.isArray(secrets)) throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  if (secrets.some((secret: unknown) => secret === undefined || secret === null || secret === '')) {
    throw new MissingSecretKeyError('`cookie.secrets` has an empty entry: is an environment variable missing?')
  }
  if (secrets.some((secret: unknown) => typeof secret !== 'string'))
    throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  const all = secrets.length > 0 ? secrets : typeof secretKey === 'string' ? [secretKey] : (secretKey ?? [])
  if (all.length === 0) {
    throw new MissingSecretKeyError(
      'Session cookies must be signed: set `secretKey`, AWS_DYNAMO_DB_SESSION_SECRET_KEY or `cookie.secrets` to a long random text',
    )
  }
  return framework.createCookie(name, { httpOnly: true, secure: process.env.NODE_ENV !== 'development', ...attributes, secrets: [...all] })
}

function askedFor({ maxAge, expires }: SerializeOptions): number | undefined {
  if (maxAge !== undefined && maxAge !== null) return now() + toDuration(maxAge, 'maxAge')
  return expires === undefined || expires === null ? undefined : toEpoch(expires, 'expires')
}
