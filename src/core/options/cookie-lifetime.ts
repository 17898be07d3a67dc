import { InvalidOptionError } from '../base/errors.ts'
import { durationProblem, now, toEpoch } from '../base/time.ts'
import type { SessionOptions } from './types.ts'

/** A cookie's `maxAge` is the default of `maxStale`; its fixed `expires` bounds every session. */
export function cookieLifetime(
  isCookie: (value: unknown) => boolean,
  cookie: object | undefined,
): [Partial<SessionOptions>, number | undefined] {
  if (cookie === undefined) return [{}, undefined]
  let { maxAge, expires } = cookie as { maxAge?: unknown; expires?: unknown }
  if (isCookie(cookie)) {
    // A Cookie object shows its `maxAge` only as a new Date at each look; a fixed `expires` is the same object each time.
    const isFixed = (cookie as { expires?: unknown }).expires === expires
    maxAge = expires instanceof Date && !isFixed ? Math.round(expires.getTime() / 1000 - now()) : undefined
    expires = isFixed ? expires : undefined
  }
  const problem = maxAge === undefined || maxAge === null ? undefined : durationProblem(maxAge)
  if (problem) throw new InvalidOptionError('cookie.maxAge', problem)
  const isBounded = expires !== undefined && expires !== null
  return [typeof maxAge === 'number' && maxAge > 0 ? { maxStale: maxAge } : {}, isBounded ? toEpoch(expires, 'cookie.expires') : undefined]
}
