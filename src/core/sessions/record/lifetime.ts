// How long a session lives: its times, what of them a write sets, and when a touch is worth one. All times are seconds since the epoch.
import { InvalidArgumentError } from '../../base/errors.ts'
import { expiryOf, now, toDuration, toEpoch } from '../../base/time.ts'
import type { Item } from '../../dynamodb/dynamo.ts'
import { UNREMEMBERED, numeric } from '../../items/state.ts'
import type { ItemState } from '../../items/state.ts'
import type { ResolvedOptions } from '../../options/options.ts'
import type { Life } from './snapshot.ts'

/** The lifetimes that the options give to sessions. */
export interface Lifetime {
  /** `expire_at` of a record that is written at `at`; `undefined` for never. `asked`: the latest expiry that the caller wants. */
  expiry(createdAt: number, at: number, asked: number | undefined): number | undefined
  /** Whether `maxAge` or `maxStale` of today end the record, whatever it says itself. */
  isOver(state: ItemState, at: number): boolean
  /** Whether a write at `at` is the first in its `touchAfter` of a record that was read as `read`, so that a cookie with a lifetime is renewed. */
  isFirstUse(read: ItemState, at: number): boolean
  /** Whether a touch at `at`, after which the record expires at `expireAt`, is worth a write. */
  isTouchDue(state: ItemState, at: number, expireAt: number | undefined, asked: number | undefined): boolean
}

/** `latest`: a time that no session of this adapter may outlive. */
export function createLifetime({ maxAge, maxStale, touchAfter }: ResolvedOptions, latest: number | undefined): Lifetime {
  return {
    expiry: (createdAt, at, asked) => expiryOf(createdAt, at, { maxAge, maxStale, latest }, asked),
    isOver: (state, at) => (maxAge !== undefined && state.createdAt + maxAge <= at) || (maxStale > 0 && state.updatedAt + maxStale <= at),
    isFirstUse(read, at) {
      const period = touchAfterOf(read, touchAfter)
      return period === 0 || Math.floor(at / period) !== Math.floor(read.updatedAt / period)
    },
    isTouchDue(state, at, expireAt, asked) {
      const idleEnd = maxStale > 0 ? Math.ceil(state.updatedAt + maxStale) : Infinity
      const end = Math.min(state.expireAt ?? Infinity, idleEnd)
      return isDue({ ...state, expireAt: end === Infinity ? undefined : end }, at, expireAt, asked, touchAfter)
    },
  }
}

/** The latest expiry that a call asks for, in seconds since the epoch; `undefined` where it asks for none. */
export function askedFor({
  maxAge,
  expires,
}: {
  readonly maxAge?: number | undefined
  readonly expires?: Date | undefined
}): number | undefined {
  if (maxAge !== undefined && maxAge !== null) return now() + toDuration(maxAge, 'maxAge')
  return expires === undefined || expires === null ? undefined : toEpoch(expires, 'expires')
}

/** A lifetime of the session's own, as an application asks for it. */
export interface AskedLifetime {
  readonly maxAge?: number | undefined
  readonly expires?: Date | undefined
  /** Seconds, or `false` for a cookie that ends with the browser. */
  readonly remember?: number | false | undefined
}

/**
 * The same for a call that may say "remember me" in its place.
 * @throws InvalidArgumentError for a time that the record cannot live, by the options of all sessions.
 */
export function lifetimeAsked(
  { remember, ...usual }: AskedLifetime,
  { maxAge, maxStale }: Pick<ResolvedOptions, 'maxAge' | 'maxStale'>,
): Life {
  const asked = askedFor(usual)
  if (remember === undefined || remember === null) return { asked }
  if (asked !== undefined) throw new InvalidArgumentError('remember', 'goes without `maxAge` and `expires`: it is the lifetime itself')
  if (remember === false) return { endsWithBrowser: true }
  const seconds = toDuration(remember, 'remember')
  if (seconds === 0) throw new InvalidArgumentError('remember', 'must be more than 0 seconds, or false')
  const [name, most] = maxStale > 0 && maxStale < (maxAge ?? Infinity) ? ['maxStale', maxStale] : ['maxAge', maxAge ?? Infinity]
  if (seconds > most)
    throw new InvalidArgumentError('remember', `is longer than any session lives: set \`${name}\` to ${seconds} or more; it is ${most}`)
  return { asked: now() + seconds }
}

