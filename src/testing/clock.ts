import { moveTime, now, toDate, toEpoch } from '../core/base/time.ts'
import { InvalidArgumentError } from '../core/base/errors.ts'

/**
 * The time that sessions go by. It is the process's, so that it is every store's, and runs on from where it was put. `Date` and timers are
 * as they were; where a test has faked `Date`, that counts too.
 */
export interface TestClock {
  /** The time now. */
  now(): Date
  /**
   * Lets time pass, all at once.
   * @param seconds not negative.
   */
  advance(seconds: number): void
  /** @param time a Date or seconds since the epoch, earlier ones too. */
  set(time: Date | number): void
  /** The time is the machine's again. */
  reset(): void
}

export function createClock(): TestClock {
  const moveBy = (seconds: number): void => moveTime((moved += seconds * 1000))
  let moved = 0
  return {
    now: () => toDate(now()),
    advance(seconds) {
      if (!Number.isFinite(seconds) || seconds < 0)
        throw new InvalidArgumentError('seconds', 'must be a number of seconds, not negative; `clock.set` goes back')
      moveBy(seconds)
    },
    set: (time) => moveBy(toEpoch(time, 'time') - now()),
    reset: () => moveTime((moved = 0)),
  }
}
