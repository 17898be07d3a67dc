// When an attempt is followed by another: the standard mode of AWS's SDKs, as the SDK for JavaScript has it since 2026.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html

import { CLOSED, NEVER_CONNECTED, THROTTLING_CODES, TIMEOUT, TOO_MANY_REQUESTS, TRANSIENT_CODES } from '../transport-error.ts'

/** What failed, as far as it counts here. */
export interface Failure {
  /** The exact code of AWS or of the network. */
  readonly name: string
  readonly message: string
  /** Of HTTP. */
  readonly status?: number | undefined
  /** Milliseconds after which AWS asks to be asked again. */
  readonly retryAfter?: number | undefined
  /** The clock was found to be wrong by this answer. */
  readonly isClockMended?: boolean | undefined
}

/** One for each transport: attempts beyond the first are paid for from what successes bring. */
export interface Retries {
  /** The next attempt: milliseconds to wait for it, and what it costs. `undefined`: there is none. `made`: attempts so far. */
  next(failure: Failure, made: number): { readonly wait: number; readonly cost: number } | undefined
  /** A request succeeded, after a last retry that cost so much. */
  succeeded(cost: number | undefined): void
}

/** Milliseconds. DynamoDB's base is shorter than that of other services. */
const BASE = 25
const THROTTLING_BASE = 1000
const LONGEST = 20_000
/** A hint of AWS may lengthen a wait by this much. */
const HINT = 5000
const CAPACITY = 500
const COST = 14
const THROTTLING_COST = 5

export function createRetries(maxAttempts: number): Retries {
  let capacity = CAPACITY
  return {
    next(failure, made) {
      const kind = retryKind(failure)
      const [base, cost] = kind === 'throttled' ? [THROTTLING_BASE, THROTTLING_COST] : [BASE, COST]
      if (kind === undefined || made >= maxAttempts || capacity < cost) return undefined
      capacity -= cost
      const backoff = Math.floor(Math.random() * Math.min(base * 2 ** (made - 1), LONGEST))
      return { wait: Math.max(backoff, Math.min(failure.retryAfter ?? 0, backoff + HINT)), cost }
    },
    succeeded(cost = 1) {
      capacity = Math.min(CAPACITY, capacity + cost)
    },
  }
}

/** Whether another attempt may help; `undefined`: it does not. Exact names, never a pattern. */
export function retryKind({ name, message, status, isClockMended }: Failure): 'throttled' | 'transient' | undefined {
  if (status === TOO_MANY_REQUESTS || THROTTLING_CODES.has(name)) return 'throttled'
  if (isClockMended || TRANSIENT.has(name) || TRANSIENT_STATUS.has(status)) return 'transient'
  return name === 'InvalidSignatureException' && message.includes('Signature expired') ? 'transient' : undefined
}

/** An answer whose checksum is wrong. */
export const WRONG_CHECKSUM = 'CRC32CheckFailed'

const TRANSIENT: ReadonlySet<string> = new Set([...TRANSIENT_CODES, TIMEOUT, WRONG_CHECKSUM, ...CLOSED, ...NEVER_CONNECTED, 'ETIMEDOUT'])

const TRANSIENT_STATUS: ReadonlySet<number | undefined> = new Set([500, 502, 503, 504])
