import { isThrottled } from '../core/base/errors.ts'
import { backOff } from '../core/base/wait.ts'
import { RETRIES } from '../core/items/batch.ts'

/** Milliseconds before the second attempt, and before any. */
const PAUSES = [50, 3000] as const

/** The attempts of one piece of work. */
export interface Retry {
  /** Waits for the next attempt; `false`: it failed too often without progress. Throttling is waited out however long it takes. */
  again(error: unknown): Promise<boolean>
  /** Progress was made: attempts are counted anew. */
  reset(): void
}

export function createRetry(stop: AbortSignal): Retry {
  let attempts = 0
  let failures = 0
  return {
    async again(error) {
      if (!isThrottled(error) && ++failures > RETRIES) return false
      await backOff(attempts++, ...PAUSES, stop)
      return true
    },
    reset() {
      attempts = failures = 0
    },
  }
}
