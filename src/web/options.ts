// The options of h3's entry, checked and open, once however often they come.
import { MissingSecretKeyError } from '../core/base/errors.ts'
import { createLruMap } from '../core/base/lru.ts'
import { cookieRules } from './cookie.ts'
import type { SessionCookie } from './cookie.ts'
import type { DynamoSessionOptions } from './types.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { cookieLifetime } from '../core/options/cookie-lifetime.ts'
import { identity, openSessions } from '../core/sessions/open.ts'
import { checkOptions } from '../core/options/options.ts'
import { areOptionsProvided, withProvided } from '../core/options/provided.ts'

/** The sessions that options mean, and what their cookies need. */
export interface CookieSessions {
  readonly sessions: Sessions
  readonly secrets: readonly string[]
  /** The cookie as a request must have it that was sent to `host`. */
  cookieOf(host: string): SessionCookie
}

const byContent = createLruMap<string, CookieSessions>(64)
const byIdentity = new WeakMap<object, CookieSessions>()

/** Options are checked once, also where each request makes the same ones anew. */
export function cookieSessionsOf(options: DynamoSessionOptions): CookieSessions {
  const known = byIdentity.get(options)
  if (known) return known
  const content = contentOf(options)
  const source = byContent.get(content) ?? openCookieSessions(options)
  // A secret may be missing while an application is built, and be there later.
  if (source.secrets.length === 0) return source
  byIdentity.set(options, source)
  byContent.set(content, source)
  return source
}

/**
 * Finds what is wrong with options before the first request. What depends on more than one of them waits for that where a
 * module gives the others, which are known only then.
 */
export function checkCookieOptions(options: DynamoSessionOptions): void {
  if (!areOptionsProvided()) return void cookieSessionsOf(options)
  checkOptions(options)
  cookieRules(options.name, options.cookie)
}

/** The sessions of a request, which needs a secret. */
export function signedSessions(options: DynamoSessionOptions): CookieSessions {
  const source = cookieSessionsOf(withProvided(options))
  if (source.secrets.length > 0) return source
  throw new MissingSecretKeyError(
    `Session cookies must be signed: set ${areOptionsProvided() ? IN_NITRO : '`secretKey` or AWS_DYNAMO_DB_SESSION_SECRET_KEY'} to a long random text`,
  )
}

const IN_NITRO = 'NITRO_DYNAMODB_SESSIONS_SECRET_KEY, in Nuxt NUXT_DYNAMODB_SESSIONS_SECRET_KEY,'

function openCookieSessions(options: DynamoSessionOptions): CookieSessions {
  const sessions = openSessions(options, ...cookieLifetime(() => false, options.cookie))
  const { secretKey = [], name, cookie } = sessions.options
  return { sessions, secrets: [secretKey].flat(), cookieOf: cookieRules(name, cookie) }
}

/** Living objects by identity, the rest by what it says; options with a circle in them as a whole by identity. */
function contentOf(options: DynamoSessionOptions): string {
  try {
    return JSON.stringify(options, (name, value: unknown) =>
      typeof value === 'function' || (['client', 'driver', 'serializer'].includes(name) && typeof value === 'object' && value !== null)
        ? { identity: identity(value) }
        : typeof value === 'bigint'
          ? String(value)
          : value,
    )
  } catch {
    return `identity ${identity(options)}`
  }
}
