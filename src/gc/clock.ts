// By which clock records are judged: a host that is ahead must not delete what is live.
import { now } from '../core/base/time.ts'
import type { Connection } from '../core/dynamodb/connection.ts'
import type { Answer } from '../core/dynamodb/transport.ts'
import type { GarbageCollectionNote } from './result.ts'

/** Seconds of difference that are worth a note. The Date of an answer has whole ones. */
const NOTICEABLE = 2

export interface Clock {
  /** Looks at the Date of each answer. https://httpwg.org/specs/rfc9110.html#field.date */
  readonly onAnswer: (answer: Answer) => void
  /** Seconds since the epoch: by our clock or DynamoDB's, whichever is earlier; by ours where DynamoDB has not said. */
  now(): number
  /** What to tell of the difference; `undefined` where it is small, or not known. */
  note(): GarbageCollectionNote | undefined
}

export function createClock(): Clock {
  /** By how many seconds DynamoDB's clock is ahead of ours, as the last answer shows it: at least, and up to a second and its way here more. */
  let ahead: number | undefined
  return {
    onAnswer({ date }) {
      if (date) ahead = date.getTime() / 1000 - now()
    },
    now: () => now() + Math.min(0, ahead ?? 0),
    note() {
      // Half a second on average was cut off.
      const difference = ahead === undefined ? 0 : ahead + 0.5
      if (Math.abs(difference) <= NOTICEABLE) return undefined
      const by = `${Math.abs(difference).toFixed(0)} s ${difference < 0 ? 'ahead of' : 'behind'} DynamoDB’s`
      return { code: 'CLOCK_DIFFERS', message: `the clock of this host is ${by}; records were judged by the earlier one: synchronize it` }
    },
  }
}

/** A connection of which each answer is looked at. */
export function watched(connection: Connection, { onAnswer }: Clock): Connection {
  return {
    ...connection,
    request: (operation, input, options = {}) =>
      connection.request(operation, input, { ...options, hooks: { ...options.hooks, onAnswer } }),
  }
}
