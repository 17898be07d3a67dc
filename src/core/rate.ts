import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds of unused capacity that may be caught up with: enough for a late timer, too little for a burst. */
const CREDIT = 100

/** Spreads what is spent over time. */
export interface Pacer {
  /** Waits until that many units may be spent, or until the run stops. */
  take(units: number): Promise<void>
  /** Corrects an estimate: what was spent beyond what was taken. */
  correct(units: number): void
}

/** A token bucket that is paid before it is spent, so that no moment sees more than `rate` units a second. */
export function createPacer(rate: number | undefined, stop: AbortSignal): Pacer {
  if (rate === undefined) return { take: async () => {}, correct: () => {} }
  let paidUntil = performance.now()
  return {
    async take(units) {
      const at = performance.now()
      paidUntil = Math.max(paidUntil, at - CREDIT) + (units / rate) * 1000
      await pause(paidUntil - at, stop)
    },
    correct(units) {
      paidUntil += (units / rate) * 1000
    },
  }
}

/** Waits, but no longer than until the run stops; never throws. */
export async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  if (milliseconds > 0 && !stop.aborted) await wait(milliseconds, undefined, { signal: stop }).catch(() => {})
}

/** Waits before another attempt: longer each time, with jitter, so that hosts that were refused together do not return together. */
export function pauseBefore(attempt: number, stop: AbortSignal): Promise<void> {
  const top = Math.min(3000, 50 * 2 ** Math.min(attempt, 10))
  return pause(top / 2 + (Math.random() * top) / 2, stop)
}
