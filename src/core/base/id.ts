import { hash, randomBytes } from 'node:crypto'

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
