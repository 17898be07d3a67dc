import { createCookieFactory, createSession, isCookie } from '@remix-run/server-runtime'
import type { Cookie, CookieOptions, Session, SessionData, SessionStorage } from '@remix-run/server-runtime'
import { sign, unsign } from './core/base/signature.ts'
import type { SessionOptions } from './core/options/options.ts'
import { createSessionStorage } from './react-router/session-storage.ts'
import type { SerializeOptions, StorageMethods } from './react-router/storage-types.ts'

export { CsrfError } from './core/csrf/error.ts'
export type { CsrfRequest, VerifyCsrfOptions } from './core/csrf/types.ts'
export type { CsrfMethods } from './react-router/csrf.ts'
export type { LogIns } from './react-router/log-ins.ts'
export type { RegenerateOptions, SerializeOptions, StorageMethods } from './react-router/storage-types.ts'

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
  extends SessionStorage<Data, FlashData>, StorageMethods<Session<Data, FlashData>, Parameters<SessionStorage['commitSession']>[1]> {
  /**
   * Stores what changed.
   * @param options the cookie's attributes of this call; `remember`: a lifetime of the session's own.
   * @returns the Set-Cookie text; `''` where there is nothing to tell the browser.
   */
  commitSession(
    session: Session<Data, FlashData>,
    options?: Parameters<SessionStorage['commitSession']>[1] & SerializeOptions,
  ): Promise<string>
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
