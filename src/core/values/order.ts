// Reads of a value that follow what this process does to it: some frameworks send a response before its session is stored.
import type { Deadline } from '../base/deadline.ts'
import { isDoneWithin, sleep } from '../base/wait.ts'
import type { Items } from '../items/items.ts'

export interface Order {
  /** Reads that are asked for from now on wait until it has ended, whether it succeeded or failed. */
  write(key: string, work: () => Promise<void>): Promise<void>
  /**
   * Reads once; twice where there was nothing, and this process wrote to the key meanwhile.
   * @param work reads; with a deadline, by that time, and consistently.
   */
  read<Value>(key: string, work: (deadline?: Deadline) => Promise<Value | null>): Promise<Value | null>
}

interface UnderWay {
  readonly reads: Set<Promise<unknown>>
  readonly writes: Set<Promise<unknown>>
  /** How many writes have begun. */
  begun: number
}

export function createOrder(items: Items): Order {
  const keys = new Map<string, UnderWay>()

  async function run<Result>(key: string, of: 'reads' | 'writes', work: (underWay: UnderWay) => Promise<Result>): Promise<Result> {
    const underWay = keys.get(key) ?? { reads: new Set(), writes: new Set(), begun: 0 }
    keys.set(key, underWay)
    const begun = work(underWay)
    underWay[of].add(begun)
    try {
      return await begun
    } finally {
      underWay[of].delete(begun)
      if (underWay.reads.size + underWay.writes.size === 0) keys.delete(key)
    }
  }

  return {
    write: (key, work) =>
      run(key, 'writes', (underWay) => {
        underWay.begun++
        return work()
      }),

    read: (key, work) =>
      run(key, 'reads', async (underWay) => {
        const deadline = items.begin()
        const ended = (all: ReadonlySet<Promise<unknown>>): Promise<unknown> =>
          isDoneWithin(Math.max(0, deadline.left()), Promise.allSettled(all))
        if (underWay.writes.size === 0) {
          const { begun } = underWay
          const earlier = new Set(underWay.reads)
          const found = await work()
          if (found !== null) return found
          // Who asked before and found nothing either may be about to write, as soon as it is told.
          if (earlier.size > 0) {
            await ended(earlier)
            await sleep(0)
          }
          if (underWay.begun === begun) return null
        }
        await ended(underWay.writes)
        return work(deadline)
      }),
  }
}
