import { InvalidOptionError } from '../base/errors.ts'

/** Browsers take names with these only together with `Secure`. https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes */
export const SECURE_PREFIX: RegExp = /^__(?:Host|Secure)-/i
/** https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/

/** Attributes of a cookie; unchecked, whatever their types say. */
export interface CookieAttributes {
  readonly domain?: unknown
  readonly path?: unknown
  readonly secure?: unknown
  readonly sameSite?: unknown
  readonly partitioned?: unknown
}

/**
 * Finds attributes that browsers drop a cookie for, which nobody sees on the server.
 * @throws InvalidOptionError naming the attribute and the remedy.
 */
export function checkCookieAttributes(name: unknown, { domain, path, secure, sameSite, partitioned }: CookieAttributes): void {
  if (typeof name !== 'string' || !NAME.test(name))
    throw new InvalidOptionError('cookie.name', 'is no name of a cookie: use letters, digits, - and _')
  if (/^__Host-/i.test(name)) {
    const other = 'and a cookie whose name starts with `__Host-` has none: choose another `name`'
    if (domain !== undefined) throw new InvalidOptionError('cookie.domain', `is set, ${other}`)
    if (path !== undefined && path !== '/') throw new InvalidOptionError('cookie.path', `is not /, ${other}`)
  }
  if (SECURE_PREFIX.test(name) && secure === false)
    throw new InvalidOptionError('cookie.secure', `is false, but a cookie named ${name} must be secure: choose another \`name\``)
  const site = typeof sameSite === 'string' ? sameSite.toLowerCase() : sameSite
  if (![undefined, true, false, 'lax', 'strict', 'none'].includes(site as string))
    throw new InvalidOptionError('cookie.sameSite', 'must be lax, strict, none, true or false')
  if (secure === false && needsSecure({ sameSite, partitioned })) {
    const reason = partitioned === true ? '`partitioned`' : "`sameSite: 'none'`"
    throw new InvalidOptionError('cookie.secure', `is false, but browsers keep no cookie with ${reason} that is not secure`)
  }
}

/** Whether browsers keep a cookie of these attributes only with `Secure`. */
export function needsSecure({ sameSite, partitioned }: CookieAttributes): boolean {
  return partitioned === true || String(sameSite).toLowerCase() === 'none'
}
