import { isRetryable, isThrottled } from '../core/base/errors.ts'
import type { AccessDeniedError, DynamoSessionError } from '../core/base/errors.ts'
import type { Dynamo } from '../core/dynamodb/dynamo.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { createBatchSize } from './batch-size.ts'
import type { Due } from './due.ts'
import { createOutcomes } from './outcomes.ts'
import type { Tally } from './outcomes.ts'
import type { Pacer } from './pacer.ts'
import { createRetry } from './retry.ts'
import { createSender } from './send.ts'
import type { Sent } from './send.ts'

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
  /** Called with an error that ends the run. */
  readonly fail: (error: unknown) => void
  readonly progress: () => void
}

/** Deletes records in conditional batches, a bounded number of them at once. */
export function createDeleter({ dynamo, options, concurrency, pacer, tally, stop, fail, progress }: DeleterOptions): Deleter {
  const size = createBatchSize(pacer.slice)
  const outcomes = createOutcomes(tally)
  const sender = createSender({ dynamo, options, size, outcomes, stop })
  const waiting: Due[] = []
  const underWay = new Set<Promise<void>>()
  let free = concurrency
  /** Batches that wait for one under way to end, in order. */
  const queue: (() => void)[] = []

  async function launch(): Promise<void> {
    const batch = waiting.splice(0, size.limit())
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
    const retry = createRetry(stop)
    let left = batch
    let isMixed = false
    while (left.length > 0) {
      let part = left
      const paid = await pacer.take(() => {
        // Records may have turned out to cost more since the batch was made up.
        part = left.slice(0, size.limit())
        return size.unitsOf(part.length)
      })
      if (stop.aborted) return
      let sent: Sent
      const isSingle = isMixed || sender.fallback !== undefined
      try {
        sent = await (isSingle ? sender.deleteOneByOne(part) : sender.executeStatements(part))
        paid(sent.units)
        if (sent.units > 0) size.learn(sent.units, part.length - sent.rest.length)
        tally.consumedWriteUnits += sent.units
      } catch (error) {
        // What was throttled or refused costs nothing; whether the rest was carried out is not known.
        paid(isThrottled(error) || !isRetryable(error) ? 0 : undefined)
        if (!isRetryable(error)) {
          if (isSingle) throw error
          isMixed = sender.fallBack(error)
          continue
        }
        sent = { rest: part, units: 0, error }
      }
      progress()
      const { rest, error } = sent
      const later = left.slice(part.length)
      left = [...rest, ...later]
      if (rest.length < part.length) retry.reset()
      if (rest.length === 0 || error === undefined || (await retry.again(error))) continue
      outcomes.giveUp(rest, error instanceof Error ? error.message : String(error))
      left = later
      retry.reset()
    }
  }

  return {
    async add(due) {
      waiting.push(due)
      if (waiting.length >= size.limit()) await launch()
    },
    async finish() {
      while (waiting.length > 0 && !stop.aborted) await launch()
      await Promise.all(underWay)
    },
    get method() {
      return sender.fallback ? 'deleteItem' : 'partiql'
    },
    get fallback() {
      return sender.fallback
    },
    get refused() {
      return outcomes.refused
    },
    get lastFailure() {
      return outcomes.lastFailure
    },
  }
}
