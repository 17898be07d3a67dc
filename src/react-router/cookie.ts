// The cookie of React Router and Remix 2, and reading sessions by it.
import { InvalidOptionError, MissingSecretKeyError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { Snapshot } from '../core/sessions/record/snapshot.ts'
import type { Sessions } from '../core/sessions/sessions.ts'

/** What we need of a framework's cookie. */
export interface CookieLike {
  readonly name: string
  readonly isSigned: boolean
  readonly expires?: Date | undefined
  parse(header: string | null, options?: object): Promise<unknown>
  serialize(value: unknown, options?: object): Promise<string>
}

/** A read under way: the id in the cookie, and what decodes a copy of the record. */
export interface Read {
  readonly id: string | undefined
  readonly decode: () => Promise<Snapshot | null>
}

/** Node refuses longer headers by default, and no cookie of ours comes near. */
const MAX_COOKIE_HEADER = 16 * 1024

export interface Reader {
  /** The id in a Cookie header. `parseOptions` are the framework's. */
  idFrom(header: string | null | undefined, parseOptions?: object): Promise<string | undefined>
  /** Parallel loaders ask with the same header: they share cookie parsing and the request until it has left. */
  read(header: string | null | undefined, parseOptions: object | undefined): Promise<Read>
}

export function createReader(sessions: Sessions, signedCookie: () => CookieLike): Reader {
  /** Reads by Cookie header, as long as their request has not left. */
  const reading = new Map<string, Promise<Read>>()

  async function idFrom(header: string | null | undefined, parseOptions?: object): Promise<string | undefined> {
    const cookie = signedCookie()
    if (!header || header.length > MAX_COOKIE_HEADER) return undefined
    try {
      const value = await cookie.parse(header, parseOptions)
      return isId(value) ? value : undefined
    } catch {
      return undefined // a cookie that cannot even be parsed is a visitor without a session
    }
  }

  function read(header: string | null | undefined, parseOptions: object | undefined): Promise<Read> {
    const share = header && parseOptions === undefined ? header : undefined
    const found = share === undefined ? undefined : reading.get(share)
    if (found) return found
    const forget = (): void => {
      if (share !== undefined && reading.get(share) === started) reading.delete(share)
    }
    const started = idFrom(header, parseOptions).then((id): Read => {
      try {
        if (id !== undefined) return { id, decode: sessions.open(id, forget) }
      } catch (error) {
        forget()
        return { id, decode: () => Promise.reject(error) }
      }
      forget()
      return { id, decode: async () => null }
    })
    if (share !== undefined) reading.set(share, started)
    return started
  }

  return { idFrom, read }
}

/** The cookie that signs ids: that of the options, or one made by them. */
export function createSignedCookie<Cookie extends CookieLike>(
  framework: { createCookie(name: string, options: object): Cookie; isCookie(value: unknown): value is Cookie },
  { cookie, secretKey }: SessionOptions,
): Cookie {
  if (framework.isCookie(cookie)) {
    if (cookie.isSigned) return cookie
    throw new MissingSecretKeyError(
      `The cookie ${cookie.name} is not signed: give it \`secrets\`, or pass cookie options and \`secretKey\` in place of a Cookie`,
    )
  }
  const { name = '__session', secrets = [], ...attributes } = (cookie ?? {}) as { name?: string; secrets?: string[] }
  if (!Array.isArray(secrets)) throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  if (secrets.some((secret: unknown) => secret === undefined || secret === null || secret === '')) {
    throw new MissingSecretKeyError('`cookie.secrets` has an empty entry: is an environment variable missing?')
  }
  if (secrets.some((secret: unknown) => typeof secret !== 'string'))
    throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  const all = secrets.length > 0 ? secrets : typeof secretKey === 'string' ? [secretKey] : (secretKey ?? [])
  if (all.length === 0) {
    throw new MissingSecretKeyError(
      'Session cookies must be signed: set `secretKey`, AWS_DYNAMO_DB_SESSION_SECRET_KEY or `cookie.secrets` to a long random text',
    )
  }
  return framework.createCookie(name, { httpOnly: true, secure: process.env.NODE_ENV !== 'development', ...attributes, secrets: [...all] })
}
