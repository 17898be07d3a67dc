// The session storage that React Router and Remix 2 share; each face brings its framework's own session and cookie.
import { InvalidArgumentError, InvalidOptionError, LockWaitTimeoutError, MissingSecretKeyError } from '../core/base/errors.ts'
import { cookieLifetime } from '../core/options/cookie-lifetime.ts'
import { isId } from '../core/base/id.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { Snapshot } from '../core/sessions/record/snapshot.ts'
import { withLease } from '../core/sessions/lock.ts'
import { handleError, isUnreadable } from '../core/sessions/failure.ts'
import { openSessions } from '../core/sessions/open.ts'
import { now, toDuration, toEpoch } from '../core/base/time.ts'

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

export interface Storage<Session> {
  getSession(cookieHeader?: string | null, options?: object): Promise<Session>
  commitSession(session: Session, options?: SerializeOptions): Promise<string>
  destroySession(session: Session, options?: SerializeOptions): Promise<string>
  regenerateSession(session: Session, options?: RegenerateOptions): Promise<string>
  withSession<Value>(
    cookieHeader: string | null | undefined,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }>
}

/** What is known of a Session object; its own `id` cannot change, and its data does not tell what was stored. */
type State =
  /** Nothing is stored yet. `id`: of a record that cannot be decoded, and which ends with the session. */
  | { readonly is: 'new'; readonly id?: string | undefined }
  /** Stored as `snapshot`; the Session's data was `base`, as text, when the two last agreed. */
  | { readonly is: 'stored'; readonly snapshot: Snapshot; readonly base: string; readonly lockToken?: string | undefined }
  /** Destroyed or vanished, or it could not be read (`id`): it must never be written. */
  | { readonly is: 'gone'; readonly id?: string | undefined }

/** A read under way: the id in the cookie, and what decodes a copy of the record. */
interface Read {
  readonly id: string | undefined
  readonly decode: () => Promise<Snapshot | null>
}

const GONE: State = { is: 'gone' }
const NEW: State = { is: 'new' }

/** Node refuses longer headers by default, and no cookie of ours comes near. */
const MAX_COOKIE_HEADER = 16 * 1024

