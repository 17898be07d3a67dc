import { createLruMap } from '../base/lru.ts'

/** Requests under way at once, for whoever opens a transport without options. */
export const MAX_SOCKETS = 50

/** Places for requests that are under way; the others wait in line for one. */
export interface Slots {
  /** Takes a place where one is free; then `leave` must follow. */
  tryEnter(): boolean
  /** Waits for a place, first come, first served. Every call must be followed by `leave`. */
  enter(): Promise<void>
  leave(): void
  /** An answer came: whoever waits does so because of the others, and not because nobody answers. */
  answered(): void
  /** Milliseconds of a clock that stands still while requests wait in line and answers come. */
  clock(): number
}

export function createSlots(most: number): Slots {
  const line: (() => void)[] = []
  let free = most
  let stoodStill = 0
  /** When the line began, or the last answer came. */
  let since = 0
  const tryEnter = (): boolean => free > 0 && free-- > 0
  return {
    tryEnter,
    async enter() {
      if (tryEnter()) return
      if (line.length === 0) since = performance.now()
      await new Promise<void>((resolve) => line.push(resolve))
    },
    leave() {
      const next = line.shift()
      if (next) next()
      else free++
    },
    answered() {
      if (line.length === 0) return
      const at = performance.now()
      stoodStill += at - since
      since = at
    },
    clock: () => performance.now() - stoodStill,
  }
}

/** Returns a function that gives places: on connections of one name, in one line for all who share them; without a name, in a line of its own. */
export function createLines(): (name: string | undefined, most: number) => Slots {
  const shared = createLruMap<string, Slots>(64)
  return (name, most) => {
    const slots = (name === undefined ? undefined : shared.get(name)) ?? createSlots(most)
    if (name !== undefined) shared.set(name, slots)
    return slots
  }
}
