import { InvalidArgumentError } from './errors.ts'

/** Durations above this are taken for milliseconds: 400 days, the longest that browsers keep a cookie. */
export const MAX_DURATION: number = 400 * 24 * 60 * 60
/** For values by key: 20 years, or a week in milliseconds. */
const MAX_VALUE_DURATION: number = 20 * 365 * 24 * 60 * 60
/** Epoch times above this are taken for milliseconds: the year 5138 in seconds, 1973 in milliseconds. */
const MAX_EPOCH = 1e11

/** Milliseconds by which a test has moved this package's time. */
let moved = 0

/** Seconds since the epoch, with a fraction of three digits. */
export function now(): number {
  return (Date.now() + moved) / 1000
}

/** For `dynamodb-sessions/testing`. */
export function moveTime(milliseconds: number): void {
  moved = milliseconds
}

/** What limits a record's life; seconds, and seconds since the epoch. */
export interface Limits {
  readonly maxAge: number | undefined
  readonly maxStale: number
  readonly latest?: number | undefined
}

/**
 * `expire_at`: the earliest of the absolute and the idle lifetime and of what was asked for; `undefined` for never.
 * Rounded up to whole seconds, since DynamoDB's TTL takes no others and no session may end early.
 */
export function expiryOf(createdAt: number, at: number, limits: Limits, asked?: number): number | undefined {
  let expiry = limits.maxAge === undefined ? Infinity : createdAt + limits.maxAge
  if (limits.maxStale > 0) expiry = Math.min(expiry, at + limits.maxStale)
  if (limits.latest !== undefined) expiry = Math.min(expiry, limits.latest)
  if (asked !== undefined) expiry = Math.min(expiry, asked)
  return expiry === Infinity ? undefined : Math.ceil(expiry)
}

/** A Date or seconds since the epoch as seconds; throws `InvalidArgumentError` that names `argument`. */
export function toEpoch(value: unknown, argument: string): number {
  const seconds = value instanceof Date ? value.getTime() / 1000 : value
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) {
    throw new InvalidArgumentError(argument, 'must be a valid Date or a number of seconds since the epoch')
  }
  if (seconds > MAX_EPOCH) {
    throw new InvalidArgumentError(argument, `is in seconds since the epoch; did you mean ${seconds / 1000}?`)
  }
  return seconds
}

/** Checks a duration in seconds; throws `InvalidArgumentError` that names `argument`. */
export function toDuration(value: unknown, argument: string): number {
  const problem = durationProblem(value)
  if (problem) throw new InvalidArgumentError(argument, problem)
  return value as number
}

/** What is wrong with a duration in seconds, or `undefined`. */
export function durationProblem(value: unknown, most: number = MAX_DURATION, inWords = '400 days'): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return 'must be a number of seconds, not negative'
  if (value > most) return `is in seconds and at most ${inWords}; did you mean ${value / 1000}?`
  return undefined
}

/** Checks the lifetime in seconds of one value by key, which no browser holds, and a cache may keep for years; throws `InvalidArgumentError` that names `argument`. */
export function toValueDuration(value: unknown, argument: string): number {
  const problem = durationProblem(value, MAX_VALUE_DURATION, '20 years')
  if (problem) throw new InvalidArgumentError(argument, problem)
  return value as number
}

export function toDate(seconds: number): Date {
  return new Date(Math.round(seconds * 1000))
}
