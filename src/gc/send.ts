import { AccessDeniedError, DynamoDBRequestError, isRetryable } from '../core/base/errors.ts'
import type { DynamoSessionError } from '../core/base/errors.ts'
import type { Dynamo } from '../core/dynamodb/dynamo.ts'
import { inParallel } from '../core/base/in-parallel.ts'
import { PASSING } from '../core/dynamodb/partiql.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import type { BatchSize } from './batch-size.ts'
import { createConditions, createStatements } from './conditions.ts'
import type { Due } from './due.ts'
import type { Outcomes } from './outcomes.ts'

export interface Sent {
  /** What was not carried out, and may be sent again. */
  readonly rest: readonly Due[]
  readonly units: number
  readonly error: unknown
}

/** Sends conditional deletes, and settles the records whose outcome is known. */
export interface Sender {
  /** One request of PartiQL for all of them. */
  executeStatements(batch: readonly Due[]): Promise<Sent>
  /** One DeleteItem for each. */
  deleteOneByOne(batch: readonly Due[]): Promise<Sent>
  /**
   * Decides how what PartiQL failed with is sent instead.
   * @returns whether only this batch goes one by one; else all do from now on.
   * @throws `error`, where single deletes would fail as well.
   */
  fallBack(error: unknown): boolean
  /** Why single deletes took over; `undefined`: they did not. */
  readonly fallback: DynamoSessionError | undefined
}

interface SenderOptions {
  readonly dynamo: Dynamo
  readonly options: ResolvedOptions
  readonly size: BatchSize
  readonly outcomes: Outcomes
  readonly stop: AbortSignal
}

export function createSender({ dynamo, options, size, outcomes, stop }: SenderOptions): Sender {
  const toStatement = createStatements(dynamo.table, options)
  const toDelete = createConditions(options)
  let fallback: DynamoSessionError | undefined
  /** Whether a statement was carried out, so that both engine and role know PartiQL. */
  let hasPartiQL = false

  return {
    async executeStatements(batch) {
      const { errors, units = batch.length } = await dynamo.executeBatch(batch.map(({ item }) => toStatement(item)))
      const rest: Due[] = []
      let error: DynamoDBRequestError | undefined
      hasPartiQL ||= errors.some((code) => code === undefined || code === 'ConditionalCheckFailed')
      for (const [index, due] of batch.entries()) {
        const code = errors[index]
        if (code === undefined) outcomes.settle(due, 'deleted')
        else if (code === 'ConditionalCheckFailed') outcomes.settle(due, 'spared')
        else if (PASSING.has(code)) {
          error = new DynamoDBRequestError(PASSING.get(code) ?? 'SERVER_ERROR', 'dynamodb:PartiQLDelete', code)
          rest.push(due)
        } else if (code === 'AccessDenied' && hasPartiQL) {
          outcomes.refuse(due, new AccessDeniedError('dynamodb:PartiQLDelete', dynamo.table))
        } else if (/AccessDenied|ValidationError/.test(code)) {
          // The whole batch has the same shape and the same permission: single deletes take over.
          fallback ??=
            code === 'AccessDenied'
              ? new AccessDeniedError('dynamodb:PartiQLDelete', dynamo.table)
              : new DynamoDBRequestError('REQUEST_FAILED', 'dynamodb:BatchExecuteStatement', code)
          rest.push(due)
        } else outcomes.giveUp([due], `a delete failed: ${code}`)
      }
      return { rest, units, error }
    },

    async deleteOneByOne(batch) {
      const rest: Due[] = []
      let units = 0
      let lastError: unknown
      await inParallel(batch, async (due) => {
        if (stop.aborted) return void rest.push(due)
        try {
          const deleted = await dynamo.delete(toDelete(due.item))
          // A condition that fails costs a write too, but its response does not say how much.
          units += (deleted.done ? deleted.units : undefined) ?? size.unitsOf(1)
          outcomes.settle(due, deleted.done ? 'deleted' : 'spared')
        } catch (error) {
          if (isRetryable(error)) {
            lastError = error
            return void rest.push(due)
          }
          if (error instanceof AccessDeniedError) return outcomes.refuse(due, error)
          if (!(error instanceof DynamoDBRequestError)) throw error
          outcomes.giveUp([due], error.message)
        }
      })
      return { rest, units, error: lastError }
    },

    fallBack(error) {
      // An engine may not know PartiQL, or the role lack its permission. What else is wrong shows with single deletes.
      if (!(error instanceof AccessDeniedError || error instanceof DynamoDBRequestError)) throw error
      // Where batches worked before, the role may delete some of these records and not others.
      if (hasPartiQL && error instanceof AccessDeniedError) return true
      fallback ??= error
      return false
    },

    get fallback() {
      return fallback
    },
  }
}
