import { createCookie, createSession, isCookie } from 'react-router'
import type { Cookie, CookieOptions, Session, SessionData, SessionStorage } from 'react-router'
import { InvalidArgumentError } from './core/base/errors.ts'
import { CsrfError } from './core/csrf/error.ts'
import { checked } from './core/csrf/verify.ts'
import type { CsrfOptions } from './core/csrf/types.ts'
import type { SessionOptions } from './core/options/options.ts'
import { createSessionStorage } from './react-router/session-storage.ts'
import type { SerializeOptions, StorageMethods } from './react-router/storage-types.ts'

export { CsrfError } from './core/csrf/error.ts'
export type { CsrfRequest, VerifyCsrfOptions } from './core/csrf/types.ts'
export type { CsrfMethods } from './react-router/csrf.ts'
export type { LogIns } from './react-router/log-ins.ts'
export type { RegenerateOptions, SerializeOptions, StorageMethods } from './react-router/storage-types.ts'

/** The flat set of options, with React Router's cookie. */
export interface DynamoSessionStorageOptions extends Omit<SessionOptions, 'cookie'> {
  /**
   * A signed `Cookie`, or options to make one: `httpOnly: true`, `secure` outside development and signed by
   * `secretKey` unless they say otherwise. Default name `__session`; no sub-domain can set one whose name starts with `__Host-`.
   */
  cookie?: Cookie | (CookieOptions & { name?: string | undefined }) | undefined
}

/** React Router's SessionStorage, and what a shared store adds to it. The methods work destructured. */
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

/** A key of the router context, and the context: React Router 7.9 has types for them, 7.0 has not. */
interface RouterContextKey<Value> {
  defaultValue?: Value
}

interface RouterContext {
  get<Value>(key: RouterContextKey<Value>): Value
  set<Key extends RouterContextKey<never>>(key: Key, value: never): void
}

/** A route's middleware. */
export type SessionMiddleware = <Result>(args: { request: Request; context: unknown }, next: () => Promise<Result>) => Promise<Result>

/**
 * Middleware that reads the session once per request, puts it on the router context, and commits it once, if it
 * changed, with the cookie on whatever response comes back; with `enableLocking` under the session's lock. It commits
 * nothing when the request has committed or destroyed the session itself.
 *
 * @returns the middleware, and a function that gets the session from the context.
 * @see https://reactrouter.com/how-to/middleware
 * @example
 * export const [sessionMiddleware, getSession] = createSessionMiddleware(storage)
 * // root.tsx: export const middleware = [sessionMiddleware]
 * // a loader: const session = getSession(context)
 */
export function createSessionMiddleware<Data = SessionData, FlashData = Data>(
  storage: DynamoSessionStorage<Data, FlashData>,
): [middleware: SessionMiddleware, getSession: (context: unknown) => Session<Data, FlashData>] {
  // `null`, because a default of `undefined` makes React Router throw an error of its own.
  const key: RouterContextKey<Session<Data, FlashData> | null> = { defaultValue: null }
  return [
    async ({ request, context }, next) => {
      checkContext(context)
      const { value, setCookie } = await storage.withSession(request.headers.get('cookie'), (session) => {
        context.set(key as never, session as never)
        return next()
      })
      return setCookie === undefined ? value : withCookie(value, setCookie)
    },
    (context) => {
      checkContext(context)
      const session = context.get(key)
      if (!session) throw new InvalidArgumentError('context', 'holds no session: put the session middleware on this route or one above it')
      return session
    },
  ]
}

/** What a refused request gets. */
export interface CsrfMiddlewareOptions extends CsrfOptions {
  /** What is thrown. Default a 403 with the reason as text, which the route's error boundary shows. */
  refuse?: ((error: CsrfError, request: Request) => Response) | undefined
}

/**
 * Middleware that refuses requests which change something and were not sent by a page of this origin: see `storage.verifyCsrf`. Put it before
 * that of the session, and a refused request costs nothing.
 *
 * @throws InvalidOptionError for `origins` or `except` that are none.
 * @see https://reactrouter.com/how-to/middleware
 * @example
 * export const middleware = [createCsrfMiddleware(storage, { except: ['/webhooks'] }), sessionMiddleware]
 */
export function createCsrfMiddleware<Data = SessionData, FlashData = Data>(
  storage: Pick<DynamoSessionStorage<Data, FlashData>, 'verifyCsrf'>,
  { refuse = forbid, ...options }: CsrfMiddlewareOptions = {},
): SessionMiddleware {
  checked(options)
  return async ({ request }, next) => {
    try {
      await storage.verifyCsrf(request, options)
    } catch (error) {
      throw error instanceof CsrfError ? refuse(error, request) : error
    }
    return next()
  }
}

function forbid({ message, status }: CsrfError): Response {
  return new Response(message, { status, statusText: 'Forbidden', headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
}

/**
 * A session storage for React Router's loaders and actions that keeps sessions in DynamoDB.
 *
 * Nothing is read, made or checked with AWS before the first call. Parallel loaders share one read; a commit of an
 * unchanged session writes nothing; changes of concurrent requests are merged by key.
 *
 * @param options the flat set; `secretKey` or a signed cookie is required.
 * @throws InvalidOptionError for an unknown or ill-typed option, or a cookie that no browser keeps; `MissingSecretKeyError` at the first call without a secret.
 * @see https://reactrouter.com/explanation/sessions-and-cookies
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

/** Without the flag React Router 7 gives loaders an object of the server's own, and runs no middleware. */
function checkContext(context: unknown): asserts context is RouterContext {
  const { get, set } = (context ?? {}) as Partial<RouterContext>
  if (typeof get === 'function' && typeof set === 'function') return
  throw new InvalidArgumentError(
    'context',
    "is not the router's context: React Router 7 runs middleware only with `future: { v8_middleware: true }` in react-router.config.ts, from 7.9 on",
  )
}

function withCookie<Result>(result: Result, setCookie: string): Result {
  if (!(result instanceof Response)) return result
  try {
    result.headers.append('Set-Cookie', setCookie)
    return result
  } catch {
    // The headers of Response.redirect() are immutable.
    const copy = new Response(result.body, result)
    copy.headers.append('Set-Cookie', setCookie)
    return copy as Result
  }
}
