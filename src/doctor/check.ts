import { DynamoSessionError } from '../core/base/errors.ts'

/** What was looked at, and how it is. */
export interface Check {
  /** `region`, `table`, `may read sessions`, ... */
  readonly name: string
  /** A `warning` works, though not as it should; a `fault` does not work; `skipped` could not be checked, and `detail` says why. */
  readonly status: 'ok' | 'warning' | 'fault' | 'skipped'
  readonly detail: string
  /** What to do, a command where there is one. */
  readonly remedy?: string
}

/** What cannot be looked at, and why. */
export function skip(names: readonly string[], detail: string): Check[] {
  return names.map((name) => ({ name, status: 'skipped', detail }))
}

/** A check that failed with an error of ours; any other is thrown again. */
export function fault(name: string, error: unknown, remedy: string): Check {
  if (!(error instanceof DynamoSessionError)) throw error
  return { name, status: 'fault', detail: error.message, remedy }
}
