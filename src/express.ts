import session from 'express-session'
import type { SessionData } from 'express-session'
import type { SessionOptions } from './core/options/options.ts'
import { carry, heldOf, hold } from './express/held.ts'
import { createExpressStore } from './express/store.ts'
import type { ExpressStore, Read } from './express/store.ts'
import type { Migration } from './express/predecessor.ts'

export type { Migration, ReplacedStore } from './express/predecessor.ts'

/** The flat set of options. Ids, cookies and signatures are the framework's; a session lives as long as its cookie's `maxAge`. */
export interface DynamoDBStoreOptions extends Omit<SessionOptions, 'migrate'> {
  /** Where sessions are that another store made: they are read there, and move when they are written or touched. */
  migrate?: Migration | undefined
}

type Request = Parameters<session.Store['createSession']>[0]
type Generate = (request: Request) => void
/** With `exactOptionalPropertyTypes` the cookie of @fastify/session is stricter than that of express-session's types. */
type Stored = SessionData & {
  cookie: { [Name in keyof session.CookieOptions]?: Exclude<session.CookieOptions[Name], undefined> }
}
type Callback<Result = void> = (error?: unknown, result?: Result) => void

/**
 * A store for express-session, and so for NestJS on Express, and for @fastify/session. Changes of concurrent requests are kept, a
 * log-out stays, a page view is one GetItem, and `touch` writes when that is due.
 *
 * Nothing is read, made or checked with AWS before the first request. Callbacks are called once each, by `process.nextTick`.
 *
 * @throws InvalidOptionError for an unknown or ill-typed option.
 * @see https://github.com/expressjs/session#session-store-implementation
 * @example
 * app.use(session({ store: new DynamoDBStore({ tableName: 'sessions' }), secret, resave: false, saveUninitialized: false }))
 */
export class DynamoDBStore extends session.Store {
  readonly #store: ExpressStore
  #generate: Generate | undefined
  /** What was looked for and not found, while the framework makes a session in its place. */
  #missing: Read | undefined

  constructor({ migrate, ...options }: DynamoDBStoreOptions = {}) {
    super()
    this.#store = createExpressStore(options, migrate)
  }

  /** Set by express-session: makes a session under an id that no browser has. */
  get generate(): Generate | undefined {
    return this.#generate
  }
  set generate(make: Generate | undefined) {
    if (!make) return
    this.#generate = (request) => {
      const asked = request.sessionID
      make(request)
      const missing = this.#missing?.held
      this.#store.begin(request.session, request.sessionID, missing?.id === asked ? missing : undefined)
    }
  }

  override get(id: string, callback: Callback<Stored | null>): void {
    settle(this.#store.get(id), (error, read) => {
      if (!read) return callback(error)
      const { data, held } = read
      // Only express-session has a `createSession`, which finds what belongs to the data by its identity.
      if (data) (this.#generate ? hold : carry)(data, held)
      this.#missing = data ? undefined : read
      try {
        callback(null, data ? (data as unknown as Stored) : null)
      } finally {
        this.#missing = undefined
      }
    })
  }

  override createSession(request: Request, data: SessionData): ReturnType<session.Store['createSession']> {
    const held = heldOf(data)
    if (held?.lacksCookie) data.cookie = this.#cookieFor(request)
    const made = super.createSession(request, data)
    if (held) hold(made, held)
    return made
  }

  override set(id: string, data: SessionData, callback?: Callback): void {
    settle(this.#store.set(id, data), callback)
  }

  override touch(id: string, data: SessionData, callback?: Callback): void {
    settle(this.#store.touch(id, data), callback)
  }

  override destroy(id: string, callback?: Callback): void {
    settle(this.#store.destroy(id), callback)
  }

  /** Makes an empty session; the old id is moved to the new one, so that a late request cannot undo a log-in. */
  override regenerate(request: Request, callback: Callback): void {
    const old = request.session
    this.#generate?.(request)
    settle(this.#store.regenerate(old, request.sessionID, request.session), callback)
  }

  /** The data of all sessions, by a scan. Their ids cannot be had back from hashes. */
  override all(callback: Callback<SessionData[]>): void {
    settle(this.#store.all() as Promise<unknown> as Promise<SessionData[]>, callback)
  }

  /** How many sessions there are, by a scan. */
  override length(callback: Callback<number>): void {
    settle(this.#store.length(), callback)
  }

  /** Deletes all sessions of this `keyPrefix`, by a scan. */
  override clear(callback?: Callback): void {
    settle(this.#store.clear(), callback)
  }

  /** The cookie of a new session, where nothing stored says more. */
  #cookieFor(request: Request): SessionData['cookie'] {
    const { sessionID } = request
    if (this.#generate === undefined || request.headers === undefined) return { originalMaxAge: null, path: '/', httpOnly: true }
    this.#generate(request)
    request.sessionID = sessionID
    return request.session.cookie
  }
}

/** Outside the promise: what a callback throws is the process's affair, and no rejection that would call it again. */
function settle<Result>(promise: Promise<Result>, callback: Callback<Result> = () => {}): void {
  promise.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) => process.nextTick(callback, error),
  )
}
