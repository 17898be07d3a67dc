import { DynamoSessionError } from '../core/base/errors.ts'

/** The command line itself is wrong: nothing was done. */
export class UsageError extends DynamoSessionError {
  override name = 'UsageError'

  constructor(problem: string) {
    super('USAGE', problem)
  }
}

/** Nobody confirmed what would be deleted: nothing was done. */
export class NotConfirmedError extends DynamoSessionError {
  override name = 'NotConfirmedError'

  constructor(problem: string) {
    super('NOT_CONFIRMED', problem)
  }
}
