import { vi } from 'vitest'

/** A time in seconds since the epoch, from which tests count. */
export const START = 1_800_000_000

/** Sets the clock, in seconds since the epoch, without touching timers; the test's end sets it right (setup.ts). */
export function atTime(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
}

/**
 * Watches how long the event loop is held at once. `stop` returns the most milliseconds: those in which this process
 * worked, since a machine that stands still holds everybody's.
 */
export function watchEventLoop(): { stop(): number } {
  const cpu = (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
  let longest = 0
  let last = { time: performance.now(), cpu: cpu() }
  const timer = setInterval(() => {
    const now = { time: performance.now(), cpu: cpu() }
    longest = Math.max(longest, Math.min(now.time - last.time, now.cpu - last.cpu))
    last = now
  }, 5)
  return {
    stop() {
      clearInterval(timer)
      return longest
    },
  }
}