/** Whether a call asked for a lifetime. */
export function isLifeAsked({ asked, endsWithBrowser = false }: Life): boolean {
  return asked !== undefined || endsWithBrowser
}

/** The latest expiry after a write: what that asks for, else what the session asked for before. */
export function boundOf({ maxExpireAt }: Pick<ItemState, 'maxExpireAt'>, { asked, endsWithBrowser }: Life): number | undefined {
  return endsWithBrowser ? undefined : (asked ?? maxExpireAt)
}

/** When a record is written that was read as `state`: a host whose clock is behind moves no time back, which would end the session for all. */
export function writeTime({ updatedAt }: Pick<ItemState, 'updatedAt'>): number {
  // Others may have written more digits than `numeric` does.
  return Math.max(now(), Math.ceil(updatedAt * 1000 - 0.01) / 1000)
}

/** The attributes of a write's times. `asked`: the latest expiry that the caller wants from now on. */
export function times(at: number, expireAt: number | undefined, asked: number | undefined): Item {
  return {
    updated_at: numeric(at),
    ...(expireAt === undefined ? {} : { expire_at: numeric(expireAt) }),
    ...(asked === undefined ? {} : { max_expire_at: numeric(asked) }),
  }
}

/** What a request that asks for a lifetime changes in how long the cookie lives; nothing where that is so already. */
export function cookieLife(
  { rawMaxExpireAt, endsWithBrowser }: ItemState,
  { asked, endsWithBrowser: ends }: Life,
): { readonly set: Item; readonly remove: readonly string[] } {
  const set: Item = ends && !endsWithBrowser ? UNREMEMBERED : {}
  const isBound = ends && rawMaxExpireAt !== undefined
  return { set, remove: isBound ? ['max_expire_at'] : asked !== undefined && endsWithBrowser ? ['remember'] : [] }
}

/** When the record was created, for a write of one that does not say. */
export function birth({ createdAt, hasCreatedAt }: ItemState): Item {
  return hasCreatedAt ? {} : { created_at: numeric(createdAt) }
}

/** The state after a write of those times. */
export function stateAfter(state: ItemState, at: number, expireAt: number | undefined, { asked, endsWithBrowser }: Life): ItemState {
  const bound = endsWithBrowser
    ? { maxExpireAt: undefined, rawMaxExpireAt: undefined, endsWithBrowser }
    : asked === undefined
      ? {}
      : { maxExpireAt: asked, rawMaxExpireAt: numeric(asked), endsWithBrowser: undefined }
  return { ...state, hasCreatedAt: true, updatedAt: at, expireAt, ...bound, rawUpdatedAt: numeric(at) }
}

/** Seconds between touches that only tell of a use: what is left of a fixed lifetime gets short at its end. */
const LEAST_PAUSE = 60

function isDue(
  state: ItemState,
  at: number,
  expireAt: number | undefined,
  asked: number | undefined,
  touchAfter: number | undefined,
): boolean {
  const pause = touchAfterOf(state, touchAfter)
  const gain = (expireAt ?? Infinity) - (state.expireAt ?? Infinity)
  if (gain < -1) return true
  if (asked !== undefined) {
    // What was asked for bounds later touches too, so it counts even where another limit decides today.
    const gainOfBound = asked - (state.maxExpireAt ?? Infinity)
    return gainOfBound < -1 || Math.max(gain, gainOfBound) >= Math.max(pause, 1)
  }
  const since = at - state.updatedAt
  // Its user is shown when it was last used.
  if (gain === 0 && state.rawDevice) return since >= Math.max(pause, LEAST_PAUSE)
  // NaN: neither expires, and only `updated_at` moves. 0: another limit than idleness decides, and a touch gains nothing.
  return gain !== 0 && since >= pause
}

/** Seconds between a use of the session and the next that extends its life. */
function touchAfterOf({ expireAt, updatedAt }: ItemState, touchAfter: number | undefined): number {
  return touchAfter ?? (expireAt === undefined ? Infinity : (expireAt - updatedAt) / 10)
}