export function createStorage<Session extends SessionLike, Cookie extends CookieLike>(
  framework: Framework<Session, Cookie>,
  options: SessionOptions,
): Storage<Session> {
  const states = new WeakMap<Session, State>()
  /** Reads by Cookie header, as long as their request has not left. */
  const reading = new Map<string, Promise<Read>>()
  /** Commits of one Session run one after the other, since each goes on from what the one before it stored. */
  const turns = new WeakMap<Session, Promise<unknown>>()
  // A wrong option cannot become right later, but a secret may be missing while an application is built.
  const sessions = openSessions(options, ...cookieLifetime(framework.isCookie, options.cookie))
  let made: Cookie | undefined
  const signedCookie = (): Cookie => (made ??= createSignedCookie(framework, sessions.options))

  function make(data: Record<string, unknown>, id: string, state: State): Session {
    const session = framework.createSession(data, id)
    states.set(session, state)
    return session
  }

  function open(snapshot: Snapshot, lockToken?: string): Session {
    const data = sessions.parseObject(snapshot)
    return make(data, snapshot.id, { is: 'stored', snapshot, base: snapshot.text, lockToken })
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
    return sessionOf(await read(header, parseOptions))
  }

  async function sessionOf({ id, decode }: Read): Promise<Session> {
    try {
      const snapshot = await decode()
      return snapshot ? open(snapshot) : make({}, '', NEW)
    } catch (error) {
      return withoutRecord(error, id)
    }
  }

  /** The session where the record could not be had, unless that is to be raised. */
  function withoutRecord(error: unknown, id: string | undefined): Session {
    handleError(error, 'read', sessions.options)
    // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
    return make({}, '', { is: isUnreadable(error) ? 'new' : 'gone', id })
  }

  function inTurn<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
    const run = (turns.get(session) ?? Promise.resolve()).then(work)
    turns.set(
      session,
      run.catch(() => {}),
    )
    return run
  }

  async function stateOf(session: Session): Promise<State> {
    const known = states.get(session)
    if (known) return known
    if (!session || typeof session.id !== 'string') throw new InvalidArgumentError('session', 'must be a session')
    if (session.id === '') return NEW
    // Made elsewhere: its data replaces the latest record's, if that is live. What it was made from is not known.
    const snapshot = await sessions.latest(session.id)
    return snapshot ? { is: 'stored', snapshot, base: snapshot.text } : GONE
  }

  async function commitSession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    const commit = async (): Promise<string> => {
      const asked = askedFor(serializeOptions)
      const state = await stateOf(session)
      const { data } = session
      if (state.is === 'gone' || (state.is === 'new' && Object.keys(data).length === 0)) return ''
      const base = sessions.stringifyObject(data)
      const snapshot = await (state.is === 'new'
        ? sessions.create(data, { asked })
        : sessions.save(state.snapshot, state.base, data, { asked, lockToken: state.lockToken }))
      return keep(session, snapshot, base, cookie, serializeOptions, state.is === 'stored' ? state.lockToken : undefined)
    }
    return reported('commit', () => inTurn(session, commit))
  }

  /** Notes what is stored now, and answers the cookie; none for a session that is gone. */
  async function keep(
    session: Session,
    snapshot: Snapshot | null,
    base: string,
    cookie: Cookie,
    serializeOptions: SerializeOptions,
    lockToken?: string,
  ): Promise<string> {
    states.set(session, snapshot ? { is: 'stored', snapshot, base, lockToken } : GONE)
    return snapshot ? cookie.serialize(snapshot.id, serializeOptions) : ''
  }

  async function reported<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      handleError(error, operation, sessions.options)
      throw error
    }
  }

  async function destroySession(session: Session, serializeOptions: SerializeOptions = {}): Promise<string> {
    const cookie = signedCookie()
    await reported('destroy', () =>
      inTurn(session, async () => {
        const state = states.get(session)
        const id = state?.is === 'stored' ? state.snapshot.id : state ? state.id : session.id
        if (isId(id)) await sessions.destroy(sessions.keyOf(id))
        states.set(session, GONE)
      }),
    )
    return cookie.serialize('', { ...serializeOptions, maxAge: undefined, expires: new Date(0) })
  }

  async function regenerateSession(
    session: Session,
    { grace = 0, resetAge = false, ...serializeOptions }: RegenerateOptions = {},
  ): Promise<string> {
    const cookie = signedCookie()
    toDuration(grace, 'grace')
    const regenerate = async (): Promise<string | undefined> => {
      const state = await stateOf(session)
      if (state.is !== 'stored') return undefined
      const { data } = session
      const base = sessions.stringifyObject(data)
      const asked = askedFor(serializeOptions)
      const snapshot = await sessions.regenerate(state.snapshot, state.base, data, { grace, resetAge, asked, lockToken: state.lockToken })
      return keep(session, snapshot, base, cookie, serializeOptions)
    }
    // A session without a record gets its first id by the commit.
    return (await reported('regenerate', () => inTurn(session, regenerate))) ?? commitSession(session, serializeOptions)
  }

  async function withSession<Value>(
    header: string | null | undefined,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    if (!sessions.options.enableLocking) return commitAfter(await getSession(header), fn)
    const id = await idFrom(header, undefined)
    if (id === undefined) return commitAfter(make({}, '', NEW), fn)
    let isHeld = false
    try {
      const locked = await withLease(sessions, id, async ({ snapshot, token }) => {
        const session = open(snapshot, token)
        isHeld = true
        try {
          return await commitAfter(session, fn)
        } finally {
          const state = states.get(session)
          // The lock ends here; a later commit of this Session is one without it.
          if (state?.is === 'stored') states.set(session, { ...state, lockToken: undefined })
        }
      })
      // What cannot be locked may still be readable, as the old id of a regenerated session in its grace time is.
      if (locked) return locked
    } catch (error) {
      if (isHeld) throw error
      if (error instanceof LockWaitTimeoutError) return reported('lock', () => Promise.reject(error))
      return commitAfter(withoutRecord(error, id), fn)
    }
    return commitAfter(await sessionOf({ id, decode: sessions.open(id) }), fn)
  }

  async function commitAfter<Value>(
    session: Session,
    fn: (session: Session) => Value | Promise<Value>,
  ): Promise<{ value: Value; setCookie?: string }> {
    const before = states.get(session)
    const value = await fn(session)
    // `fn` may have committed or destroyed the session itself, and then holds the cookie.
    if (states.get(session) !== before) return { value }
    const setCookie = await commitSession(session)
    return setCookie && isNews(before, states.get(session)) ? { value, setCookie } : { value }
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

/** Whether a commit did anything that the browser's cookie should follow. */
function isNews(before: State | undefined, after: State | undefined): boolean {
  if (before?.is !== 'stored' || after?.is !== 'stored') return true
  return after.base !== before.base || after.snapshot.state.updatedAt !== before.snapshot.state.updatedAt
}

function askedFor({ maxAge, expires }: SerializeOptions): number | undefined {
  if (maxAge !== undefined && maxAge !== null) return now() + toDuration(maxAge, 'maxAge')
  return expires === undefined || expires === null ? undefined : toEpoch(expires, 'expires')
}
