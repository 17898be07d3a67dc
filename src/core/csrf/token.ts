// The token of a session's forms.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { MOST_IDS } from '../base/cookie-header.ts'

/** Bytes of an HMAC-SHA-256. */
const SIZE = 32
/** A mask and the masked HMAC, in base64url. */
const SHAPE = /^[\w-]{86}$/

/**
 * A token that only pages of this session can know: the HMAC of its id, under a new mask at each call, so that a compressed page does not
 * tell it byte by byte.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html, https://breachattack.com
 */
export function csrfTokenOf(id: string, secret: string): string {
  const mask = randomBytes(SIZE)
  return Buffer.concat([mask, exclusiveOr(mask, macOf(id, secret))]).toString('base64url')
}

/** Whether a token is that of one of the ids, by one of the secrets; compared in constant time. */
export function isCsrfToken(token: unknown, ids: readonly string[], secrets: readonly string[]): boolean {
  if (typeof token !== 'string' || !SHAPE.test(token)) return false
  const bytes = Buffer.from(token, 'base64url')
  const given = exclusiveOr(bytes.subarray(0, SIZE), bytes.subarray(SIZE))
  return ids.slice(0, MOST_IDS).some((id) => secrets.some((secret) => timingSafeEqual(given, macOf(id, secret))))
}

/** What else the secret signs is a cookie's value, which cannot hold the character 0. */
function macOf(id: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`csrf\0${id}`).digest()
}

function exclusiveOr(one: Uint8Array, other: Uint8Array): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ (other[index] as number)))
}
