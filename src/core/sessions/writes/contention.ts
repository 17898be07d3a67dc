// How writers of one record make way for each other, so that few attempts are in vain.
//
// Of n writers that are sent together one gets through, and all others have learnt the same. Where they write at once, one more does, and
// so on: n(n+1)/2 writes. A writer that pauses first does not know the latest any more, so it looks again; a read costs less than a write.

/** What a failed condition tells of the other write. */
export interface Conflict {
  /** How many conflicts this writer had before. */
  readonly before: number
  /** Milliseconds that the attempt took. */
  readonly roundTrip: number
  /** Milliseconds from the other write to this one, by the clocks of their hosts. */
  readonly later: number
}

/** Milliseconds between two writes of one moment: clocks tell whole ones. */
const MOMENT = 1.5
/** Milliseconds of a round trip that nobody is in another's way for: a table in memory. */
const SHORT = 0.5
/** The part of those who lost to a write of the same moment that writes again at once. */
const AT_ONCE = 1 / 4
/** Round trips until the others have looked: after the writes of those, spread a little. */
const LOOK = 0.3
/** Round trips over which writers spread that have met twice; it doubles each time. */
const SPREAD = 14
/** The longest pause in milliseconds. */
const LONGEST = 800

/**
 * Milliseconds to pause, each before a look at the latest; none where it is written at once. The pauses are over as soon as a look finds
 * that nobody has written since.
 *
 * A write that was made a while before ours is no sign of others: what the conflict taught is all it takes. One that was made in the same
 * moment, and so was on its way together with ours, may be the first of many. Most of those who lost to it look who writes at once, which
 * costs them one read.
 */
export function pausesAfter({ before, roundTrip, later }: Conflict): number[] {
  const spread = Math.random() * Math.min(LONGEST, SPREAD * 2 ** Math.max(0, before - 1) * (roundTrip + 1))
  if (before > 0) return [spread]
  const isBeside = roundTrip > SHORT && Math.abs(later) < Math.min(MOMENT, roundTrip / 2)
  return isBeside && Math.random() >= AT_ONCE ? [LOOK * (1 + Math.random()) * (roundTrip + 1), spread] : []
}
