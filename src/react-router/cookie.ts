// The cookie of React Router and Remix 2, and reading sessions by it.
import { cookiesNamed, decodeCookie } from '../core/base/cookie-header.ts'
import { InvalidOptionError, MissingSecretKeyError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { unsign } from '../core/base/signature.ts'
import { SECURE_PREFIX, checkCookieAttributes, needsSecure } from '../core/options/check-cookie.ts'
import type { CookieAttributes } from '../core/options/check-cookie.ts'
import type { SessionOptions } from '../core/options/options.ts'
import { shortSecretProblem, warnOfShortSecrets } from '../core/options/short-secret.ts'
import { readSealed, sealedName } from '../core/sessions/sealed.ts'
import type { Found } from '../core/sessions/record/snapshot.ts'
import type { Sessions } from '../core/sessions/sessions.ts'

/** What we need of a framework's cookie. */
export interface CookieLike {
  readonly name: string
  readonly isSigned: boolean
  readonly expires?: Date | undefined
  parse(header: string | null, options?: object): Promise<unknown>
  serialize(value: unknown, options?: object): Promise<string>
}

/** A read under way: the ids in the cookies, and what decodes a copy of the first one's record. */
export interface Read {
  readonly ids: readonly string[]
  readonly first: () => Promise<Found>
  /** Without an id: the data of a cookie that held the whole session so far. It is shared. */
  readonly sealed?: Readonly<Record<string, unknown>> | undefined
}

export interface Reader {
  /** The ids in a Cookie header, in its order. `parseOptions` are the framework's. */
  idsFrom(header: string | null | undefined, parseOptions?: object): Promise<string[]>
  /** Parallel loaders ask with the same header: they share cookie parsing and the request until it has left. */
  read(header: string | null | undefined, parseOptions: object | undefined): Promise<Read>
}

const DEFAULT_NAME = '__session'
/** Browsers store no longer ones. https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.6 */
const MAX_COOKIE = 4096
/** An id as the frameworks sign it, by themselves: JSON in base64, and a signature, which costs something to check. */
const SIGNED = /^[A-Za-z0-9+/]{22,176}={0,2}\.[A-Za-z0-9+/]{43}=?$/

export function createReader(sessions: Sessions, signedCookie: () => CookieLike): Reader {
  /** Reads by Cookie header, as long as their request has not left. */
  const reading = new Map<string, Promise<Read>>()

  async function idsFrom(header: string | null | undefined, parseOptions?: object): Promise<string[]> {
    const cookie = signedCookie()
    const given = cookiesNamed(header, cookie.name).filter((value) => value !== '' && value.length <= MAX_COOKIE)
    const secrets = parseOptions === undefined ? secretsOf.get(cookie) : undefined
    const values = secrets ? given.map(decodeCookie).filter((value) => SIGNED.test(value)) : given
    // One at a time: the framework's Cookie takes the first of a name, whatever it is.
    const read = async (value: string): Promise<unknown> =>
      secrets ? unsealed(value, secrets) : cookie.parse(`${cookie.name}=${value}`, parseOptions)
    const ids = await Promise.all([...new Set(values)].map((value) => idBy(() => read(value))))
    return [...new Set(ids.filter((id) => id !== undefined))]
  }

  function read(header: string | null | undefined, parseOptions: object | undefined): Promise<Read> {
    const share = header && parseOptions === undefined ? header : undefined
    const found = share === undefined ? undefined : reading.get(share)
    if (found) return found
    const forget = (): void => {
      if (share !== undefined && reading.get(share) === started) reading.delete(share)
    }
    const started = idsFrom(header, parseOptions).then(async (ids): Promise<Read> => {
      const [id] = ids
      try {
        if (id !== undefined) return { ids, first: sessions.open(id, forget) }
      } catch (error) {
        forget()
        return { ids, first: () => Promise.reject(error) }
      }
      const sealed = await readSealed(header ?? undefined, sessions.options.migrate)
      forget()
      return { ids, first: async () => ({ snapshot: null }), sealed: sealed?.data }
    })
    if (share !== undefined) reading.set(share, started)
    return started
  }

  return { idsFrom, read }
}

async function idBy(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    const value = await read()
    return isId(value) ? value : undefined
  } catch {
    return undefined // a cookie that cannot even be parsed is a visitor without a session
  }
}

/**
 * The secrets of cookies that were made here and have the frameworks' own encoding. Their bytes are known, and Node checks their
 * signature in a tenth of the time that the frameworks' Web Crypto takes.
 */
const secretsOf = new WeakMap<CookieLike, readonly string[]>()

/** JSON in base64, and a signature whose padding is left off. An id has no characters that would be escaped. */
function unsealed(signed: string, secrets: readonly string[]): unknown {
  const value = unsign(signed, secrets)
  return value === undefined ? undefined : JSON.parse(Buffer.from(value, 'base64').toString('latin1'))
}

