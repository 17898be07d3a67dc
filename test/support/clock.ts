import { afterEach, vi } from 'vitest'

/** A time in seconds since the epoch, from which tests count. */
export const START = 1_800_000_000

/** Sets the clock, in seconds since the epoch, without touching timers; the test's end sets it right. */
export function atTime(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
}

afterEach(() => {
  vi.useRealTimers()
})
