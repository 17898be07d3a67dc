/** By when an operation must have ended, whatever steps it takes. */
export interface Deadline {
  /** Milliseconds until then; none or fewer once it is over. */
  left(): number
}

/** @param clock milliseconds of a clock that may stand still, as while requests wait for a socket. */
export function createDeadline(milliseconds: number, clock: () => number = () => performance.now()): Deadline {
  const until = clock() + milliseconds
  return { left: () => until - clock() }
}

/**
 * Begins work, unless it is too late, and waits for it; it goes on by itself where it takes too long.
 * @throws what `late` returns, once the deadline is over.
 */
export function inTime<Result>(deadline: Deadline, work: () => Promise<Result>, late: () => Error): Promise<Result> {
  if (deadline.left() <= 0) return Promise.reject(late())
  const begun = work()
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      const left = deadline.left()
      if (left > 0) timer = setTimeout(look, left)
      else reject(late())
    }
    const settled = <Value>(settle: (value: Value) => void): ((value: Value) => void) => {
      return (value) => {
        clearTimeout(timer)
        settle(value)
      }
    }
    look()
    begun.then(settled(resolve), settled(reject))
  })
}
