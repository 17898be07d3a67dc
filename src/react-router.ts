import { createCookie, createSession, isCookie } from 'react-router'
import type { Cookie, CookieOptions, Session, SessionData, SessionStorage } from 'react-router'
import type { SessionOptions } from './core/options.ts'
import { createStorage } from './core/storage.ts'
import type { RegenerateOptions } from './core/storage.ts'

export type { RegenerateOptions } from './core/storage.ts'

/** The flat set of options, with React Router's cookie. */
export interface DynamoSessionStorageOptions extends Omit<SessionOptions, 'cookie'> {
  /**
   * A signed `Cookie`, or options to make one: `httpOnly: true`, `secure` outside development and signed by
   * `secretKey` unless they say otherwise. Default name `__session`.
   */
  cookie?: Cookie | (CookieOptions & { name?: string })
}

/** React Router's SessionStorage, and what a shared store adds to it. The methods work destructured. */
export interface DynamoSessionStorage<Data = SessionData, FlashData = Data> extends SessionStorage<Data, FlashData> {
  /**
   * Moves the session to a new id, as after every log-in, and stores its data; the old id is gone.
   * @returns the Set-Cookie text; `''` when the session was destroyed meanwhile.
   */
  regenerateSession(
    session: Session<Data, FlashData>,
    options?: Parameters<SessionStorage['commitSession']>[1] & RegenerateOptions,
  ): Promise<string>
  /**
   * Reads the session, runs `fn`, and commits once if the session changed.
   * @returns what `fn` returned, and the Set-Cookie text where there is one to send.
   */
  withSession<T>(
    cookieHeader: string | null | undefined,
    fn: (session: Session<Data, FlashData>) => T | Promise<T>,
  ): Promise<{ value: T; setCookie?: string }>
}

/**
 * A session storage for React Router's loaders and actions that keeps sessions in DynamoDB.
 *
 * Nothing is read, made or checked with AWS before the first call. Parallel loaders share one read; a commit of an
 * unchanged session writes nothing; changes of concurrent requests are merged by key.
 *
 * @param options the flat set; `secretKey` or a signed cookie is required.
 * @throws InvalidOptionError for an unknown or ill-typed option; `MissingSecretKeyError` at the first call without a secret.
 * @see https://reactrouter.com/explanation/sessions-and-cookies
 * @example
 * export const { getSession, commitSession, destroySession } = createDynamoSessionStorage({
 *   secretKey: process.env.SESSION_SECRET,
 *   cookie: { maxAge: 60 * 60 * 24 * 7 },
 * })
 */
export function createDynamoSessionStorage<Data = SessionData, FlashData = Data>(
  options: DynamoSessionStorageOptions = {},
): DynamoSessionStorage<Data, FlashData> {
  return createStorage<Session<Data, FlashData>, Cookie>(
    { createSession: (data, id) => createSession<Data, FlashData>(data as Data, id), createCookie, isCookie },
    options,
  ) as DynamoSessionStorage<Data, FlashData>
}
