import type { IncomingHttpHeaders } from 'node:http'

/** Milliseconds: an answer that took longer says nothing of now; from such a difference on, AWS may refuse a signature. */
const TOO_LONG = 15 * 60_000
const NOTICEABLE = 240_000

/** The clock of AWS, as far as answers tell. */
export interface Clock {
  now(): number
  /**
   * Learns from an answer, a success too.
   * @param sentAt when its request was sent, by this host's clock. @param signedAt by AWS's, as it was known then.
   * @returns whether the signature was dated wrongly, and the next will not be.
   */
  learn(headers: IncomingHttpHeaders, sentAt: number, signedAt: number): boolean
}

export function createClock(): Clock {
  let offset = 0
  let last: { readonly text: string | undefined; readonly time: number } = { text: undefined, time: NaN }

  /** Of the answers of one second it is the same. */
  function timeOf(text: string | undefined): number {
    if (last.text !== text) last = { text, time: Date.parse(text ?? '') }
    return last.time
  }

  return {
    now: () => Date.now() + offset,
    learn({ date, age }, sentAt, signedAt) {
      const now = Date.now()
      const theirs = timeOf(date)
      // With an `Age` it is a cache's answer.
      if (Number.isNaN(theirs) || age !== undefined || now - sentAt > TOO_LONG) return false
      offset = theirs - now
      return Math.abs(sentAt + offset - signedAt) >= NOTICEABLE
    },
  }
}
