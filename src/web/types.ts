// What users of a session see, in every framework with requests of the web.
import type { SessionOptions } from '../core/options/options.ts'
import type { UserSessions } from '../core/sessions/user-sessions.ts'
import type { ListOptions } from '../core/sessions/users.ts'

/** A lifetime of the session's own, such as "remember me": the record and every later cookie have it, within `maxAge` and `maxStale`. */
export interface LifetimeOptions {
  /** Seconds from now, at most 400 days. */
  maxAge?: number | undefined
  /** In place of `maxAge`. */
  expires?: Date | undefined
  /**
   * "Remember me", in place of both. Ticked: seconds from now that the record and the cookie live, and no longer than `maxStale` and
   * `maxAge` let any session. Unticked: `false`, with which the cookie ends with the browser, and the record by `maxStale`.
   */
  remember?: number | false | undefined
}

/** A superset of h3's `SessionManager`. Every writing method has stored what it does, and staged the cookie, when its promise resolves. */
export interface DynamoSession<Data extends object = Record<string, unknown>> {
  /** What the browser holds; `undefined` until something is stored. Never show or log it. */
  readonly id: string | undefined
  /**
   * `stored`; `new`: nothing is stored yet; `moved`: a log-in or another request gave the session a new id, so that writes with the old one
   * store nothing; `gone`: it has ended, or could not be read, and nothing is stored either.
   */
  readonly state: 'new' | 'stored' | 'moved' | 'gone'
  /** May be changed in place; `update()` stores what changed. */
  readonly data: Partial<Data>
  /** Whether the request came without a session. */
  readonly isNew: boolean
  /**
   * When the user authenticated, by `regenerate({ authenticated: true })`: no data sets it, and it goes when the session gets another
   * user. `undefined` where no log-in said so, and by an old id.
   */
  readonly authenticatedAt: Date | undefined
  /** Whether that was within so many seconds. */
  isFresh(seconds: number): boolean
  /** @throws FreshLogInRequiredError, 401 with `data.reason` `fresh-log-in`, where it was not. */
  requireFresh(seconds: number): void
  /** The sessions of its user, of which this one is the current; none without a user. Needs `userIdKey` and the index. */
  userSessions(options?: ListOptions): UserSessions
  /** `undefined` until something is stored. */
  readonly createdAt: Date | undefined
  /** `undefined` until something is stored, and for a session that never expires. */
  readonly expiresAt: Date | undefined
  /**
   * Stores what was changed in `data`, and `change`: keys to set, or a function that gets the data and returns keys to set or
   * changes what it gets. Where another request wrote meanwhile, keys are merged by `onConflict`, and a function runs again
   * on the latest data. Without an argument, a session that has no data is not made.
   * @throws SessionConflictError, by `onConflict`; SessionTooLargeError; LockLostError.
   */
  update(
    change?: Partial<Data> | ((data: Partial<Data>) => Partial<Data> | undefined | void),
    options?: LifetimeOptions,
  ): Promise<DynamoSession<Data>>
  /** Stores `data` in place of all there is. */
  replace(data: Partial<Data>): Promise<DynamoSession<Data>>
  /** Removes keys. */
  unset(...keys: (keyof Data & string)[]): Promise<DynamoSession<Data>>
  /** Stores a value that lasts until it is read once. */
  flash(name: string, value: unknown): Promise<DynamoSession<Data>>
  /** Returns such a value and removes it; `undefined` when there is none. */
  flash<Value = unknown>(name: string): Promise<Value | undefined>
  /**
   * Moves the session to a new id, as after every log-in, and stores what was changed in `data`; the old id is gone.
   * @param options `grace`: seconds in which the old id stays readable, default 0; `resetAge`: restart the absolute lifetime;
   * `authenticated`: this request authenticated the user, whose `authenticatedAt` is now.
   */
  regenerate(
    options?: LifetimeOptions & {
      grace?: number | undefined
      resetAge?: boolean | undefined
      authenticated?: boolean | undefined
    },
  ): Promise<DynamoSession<Data>>
  /**
   * A token for a form of this session, as its field `_csrf` or the header `X-CSRF-Token`: another text at each call, good until the session
   * ends or is regenerated. A new session is stored for it, by one write and with its cookie.
   * @returns `''` for a session that is moved or gone.
   */
  csrfToken(): Promise<string>
  /** Ends the session and removes its cookie; a later write in this request starts a new one, with a new id and without the old data. */
  clear(): Promise<DynamoSession<Data>>
  /** The same for the rest of the request: later writes store nothing. */
  destroy(): Promise<void>
  /** All but the id, for a handler that responds with its session. */
  toJSON(): Pick<DynamoSession<Data>, 'data' | 'isNew' | 'createdAt' | 'expiresAt'>
}

/** Attributes of the session cookie. Its expiry is the record's: `maxAge` is the default of `maxStale`, `expires` a latest end. */
export interface SessionCookieAttributes {
  /** Not with a name that starts with `__Host-`, as the default has. */
  domain?: string | undefined
  /** Default `/`; no other with a name that starts with `__Host-`. */
  path?: string | undefined
  /** Default `true`. */
  httpOnly?: boolean | undefined
  /** Default `true`, except on localhost, 127.0.0.1 and [::1] outside production. */
  secure?: boolean | undefined
  /** Default `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  /** Seconds, at most 400 days. */
  maxAge?: number | undefined
  expires?: Date | undefined
}

/** The flat set of options. `name` is the cookie's, by default `__Host-session`; on localhost outside production without the prefix. */
export interface DynamoSessionOptions extends Omit<SessionOptions, 'cookie'> {
  cookie?: SessionCookieAttributes | undefined
}

/** A cookie for the response, as frameworks take it: the value is not encoded yet. Without `maxAge` and `expires` it ends with the browser. */
export interface CookieToSet {
  readonly name: string
  readonly value: string
  readonly attributes: SessionCookieAttributes
}
