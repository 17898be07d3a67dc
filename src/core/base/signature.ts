import { createHmac, timingSafeEqual } from 'node:crypto'

/** `value` with its HMAC-SHA-256, in the form that Express and Remix sign cookies. */
export function sign(value: string, secret: string): string {
  return `${value}.${createHmac('sha256', secret).update(value).digest('base64').replace(/=+$/, '')}`
}

/** The value that one of the secrets signed, compared in constant time; `undefined` when none did. */
export function unsign(signed: string, secrets: readonly string[]): string | undefined {
  const value = signed.slice(0, Math.max(0, signed.lastIndexOf('.')))
  const given = Buffer.from(signed)
  const isSigned = secrets.some((secret) => {
    const expected = Buffer.from(sign(value, secret))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
  return isSigned ? value : undefined
}
