import { inParallel } from './batch.ts'
import type { Dynamo, Item } from './dynamodb.ts'
import { AccessDeniedError, DynamoDBRequestError, isRetryable } from './errors.ts'
import type { DynamoSessionError } from './errors.ts'
import { createConditions, createStatements } from './gc-conditions.ts'
import type { ResolvedOptions } from './options.ts'
import { createPacer, pauseBefore } from './rate.ts'

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
const STATEMENTS_PER_BATCH = 25
/** How often what failed is sent again without any progress; throttling is waited out however long it takes. */
export const RETRIES = 8
/** Errors of one statement that may pass. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html */
const RETRYABLE: ReadonlyMap<string, 'THROTTLED' | 'SERVER_ERROR'> = new Map([
  ['ThrottlingError', 'THROTTLED'],
  ['ProvisionedThroughputExceeded', 'THROTTLED'],
  ['RequestLimitExceeded', 'THROTTLED'],
  ['TransactionConflict', 'SERVER_ERROR'],
  ['InternalServerError', 'SERVER_ERROR'],
])
/** A record to delete, as the scan returned it. `settled` runs once its fate is known, never when the run stops before. */
export interface Due {
  readonly item: Item
  settled(): void
}

interface Sent {
  /** What was not carried out, and may be sent again. */
  readonly rest: readonly Due[]
  readonly units: number
  readonly error: unknown
}

export interface Tally {
  deleted: number
  spared: number
  failed: number
  consumedWriteUnits: number
}

export interface Deleter {
  /** Takes a record; waits while too many batches are under way. */
  add(due: Due): Promise<void>
  /** Sends what is left and waits for everything under way. */
  finish(): Promise<void>
  /** How records were deleted so far, and why single deletes took over. */
  readonly method: 'partiql' | 'deleteItem'
  readonly fallback: DynamoSessionError | undefined
  readonly lastFailure: string | undefined
}

interface DeleterOptions {
  readonly dynamo: Dynamo
  readonly options: ResolvedOptions
  readonly concurrency: number
  readonly maxWriteRate: number | undefined
  readonly tally: Tally
  readonly stop: AbortSignal
  /** Told of an error that ends the run. */
  readonly fail: (error: unknown) => void
  readonly progress: () => void
}