/**
 * Finds cookie options that cannot be right where they are given. A secret may be missing while an application is built, and what the
 * framework itself refuses is found before the first write. A Cookie object does not show its attributes.
 * @throws InvalidOptionError naming the attribute.
 */
export function checkCookieOptions({ cookie, migrate }: SessionOptions, isCookie: (value: unknown) => boolean): void {
  checkSealedName({ cookie, migrate })
  if (cookie === undefined || isCookie(cookie)) return
  const { name = DEFAULT_NAME, ...attributes } = cookie as CookieAttributes & { readonly name?: unknown }
  checkCookieAttributes(name, attributes)
}

/**
 * Ours takes the place of a cookie that held the whole session: a response has one, and another name would bring the old session back
 * after its log-out.
 */
function checkSealedName({ cookie, migrate }: SessionOptions): void {
  const { name = DEFAULT_NAME } = (cookie ?? {}) as { readonly name?: string | undefined }
  if (migrate === undefined || sealedName(migrate) === name) return
  throw new InvalidOptionError('migrate.name', `must be that of \`cookie\`, which takes its place: it is ${name} there`)
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
  // What is `undefined` is left out: it would take `HttpOnly` away.
  const given = Object.fromEntries(Object.entries(cookie ?? {}).filter(([, value]) => value !== undefined))
  const { name = DEFAULT_NAME, secrets = [], ...attributes } = given as { name?: string; secrets?: string[] }
  if (!Array.isArray(secrets)) throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  if (secrets.some((secret: unknown) => secret === undefined || secret === null || secret === '')) {
    throw new MissingSecretKeyError('`cookie.secrets` has an empty entry: is an environment variable missing?')
  }
  if (secrets.some((secret: unknown) => typeof secret !== 'string'))
    throw new InvalidOptionError('cookie.secrets', 'must be a list of texts')
  const problem = secrets.map(shortSecretProblem).find((text) => text !== undefined)
  if (problem) throw new InvalidOptionError('cookie.secrets', problem)
  if (secrets.length > 0) warnOfShortSecrets({ secretKey: secrets })
  const all = secrets.length > 0 ? secrets : typeof secretKey === 'string' ? [secretKey] : (secretKey ?? [])
  if (all.length === 0) {
    throw new MissingSecretKeyError(
      'Session cookies must be signed: set `secretKey`, AWS_DYNAMO_DB_SESSION_SECRET_KEY or `cookie.secrets` to a long random text',
    )
  }
  const isDevelopment = process.env.NODE_ENV === 'development'
  const isNamedSecure = SECURE_PREFIX.test(name)
  const secure = isNamedSecure || needsSecure(attributes) || !isDevelopment
  if (isDevelopment && isNamedSecure && !('secure' in attributes)) warnOfSecureName(name)
  const made = framework.createCookie(name, { httpOnly: true, secure, ...attributes, secrets: [...all] })
  signedBy.set(made, [...all])
  if (!('encode' in attributes || 'decode' in attributes)) secretsOf.set(made, [...all])
  return made
}

const signedBy = new WeakMap<CookieLike, readonly string[]>()

/** What makes and checks tokens of forms: the cookie's secrets, or `secretKey` beside a Cookie object, which shows none. */
export function tokenSecrets(cookie: CookieLike, { secretKey }: SessionOptions): readonly string[] {
  return signedBy.get(cookie) ?? [secretKey ?? []].flat()
}

/** Without `Secure` browsers keep no cookie of such a name, and with it only some do on http://localhost. */
function warnOfSecureName(name: string): void {
  const prefix = name.slice(0, name.indexOf('-') + 1)
  process.emitWarning(
    `The session cookie ${name} must be \`Secure\` because of its name: Safari does not keep it on http://localhost, nor any browser on a LAN ` +
      `address. In development name it without ${prefix}, as in name: process.env.NODE_ENV === 'development' ? '${name.slice(prefix.length)}' : '${name}'`,
    { type: 'DynamoSessionWarning', code: 'SESSION_COOKIE_NOT_KEPT' },
  )
}

/** Attributes that no cookie can have are found before anything is stored that needs the cookie. */
export async function checkCookie(cookie: CookieLike, serializeOptions: object): Promise<void> {
  if (checked.has(cookie) && Object.keys(serializeOptions).length === 0) return
  checkCookieAttributes(cookie.name, serializeOptions)
  try {
    await cookie.serialize('', serializeOptions)
  } catch (error) {
    throw new InvalidOptionError('cookie', `makes no cookie: ${(error as Error).message}`, 'code', { cause: error })
  }
  checked.add(cookie)
}

const checked = new WeakSet<CookieLike>()
