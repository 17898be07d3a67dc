// The pauses of the package: told to the test, and no longer than need be. What a test says of them it counts, and measures no time.
import type * as Wait from '../../src/core/base/wait.ts'

/** Milliseconds of all pauses that were asked for since the last `splice(0)`, in their order. */
export const pauses: number[] = []
/** Milliseconds within which other work was to be done, likewise. */
export const bounds: number[] = []

export const sum = (of: readonly number[]): number => of.reduce((all, one) => all + one, 0)

/** Milliseconds: what waits at the same time still does. */
const MOST = 50

/** In place of `src/core/base/wait.ts`, for `vi.mock`. @param most milliseconds that a pause really takes. */
export async function shortPauses(original: () => Promise<typeof Wait>, most: number = MOST): Promise<typeof Wait> {
  const wait = await original()
  const sleep: typeof Wait.sleep = (milliseconds, stop) => {
    pauses.push(milliseconds)
    return wait.sleep(Math.min(milliseconds, most), stop)
  }
  return {
    ...wait,
    sleep,
    isDoneWithin: (milliseconds, work) => {
      bounds.push(milliseconds)
      return wait.isDoneWithin(milliseconds, work)
    },
    backOff: (attempt, base = 25, longest = 800, stop) => wait.backOff(attempt, Math.min(base, most), Math.min(longest, most), stop),
  }
}
