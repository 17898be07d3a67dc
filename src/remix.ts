import { createCookieFactory, createSession, isCookie } from '@remix-run/server-runtime'
import type { Cookie, CookieOptions, Session, SessionData, SessionStorage } from '@remix-run/server-runtime'
import { sign, unsign } from './core/base/signature.ts'
import type { CsrfRequest, VerifyCsrfOptions } from './core/csrf/types.ts'
import type { SessionOptions } from './core/options/options.ts'
import { createSessionStorage } from './react-router/session-storage.ts'
import type { LogIns, RegenerateOptions, SerializeOptions } from './react-router/session-storage.ts'

export { CsrfError } from './core/csrf/error.ts'
export type { CsrfRequest, VerifyCsrfOptions } from './core/csrf/types.ts'
export type { LogIns, RegenerateOptions, SerializeOptions } from './react-router/session-storage.ts'

/** The flat set of options, with Remix's cookie. */
export interface DynamoSessionStorageOptions extends Omit<SessionOptions, 'cookie'> {
  /**
   * A signed `Cookie`, or options to make one: `httpOnly: true`, `secure` outside development and signed by
   * `secretKey` unless they say otherwise. Default name `__session`; no sub-domain can set one whose name starts with `__Host-`.
   */
  cookie?: Cookie | (CookieOptions & { name?: string | undefined }) | undefined
}

/** Remix's SessionStorage, and what a shared store adds to it. The methods work destructured. */
export interface DynamoSessionStorage<Data = SessionData, FlashData = Data>
  extends SessionStorage<Data, FlashData>, LogIns<Session<Data, FlashData>> {
  /**
   * Stores what changed.
   * @param options the cookie's attributes of this call; `remember`: a lifetime of the session's own.
   * @returns the Set-Cookie text; `''` where there is nothing to tell the browser.
   */
  commitSession(
    session: Session<Data, FlashData>,
    options?: Parameters<SessionStorage['commitSession']>[1] & SerializeOptions,
  ): Promise<string>
  /**
   * Moves the session to a new id, as after every log-in, and stores its data; the old id is gone.
   * @returns the Set-Cookie text; `''` when the session ended meanwhile, or another request moved it and this one is no log-in.
   */
  regenerateSession(
    session: Session<Data, FlashData>,
    options?: Parameters<SessionStorage['commitSession']>[1] & RegenerateOptions,
  ): Promise<string>
  /**
   * What a session is to the table. `stored`; `new`: nothing is stored yet; `moved`: another request gave it a new id, so that commits store
   * nothing; `gone`: it has ended, or could not be read, and nothing is stored either. The `id` of the last two is `''`.
   */
  stateOf(session: Session<Data, FlashData>): 'new' | 'stored' | 'moved' | 'gone'
  /**
   * A token for a form of this session, as its field `_csrf` or the header `X-CSRF-Token`: another text at each call, good until the session
   * ends or is regenerated. A new session is stored for it, by one write; `commitSession` or the middleware then gives its cookie.
   * @returns `''` for a session that is moved or gone.
   * @throws MissingSecretKeyError without `secretKey` beside a Cookie object, which does not show its secrets.
   */
  csrfToken(session: Session<Data, FlashData>): Promise<string>
  /**
   * Refuses a request that changes something and was not sent by a page of this origin, as `Sec-Fetch-Site` or `Origin` say; where neither is
   * there, it must bring the token, in the header or in a form up to 1 MB, of which a copy is read. DynamoDB is asked for nothing.
   * @throws CsrfError, whose `status` is 403.
   */
  verifyCsrf(request: CsrfRequest, options?: VerifyCsrfOptions): Promise<void>
  /**
   * Reads the session, runs `fn`, and commits once if the session changed; with `enableLocking` under the session's lock.
   * @returns what `fn` returned, and the Set-Cookie text where there is one to send.
   */
  withSession<T>(
    cookieHeader: string | null | undefined,
    fn: (session: Session<Data, FlashData>) => T | Promise<T>,
  ): Promise<{ value: T; setCookie?: string }>
}

/** Remix binds signing to its platform packages; this is the same as `@remix-run/node`'s, on Node's own crypto. */
const createCookie = createCookieFactory({
  sign: async (value, secret) => sign(value, secret),
  unsign: async (signed, secret) => unsign(signed, [secret]) ?? false,
})

/**
 * A session storage for Remix 2's loaders and actions that keeps sessions in DynamoDB.
 *
 * Nothing is read, made or checked with AWS before the first call. Parallel loaders share one read; a commit of an
 * unchanged session writes nothing; changes of concurrent requests are merged by key.
 *
 * @param options the flat set; `secretKey` or a signed cookie is required.
 * @throws InvalidOptionError for an unknown or ill-typed option, or a cookie that no browser keeps; `MissingSecretKeyError` at the first call without a secret.
 * @see https://v2.remix.run/docs/utils/sessions
 * @example
 * export const { getSession, commitSession, destroySession } = createDynamoSessionStorage({
 *   secretKey: process.env.SESSION_SECRET,
 *   cookie: { name: '__Host-session', secure: true, maxAge: 60 * 60 * 24 * 7 },
 * })
 */
export function createDynamoSessionStorage<Data = SessionData, FlashData = Data>(
  options: DynamoSessionStorageOptions = {},
): DynamoSessionStorage<Data, FlashData> {
  return createSessionStorage<Session<Data, FlashData>, Cookie>(
    { createSession: (data, id) => createSession<Data, FlashData>(data as Data, id), createCookie, isCookie },
    options,
  ) as DynamoSessionStorage<Data, FlashData>
}
