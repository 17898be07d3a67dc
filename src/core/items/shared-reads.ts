import type { Item } from '../dynamodb/dynamo.ts'

/** Reads a key. `onSend` runs when the request has left, or failed to. */
export type Read = (key: string, onSend?: () => void) => Promise<Item | undefined>

interface PendingRead {
  answer: Promise<Item | undefined>
  readonly listeners: (() => void)[]
}

/** Lets reads of one key that are asked for before its request leaves share that request. */
export function shareReads(get: (key: string, onSend: () => void) => Promise<Item | undefined>): Read {
  const pending = new Map<string, PendingRead>()
  return (key, onSend) => {
    let read = pending.get(key)
    if (!read) {
      const started: PendingRead = { listeners: [], answer: undefined as never }
      // Once the request is on its way a later reader must not share it: it may have seen a write that this answer has not.
      const sent = (): void => {
        if (pending.get(key) === started) pending.delete(key)
        for (const listener of started.listeners.splice(0)) listener()
      }
      started.answer = get(key, sent).finally(sent)
      pending.set(key, started)
      read = started
    }
    if (onSend) read.listeners.push(onSend)
    return read.answer
  }
}
