import { isRetryable } from '../base/errors.ts'
import { noteRetry } from '../base/tracing.ts'
import { backOff } from '../base/wait.ts'

/** How often, and until how many milliseconds after the first, a write of unknown outcome is sent again beyond the transport's attempts. */
const RESENDS = 8
const RESEND_FOR = 10_000
/** Milliseconds before the second time, and before any. */
const PAUSES = [25, 800] as const

/**
 * Sends a write, and again while its outcome is unknown or DynamoDB throttles. The transport gives up early once its own retry
 * budget is empty, and a retry that ends in a failed condition never refills that budget.
 *
 * @param latest By `performance.now()`: when, at the latest, it is sent again.
 */
export async function resend<Answer>(send: () => Promise<Answer>, latest: number = Infinity): Promise<Answer> {
  const until = Math.min(latest, performance.now() + RESEND_FOR)
  const [first, longest] = PAUSES
  for (let attempt = 0; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      const left = until - performance.now()
      if (!isRetryable(error) || attempt >= RESENDS || left <= 0) throw error
      await backOff(attempt, first, Math.min(longest, left))
      noteRetry()
    }
  }
}
