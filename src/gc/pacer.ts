import { createQueue } from '../core/base/queue.ts'

/** Milliseconds of unused capacity that may be caught up with: enough for a late timer, too little for a burst. */
const CREDIT = 20
/** Milliseconds of capacity that a request should cost at most: with the credit, and requests that overtake, a tenth of a second. */
const SLICE = 25
/** No timer takes more than 2 ** 31 of them. */
const LONGEST = 2 ** 30

/** Spreads what is spent over time. What a request costs is known only from its response. */
export interface Pacer {
  /** Units that one request should cost at most, `Infinity` without a rate. */
  readonly slice: number
  /**
   * Waits for its turn, and until all that was spent before is paid for, or until the run stops. `choose` then makes up the
   * request and returns what it should cost. The function that `take` returns has to be called with what it did cost, or with
   * nothing if nobody knows.
   */
  take(choose: () => number): Promise<(units?: number) => void>
  /** Waits until everything is paid for, or until the run stops: else the average would exceed the rate. */
  settle(): Promise<void>
}

export function createPacer(rate: number | undefined, stop: AbortSignal): Pacer {
  if (rate === undefined) return { slice: Infinity, take: async (choose) => (choose(), () => {}), settle: async () => {} }
  const perUnit = 1000 / rate
  let paidUntil = performance.now()
  const turns = createQueue<'next'>()
  let underWay = 0
  let finished = 0
  let wake: (() => void) | undefined
  stop.addEventListener('abort', () => wake?.(), { once: true })

  /** One at a time waits here, so a correction reaches everyone. */
  async function ready(): Promise<void> {
    while (!stop.aborted) {
      const owed = paidUntil - performance.now()
      // The first request shows what the next ones cost, and each response lets one more be under way: a wrong guess costs little.
      if (owed <= 0 && underWay <= finished) return
      await new Promise<void>((resume) => {
        const timer = owed > 0 ? setTimeout(resume, Math.min(owed, LONGEST)) : undefined
        wake = () => {
          clearTimeout(timer)
          resume()
        }
      })
    }
  }

  return {
    slice: SLICE / perUnit,
    take(choose) {
      return turns.run('next', async () => {
        await ready()
        if (stop.aborted) return () => {}
        const expected = choose()
        paidUntil = Math.max(paidUntil, performance.now() - CREDIT) + expected * perUnit
        underWay++
        return (units?: number) => {
          underWay--
          if (units) finished++
          paidUntil += ((units ?? expected) - expected) * perUnit
          wake?.()
        }
      })
    },
    settle: () => turns.run('next', ready),
  }
}
