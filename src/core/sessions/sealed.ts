// Cookies that held the whole session before this package: they are read once, and the session goes on in the table.
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { cookiesNamed, decodeCookie } from '../base/cookie-header.ts'
import { isPlainObject } from '../base/is-plain-object.ts'
import { unsign } from '../base/signature.ts'
import { now } from '../base/time.ts'
import { SEALED_NAMES } from '../options/sealed-cookie.ts'
import type { SealedCookie } from '../options/options.ts'

type Values = Record<string, unknown>

/** Browsers keep no more. Without a bound, a forged one would cost as much as its length. */
const MOST = 4096
/** Seconds for which an expired seal still counts, as with its makers, for hosts whose clocks differ. */
const SKEW = 60

/** What the makers do differently. `iterations`: of the derivation of a seal's keys. */
const MAKERS: Record<SealedCookie['from'], { readonly iterations?: number; readonly isWrapped: boolean }> = {
  h3: { iterations: 8192, isWrapped: true },
  'h3-legacy': { iterations: 1, isWrapped: true },
  'nuxt-auth-utils': { iterations: 1, isWrapped: true },
  'iron-session': { iterations: 1, isWrapped: false },
  'react-router': { isWrapped: false },
}

/** What such a cookie is called. */
export function sealedName({ name, from }: SealedCookie): string {
  return name ?? SEALED_NAMES[from] ?? ''
}

/** Where it lies, for its removal, as far as that is said. */
export function sealedPlace({ path, domain }: SealedCookie): { readonly path?: string; readonly domain?: string } {
  return { ...(path === undefined ? {} : { path }), ...(domain === undefined ? {} : { domain }) }
}

/** The data of such a cookie in a Cookie header; `undefined` where there is none, or it is not to be believed. */
export async function readSealed(
  header: string | undefined,
  sealed: SealedCookie | undefined,
): Promise<{ readonly name: string; readonly data: Values } | undefined> {
  if (!sealed || (sealed.until !== undefined && new Date(sealed.until).getTime() <= now() * 1000)) return undefined
  const maker = MAKERS[sealed.from]
  const name = sealedName(sealed)
  const [found] = cookiesNamed(header, name)
  if (found === undefined || found.length > MOST) return undefined
  const value = decodeCookie(found)
  try {
    const { iterations } = maker
    const text = iterations === undefined ? readSigned(value, sealed.password) : await unseal(value, sealed.password, iterations)
    const opened: unknown = text === undefined ? undefined : JSON.parse(text)
    const data = maker.isWrapped && isPlainObject(opened) ? opened.data : opened
    return isPlainObject(data) ? { name, data } : undefined
  } catch {
    return undefined
  }
}

/** JSON in base64 with its signature. @see https://reactrouter.com/api/utils/createCookie */
function readSigned(value: string, secrets: SealedCookie['password']): string | undefined {
  const encoded = unsign(value, typeof secrets === 'string' ? [secrets] : Object.values(secrets))
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
}

/**
 * The text within a seal of the format Fe26.2. A forged one costs one derivation, off the event loop.
 * @see https://hapi.dev/module/iron/api
 */
async function unseal(value: string, passwords: SealedCookie['password'], iterations: number): Promise<string | undefined> {
  // iron-session puts its own version at the end.
  const parts = (value.split('~')[0] as string).split('*')
  const [format, id = '', salt = '', iv = '', encrypted = '', expiry = '', macSalt = '', mac = ''] = parts
  if (parts.length !== 8 || format !== 'Fe26.2') return undefined
  if (expiry !== '' && !(Number(expiry) / 1000 > now() - SKEW)) return undefined
  const password = typeof passwords === 'string' ? passwords : Object.entries(passwords).find(([name]) => name === (id || 'default'))?.[1]
  if (password === undefined) return undefined
  const keyBy = (by: string): Promise<Buffer> => promisify(pbkdf2)(password, by, iterations, 32, 'sha1')
  const given = Buffer.from(mac, 'base64url')
  const expected = createHmac('sha256', await keyBy(macSalt))
    .update(parts.slice(0, 6).join('*'))
    .digest()
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const decipher = createDecipheriv('aes-256-cbc', await keyBy(salt), Buffer.from(iv, 'base64url'))
  return Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64url')), decipher.final()]).toString()
}
