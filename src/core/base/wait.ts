import { setTimeout as wait } from 'node:timers/promises'

/** Waits between `base / 2` and `base` milliseconds, doubled for each attempt, at most `most`. */
export function backOff(attempt: number, base = 25, most = 800, stop?: AbortSignal): Promise<void> {
  const top = Math.min(most, base * 2 ** attempt)
  return sleep(top / 2 + (Math.random() * top) / 2, stop)
}

/** No longer than until `stop` is aborted; never throws. */
export async function sleep(milliseconds: number, stop?: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, stop && { signal: stop }).catch(() => {})
}

/** Whether `work` ends within that time. */
export async function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)))
  return Promise.race([work.then(() => true), late]).finally(() => clearTimeout(timer))
}
