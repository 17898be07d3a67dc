import type { AccessDeniedError } from '../core/base/errors.ts'
import type { Due } from './due.ts'

/** So many refused deletes and no other: the role may delete nothing at all. */
const REFUSALS = 100

/** Counts of a run. */
export interface Tally {
  deleted: number
  spared: number
  failed: number
  consumedWriteUnits: number
}

/** What became of the records that were due. */
export interface Outcomes {
  settle(due: Due, outcome: 'deleted' | 'spared'): void
  /** They are left to another run. */
  giveUp(left: readonly Due[], problem: string): void
  /** A role may delete the keys of some prefix only. Throws `error` where it may delete nothing at all. */
  refuse(due: Due, error: AccessDeniedError): void
  readonly lastFailure: string | undefined
  /** Why nothing was deleted at all. */
  readonly refused: AccessDeniedError | undefined
}

export function createOutcomes(tally: Tally): Outcomes {
  let lastFailure: string | undefined
  let refusal: AccessDeniedError | undefined
  let refusals = 0
  const isRefused = (): boolean => refusal !== undefined && tally.deleted + tally.spared === 0

  function settle(due: Due, outcome: 'deleted' | 'spared' | 'failed'): void {
    tally[outcome]++
    due.settled()
  }

  function giveUp(left: readonly Due[], problem: string): void {
    lastFailure = problem
    for (const due of left) settle(due, 'failed')
  }

  return {
    settle,
    giveUp,
    refuse(due, error) {
      refusal ??= error
      if (++refusals >= REFUSALS && isRefused()) throw error
      giveUp([due], `some records must not be deleted: ${error.message}`)
    },
    get lastFailure() {
      return lastFailure
    },
    get refused() {
      return isRefused() ? refusal : undefined
    },
  }
}
