import { RETRIES, inParallel } from '../core/items/batch.ts'
import type { Dynamo, Item } from '../core/dynamodb/dynamo.ts'
import { AccessDeniedError, DynamoDBRequestError, isRetryable, isThrottled } from '../core/base/errors.ts'
import type { DynamoSessionError } from '../core/base/errors.ts'
import { createConditions, createStatements } from './conditions.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import type { Pacer } from './pacer.ts'
import { PAUSES } from './retry.ts'
import { backOff } from '../core/base/wait.ts'

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
const STATEMENTS_PER_BATCH = 25
/** So many refused deletes and no other: the role may delete nothing at all. */
const REFUSALS = 100
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
  /** Why nothing was deleted at all. */
  readonly refused: AccessDeniedError | undefined
}

interface DeleterOptions {
  readonly dynamo: Dynamo
  readonly options: ResolvedOptions
  readonly concurrency: number
  readonly pacer: Pacer
  readonly tally: Tally
  readonly stop: AbortSignal
  /** Told of an error that ends the run. */
  readonly fail: (error: unknown) => void
  readonly progress: () => void
}

/** Deletes records in conditional batches, a bounded number of them at once. */
export function createDeleter({ dynamo, options, concurrency, pacer, tally, stop, fail, progress }: DeleterOptions): Deleter {
  const underWay = new Set<Promise<void>>()
  let free = concurrency
  /** Those who wait for a batch under way to end, in order. */
  const queue: (() => void)[] = []
  const waiting: Due[] = []
  const toStatement = createStatements(dynamo.table, options)
  const toDelete = createConditions(options)
  /** What a record costs at most of late; `undefined` until the first answer. */
  let price: number | undefined
  let largest = 0
  let fallback: DynamoSessionError | undefined
  let hasPartiQL = false
  let refused: AccessDeniedError | undefined
  let refusals = 0
  let lastFailure: string | undefined

  /** How many records go at once under a rate: one to learn the price, then more and more, as long as a request costs little. */
  function partSize(): number {
    if (pacer.slice === Infinity) return STATEMENTS_PER_BATCH
    if (price === undefined) return 1
    return Math.max(1, Math.min(STATEMENTS_PER_BATCH, 2 * largest, Math.floor(pacer.slice / price)))
  }

  /** Dearer records show at once, so that the rate holds; cheaper ones may be chance. */
  function learn(units: number, records: number): void {
    const found = units / records
    price = Math.max(found, price === undefined ? 0 : price + (found - price) / 10)
    largest = Math.max(largest, records)
  }

  async function launch(): Promise<void> {
    const batch = waiting.splice(0, partSize())
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
    let isMixed = false
    for (let attempt = 0, tries = 0; left.length > 0;) {
      let part = left
      const paid = await pacer.take(() => {
        // Records may have shown to be dearer than when the batch was made up.
        part = left.slice(0, partSize())
        return part.length * (price ?? 1)
      })
      if (stop.aborted) return
      let error: unknown
      let rest: readonly Due[] = part
      const isSingle = isMixed || fallback !== undefined
      try {
        const answer = await (isSingle ? deleteOneByOne(part) : executeStatements(part))
        ;({ rest, error } = answer)
        paid(answer.units)
        if (answer.units > 0) learn(answer.units, part.length - rest.length)
        tally.consumedWriteUnits += answer.units
      } catch (thrown) {
        // What was throttled or refused costs nothing; whether the rest was carried out is not known.
        paid(isThrottled(thrown) || !isRetryable(thrown) ? 0 : undefined)
        if (!isRetryable(thrown)) {
          if (isSingle || !isWithoutPartiQL(thrown)) throw thrown
          // Where batches worked before, the role may delete some of these records and not others.
          if (hasPartiQL && thrown instanceof AccessDeniedError) isMixed = true
          else fallback ??= thrown
          continue
        }
        error = thrown
      }
      progress()
      const later = left.slice(part.length)
      left = [...rest, ...later]
      if (rest.length < part.length) attempt = tries = 0
      if (rest.length === 0 || error === undefined) continue
      if (isThrottled(error) || ++tries <= RETRIES) {
        await backOff(attempt++, ...PAUSES, stop)
        continue
      }
      giveUp(rest, error)
      left = later
      attempt = tries = 0
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

  /** A role may delete the keys of some prefix only. */
  function refuse(due: Due, error: AccessDeniedError): void {
    refused ??= error
    if (++refusals >= REFUSALS && isRefused()) throw error
    lastFailure = `some records must not be deleted: ${error.message}`
    settle(due, 'failed')
  }

  function isRefused(): boolean {
    return refused !== undefined && tally.deleted + tally.spared === 0
  }

  async function executeStatements(batch: readonly Due[]): Promise<Sent> {
    const { errors, units = batch.length } = await dynamo.executeBatch(batch.map(({ item }) => toStatement(item)))
    const rest: Due[] = []
    let error: DynamoDBRequestError | undefined
    hasPartiQL ||= errors.some((code) => code === undefined || code === 'ConditionalCheckFailed')
    for (const [index, due] of batch.entries()) {
      const code = errors[index]
      if (code === undefined) settle(due, 'deleted')
      else if (code === 'ConditionalCheckFailed') settle(due, 'spared')
      else if (RETRYABLE.has(code)) {
        error = new DynamoDBRequestError(RETRYABLE.get(code) ?? 'SERVER_ERROR', 'dynamodb:PartiQLDelete', code)
        rest.push(due)
      } else if (code === 'AccessDenied' && hasPartiQL) {
        refuse(due, new AccessDeniedError('dynamodb:PartiQLDelete', dynamo.table))
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
        units += (answer.done ? answer.units : undefined) ?? price ?? 1
        settle(due, answer.done ? 'deleted' : 'spared')
      } catch (error) {
        if (isRetryable(error)) {
          lastError = error
          return void rest.push(due)
        }
        if (error instanceof AccessDeniedError) return refuse(due, error)
        if (!(error instanceof DynamoDBRequestError)) throw error
        giveUp([due], error)
      }
    })
    return { rest, units, error: lastError }
  }

  return {
    async add(due) {
      waiting.push(due)
      if (waiting.length >= partSize()) await launch()
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
    get refused() {
      return isRefused() ? refused : undefined
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
