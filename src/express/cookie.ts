// The cookie within a session of express-session or @fastify/session. Its lifetimes are milliseconds.

/** What both frameworks' cookies tell of themselves. */
export interface CookieLike {
  readonly originalMaxAge?: unknown
  readonly expires?: unknown
  toJSON?(): object
}

/** A clock that ticks between two looks makes the frameworks lose a millisecond of `originalMaxAge` here and there. */
const DRIFT = 1000

/**
 * What is stored of a cookie: never when it ends, which differs at each request and would make each a change.
 * @param was `originalMaxAge` as it was read.
 */
export function storedCookie(cookie: CookieLike | undefined, was: unknown): object | undefined {
  if (typeof cookie !== 'object' || cookie === null) return undefined
  const all = typeof cookie.toJSON === 'function' ? cookie.toJSON() : cookie
  const { expires: _expires, originalExpires: _originalExpires, ...rest } = all as Record<string, unknown>
  const maxAge = rest.originalMaxAge
  if (typeof maxAge === 'number' && typeof was === 'number' && Math.abs(maxAge - was) < DRIFT) rest.originalMaxAge = was
  return rest
}

/** The cookie as a framework expects it: one with a lifetime ends with the record. `expireAt` in seconds since the epoch. */
export function shownCookie(stored: unknown, expireAt: number | undefined): object {
  const cookie: CookieLike = typeof stored === 'object' && stored !== null ? stored : {}
  const isPersistent = typeof cookie.originalMaxAge === 'number' && expireAt !== undefined
  return { ...cookie, ...(isPersistent ? { expires: new Date(expireAt * 1000) } : {}) }
}

/** Seconds that a session of this cookie lives after each use, 0 or less for one that is over; `undefined` where it ends with the browser. */
export function lifetimeOf(cookie: CookieLike | undefined): number | undefined {
  const maxAge = cookie?.originalMaxAge
  return typeof maxAge === 'number' && !Number.isNaN(maxAge) ? maxAge / 1000 : undefined
}