/** Deletes records in conditional batches, a bounded number of them at once. */
export function createDeleter({ dynamo, options, concurrency, maxWriteRate, tally, stop, fail, progress }: DeleterOptions): Deleter {
  const pacer = createPacer(maxWriteRate, stop)
  const underWay = new Set<Promise<void>>()
  let free = concurrency
  /** Those who wait for a batch under way to end, in order. */
  const queue: (() => void)[] = []
  const waiting: Due[] = []
  const toStatement = createStatements(dynamo.table, options)
  const toDelete = createConditions(options)
  let unitsPerRecord = 1
  let fallback: DynamoSessionError | undefined
  let lastFailure: string | undefined

  /** Small batches under a low rate: a batch is paid as a whole, and must not take seconds. */
  function batchSize(): number {
    if (maxWriteRate === undefined) return STATEMENTS_PER_BATCH
    return Math.min(STATEMENTS_PER_BATCH, Math.max(1, Math.floor(maxWriteRate / 10 / unitsPerRecord)))
  }

  async function launch(): Promise<void> {
    const batch = waiting.splice(0, batchSize())
    if (free > 0) free--
    else await new Promise<void>((resume) => queue.push(resume))
    const work = (stop.aborted ? Promise.resolve() : deleteBatch(batch).catch(fail)).finally(() => {
      underWay.delete(work)
      const resume = queue.shift() ?? ((): void => void free++)
      resume()
    })
    underWay.add(work)
  }

  async function deleteBatch(batch: readonly Due[]): Promise<void> {
    let left = batch
    for (let attempt = 0, tries = 0; left.length > 0;) {
      const estimate = left.length * unitsPerRecord
      await pacer.take(estimate)
      if (stop.aborted) return
      let error: unknown
      const before = left.length
      const isSingle = fallback !== undefined
      try {
        const answer = await (isSingle ? deleteOneByOne(left) : executeStatements(left))
        const { rest, units } = answer
        pacer.correct(units - estimate)
        unitsPerRecord += (units / left.length - unitsPerRecord) / 5
        tally.consumedWriteUnits += units
        left = rest
        error = answer.error
      } catch (thrown) {
        pacer.correct(-estimate)
        if (!isRetryable(thrown)) {
          if (isSingle || !isWithoutPartiQL(thrown)) throw thrown
          fallback ??= thrown
          continue
        }
        error = thrown
      }
      progress()
      if (left.length === 0) return
      if (error === undefined) continue
      if (left.length < before) attempt = tries = 0
      if (!isThrottled(error) && ++tries > RETRIES) return giveUp(left, error)
      await pauseBefore(attempt++, stop)
    }
  }

  function settle(due: Due, outcome: 'deleted' | 'spared' | 'failed'): void {
    tally[outcome]++
    due.settled()
  }

  function giveUp(left: readonly Due[], error: unknown): void {
    lastFailure = error instanceof Error ? error.message : String(error)
    for (const due of left) settle(due, 'failed')
  }

  async function executeStatements(batch: readonly Due[]): Promise<Sent> {
    const { errors, units = batch.length } = await dynamo.executeBatch(batch.map(({ item }) => toStatement(item)))
    const rest: Due[] = []
    let error: DynamoDBRequestError | undefined
    for (const [index, due] of batch.entries()) {
      const code = errors[index]
      if (code === undefined) settle(due, 'deleted')
      else if (code === 'ConditionalCheckFailed') settle(due, 'spared')
      else if (RETRYABLE.has(code)) {
        error = new DynamoDBRequestError(RETRYABLE.get(code) ?? 'SERVER_ERROR', 'dynamodb:PartiQLDelete', code)
        rest.push(due)
      } else if (/AccessDenied|ValidationError/.test(code)) {
        // The whole batch has the same shape and the same permission: single deletes take over.
        fallback ??=
          code === 'AccessDenied'
            ? new AccessDeniedError('dynamodb:PartiQLDelete', dynamo.table)
            : new DynamoDBRequestError('REQUEST_FAILED', 'dynamodb:BatchExecuteStatement', code)
        rest.push(due)
      } else {
        lastFailure = `a delete failed: ${code}`
        settle(due, 'failed')
      }
    }
    return { rest, units, error }
  }

  async function deleteOneByOne(batch: readonly Due[]): Promise<Sent> {
    const rest: Due[] = []
    let units = 0
    let lastError: unknown
    await inParallel(batch, async (due) => {
      if (stop.aborted) return void rest.push(due)
      try {
        const answer = await dynamo.deleteRaw(toDelete(due.item))
        // A condition that fails costs a write too, but its answer does not say how much.
        units += (answer.done ? answer.units : undefined) ?? 1
        settle(due, answer.done ? 'deleted' : 'spared')
      } catch (error) {
        if (isRetryable(error)) {
          lastError = error
          return void rest.push(due)
        }
        if (!(error instanceof DynamoDBRequestError)) throw error
        giveUp([due], error)
      }
    })
    return { rest, units, error: lastError }
  }

  return {
    async add(due) {
      waiting.push(due)
      if (waiting.length >= batchSize()) await launch()
    },
    async finish() {
      while (waiting.length > 0 && !stop.aborted) await launch()
      await Promise.all(underWay)
    },
    get method() {
      return fallback ? 'deleteItem' : 'partiql'
    },
    get fallback() {
      return fallback
    },
    get lastFailure() {
      return lastFailure
    },
  }
}

/** Whether the engine does not know PartiQL, or the role lacks its permission; what else is wrong shows with single deletes. */
function isWithoutPartiQL(error: unknown): error is AccessDeniedError | DynamoDBRequestError {
  return error instanceof AccessDeniedError || error instanceof DynamoDBRequestError
}

export function isThrottled(error: unknown): boolean {
  return error instanceof DynamoDBRequestError && error.code === 'THROTTLED'
}
