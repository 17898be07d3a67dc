import { DynamoSessionError, MissingSecretKeyError, SessionDataError, TableNotFoundError } from '../base/errors.ts'
import { conceal } from '../base/conceal.ts'
import type { ResolvedOptions, SessionOperation } from '../options/options.ts'

/**
 * What a failed operation does by `raiseErrors` and `errorHandler`: returns where it is handled, raises it otherwise.
 * Missing tables and secrets are raised always: no request can succeed without them.
 */
export function handleError(error: unknown, operation: SessionOperation, options: ResolvedOptions): void {
  // What a callback of the application throws is its own affair.
  if (error instanceof DynamoSessionError && !handled.has(error)) {
    handled.add(error)
    if (!options.hashIds) conceal(error)
    options.errorHandler?.(error, { operation })
  }
  if (error instanceof SessionDataError && operation === 'read') {
    // The session reads as absent whatever the options, but somebody has to hear of it.
    if (!options.errorHandler) process.emitWarning(error.message, { type: error.name, code: error.code })
    return
  }
  const mustRaise = error instanceof TableNotFoundError || error instanceof MissingSecretKeyError || !['read', 'touch'].includes(operation)
  if (options.raiseErrors || mustRaise) throw error
}

/**
 * Runs an operation; what fails counts by `raiseErrors` and `errorHandler`.
 * @param otherwise what is returned where a failure is not to be raised.
 */
export async function guarded<Result>(
  operation: SessionOperation,
  options: ResolvedOptions,
  work: () => Promise<Result>,
  otherwise?: Result,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    handleError(error, operation, options)
    return otherwise as Result
  }
}

/** Errors that a handler has heard of, on their way through an operation within another. */
const handled = new WeakSet<Error>()

/** Whether a record is there that cannot be decoded, and which therefore counts as absent. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SessionDataError
}
