// A clock for each host of one process: what a request's code and its continuations read.
import { AsyncLocalStorage } from 'node:async_hooks'
import { vi } from 'vitest'

const ahead = new AsyncLocalStorage<number>()

/** Until the test's mocks are restored. */
export function giveHostsClocks(): void {
  const right = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => right() + (ahead.getStore() ?? 0))
}

/** @param milliseconds by which the host's clock is ahead. */
export function byClock<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  return ahead.run(milliseconds, work)
}
