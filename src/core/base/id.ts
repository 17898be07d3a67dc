import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Ids as the browser holds them: long enough not to be guessed, and safe in a cookie and a URL as they are. */
const SHAPE = /^[A-Za-z0-9_-]{16,128}$/

/** 256 random bits in base64url: 43 characters. */
export function generateId(): string {
  return randomBytes(32).toString('base64url')
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && SHAPE.test(value)
}

const TOKEN_SIZE = 9
let pool = Buffer.alloc(0)

/** The token of one write: 72 random bits, enough to be unique among the writes of one record. */
export function generateToken(): string {
  // Tokens are no secrets, so that they may be drawn ahead: a call of the generator costs as much as the rest of a write here.
  if (pool.length === 0) pool = randomBytes(TOKEN_SIZE * 256)
  const token = pool.toString('base64url', 0, TOKEN_SIZE)
  pool = pool.subarray(TOKEN_SIZE)
  return token
}

/** A stolen table must not hold anything that works as a cookie, so ids are stored by their SHA-256. */
export function hashId(id: string): string {
  return hash('sha256', id, 'hex')
}

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

/** How a key is shown that is an id: without hashing the table holds ids themselves, which no message may show. */
export function concealed(key: string): string {
  return `(SHA-256 ${hashId(key).slice(0, 16)})`
}

/** Takes an id, as its `key`, out of an error. */
export function conceal(error: Error & { key?: unknown }): void {
  const { key } = error
  if (typeof key !== 'string' || clean.has(error)) return
  clean.add(error)
  const shown = concealed(key)
  Object.assign(error, { key: shown, message: error.message.replaceAll(key, shown), stack: error.stack?.replaceAll(key, shown) })
}

const clean = new WeakSet<Error>()
