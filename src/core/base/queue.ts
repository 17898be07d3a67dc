/** What one piece of work left for the next of its key. */
export interface Turn<Left> {
  last: Left | undefined
}

export interface Queue<Key, Left> {
  /**
   * Runs `work` once all work of this key that was given before has ended, whether it succeeded or failed.
   * @returns what `work` returns; it throws what `work` throws.
   */
  run<Result>(key: Key, work: (turn: Turn<Left>) => Promise<Result>): Promise<Result>
}

interface Line<Left> {
  tail: Promise<unknown>
  readonly turn: Turn<Left>
  /** How much work waits or runs. */
  length: number
}

/** Runs the work of one key one after the other, and that of different keys side by side. Keys are compared as in a Map. */
export function createQueue<Key, Left = never>(): Queue<Key, Left> {
  const lines = new Map<Key, Line<Left>>()
  return {
    run(key, work) {
      const line = lines.get(key) ?? { tail: Promise.resolve(), turn: { last: undefined }, length: 0 }
      lines.set(key, line)
      line.length++
      const result = line.tail.then(() => work(line.turn))
      // What was left is for the work that waits already, and not a cache: the key is forgotten with the last of it.
      const leave = (): void => void (--line.length === 0 && lines.delete(key))
      line.tail = result.then(leave, leave)
      return result
    },
  }
}
