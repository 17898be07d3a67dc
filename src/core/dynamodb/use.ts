import { atClose } from '../base/shutdown.ts'

/** Who uses what is opened and closed. */
export interface Use {
  /** Runs what uses it, and it is not closed meanwhile. */
  during<Result>(work: () => Promise<Result>): Promise<Result>
  /** Closes it, once nothing is under way. */
  dispose(): void
}

/** @param close may be called when nothing was opened; it is called when the server ends, too. */
export function createUse(close: () => void): Use {
  let forget: (() => void) | undefined
  let underWay = 0
  let isDisposing = false

  function dispose(): void {
    isDisposing = underWay > 0
    if (isDisposing) return
    forget?.()
    forget = undefined
    close()
  }

  return {
    dispose,

    async during(work) {
      forget ??= atClose(dispose)
      underWay++
      try {
        return await work()
      } finally {
        underWay--
        if (isDisposing) dispose()
      }
    },
  }
}
