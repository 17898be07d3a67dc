import type { Deadline } from '../base/deadline.ts'
import { isRetryable } from '../base/errors.ts'
import { noteRetry } from '../base/tracing.ts'
import { backOff } from '../base/wait.ts'

/** How often a write of unknown outcome is sent again beyond the transport's attempts. */
const RESENDS = 8
/** Milliseconds before the second time, and before any. */
const PAUSES = [25, 800] as const

/**
 * Sends a write, and again while its outcome is unknown or DynamoDB throttles, as long as the operation lasts. The transport gives up
 * early once its own retry budget is empty, and a retry that ends in a failed condition never refills that budget.
 *
 * @param latest By `performance.now()`: when, at the latest, it is sent again.
 */
export async function resend<Answer>(send: () => Promise<Answer>, deadline: Deadline, latest: number = Infinity): Promise<Answer> {
  const [first, longest] = PAUSES
  const left = (): number => Math.min(deadline.left(), latest - performance.now())
  let before: unknown
  for (let attempt = 0; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (!isRetryable(error)) throw error
      // What the last whole request failed with says more than that there was no time for another.
      if (deadline.left() <= 0) throw before ?? error
      if (attempt >= RESENDS || left() <= 0) throw error
      before = error
      await backOff(attempt, first, Math.min(longest, left()))
      noteRetry()
    }
  }
}
