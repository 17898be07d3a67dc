// What users of the storages see that React Router and Remix 2 share.
import type { CsrfMethods } from './csrf.ts'
import type { LogIns } from './log-ins.ts'

/** What one call of `commitSession` may say about the cookie; times are requests for the record's expiry too. */
export interface SerializeOptions {
  maxAge?: number | undefined
  expires?: Date | undefined
  /**
   * "Remember me", in place of both. Ticked: seconds from now that the record and the cookie live, and no longer than `maxStale` and
   * `maxAge` let any session. Unticked: `false`, with which the cookie ends with the browser, and the record by `maxStale`.
   */
  remember?: number | false | undefined
}

export interface RegenerateOptions extends SerializeOptions {
  /** Seconds in which the old id stays readable. Default 0. */
  grace?: number | undefined
  /** Whether the absolute lifetime starts anew. Default `false`. */
  resetAge?: boolean | undefined
  /** Whether this request authenticated the user, by a password or the like: `authenticatedAt` is now. Default `false`. */
  authenticated?: boolean | undefined
  /** The request of a log-in, of which the option `device` keeps what it chooses. */
  request?: { readonly headers: { get(name: string): string | null } } | undefined
}

/** What a storage of ours has beside the framework's own methods. `Attributes`: those of the cookie that one call may give. */
export interface StorageMethods<Session, Attributes = unknown> extends LogIns<Session>, CsrfMethods<Session> {
  /**
   * Moves the session to a new id, as after every log-in, and stores its data; the old id is gone.
   * @returns the Set-Cookie text; `''` when the session ended meanwhile, or another request moved it and this one is no log-in.
   */
  regenerateSession(session: Session, options?: Attributes & RegenerateOptions): Promise<string>
  /**
   * What a session is to the table. `stored`; `new`: nothing is stored yet; `moved`: another request gave it a new id, so that commits store
   * nothing; `gone`: it has ended, or could not be read, and nothing is stored either. The `id` of the last two is `''`.
   */
  stateOf(session: Session): 'new' | 'stored' | 'moved' | 'gone'
  /**
   * Reads the session, runs `fn`, and commits once if the session changed; with `enableLocking` under the session's lock.
   * @returns what `fn` returned, and the Set-Cookie text where there is one to send.
   */
  withSession<T>(
    cookieHeader: string | null | undefined,
    fn: (session: Session) => T | Promise<T>,
  ): Promise<{ value: T; setCookie?: string }>
}
