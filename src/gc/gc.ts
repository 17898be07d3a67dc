import { setMaxListeners } from 'node:events'
import { connect } from '../core/dynamodb/connection.ts'
import { createDynamo } from '../core/dynamodb/dynamo.ts'
import { createTableApi } from '../core/dynamodb/table-api.ts'
import type { TableApi, TableDescription } from '../core/dynamodb/table-api.ts'
import { AccessDeniedError, InvalidOptionError, TableMismatchError, TableNotFoundError } from '../core/base/errors.ts'
import { createClock, watched } from './clock.ts'
import { createDeleter } from './delete.ts'
import { createJudge, lifetimesOf } from './due.ts'
import { createScan } from './scan.ts'
import { fromResumeToken, toResumeToken } from './resume-token.ts'
import { resolveOptions } from '../core/options/options.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { withProvided } from '../core/options/provided.ts'
import { splitOptions } from './options.ts'
import type { GarbageCollectionOptions } from './options.ts'
import { createPacer } from './pacer.ts'
import type { GarbageCollectionNote, GarbageCollectionResult } from './result.ts'
import { TTL_ATTRIBUTE } from '../table/definition.ts'
import { keyNames } from '../table/keys.ts'
import { timeToLiveOf } from '../table/state.ts'

export type { GarbageCollectionOptions } from './options.ts'
export type { GarbageCollectionCounts, GarbageCollectionNote, GarbageCollectionProgress, GarbageCollectionResult } from './result.ts'

/** A segment for so many bytes: about 16 pages. */
const BYTES_PER_SEGMENT = 16 * 1024 * 1024
/** Milliseconds between calls of `onProgress`. */
const PROGRESS_EVERY = 100

/**
 * Deletes sessions that are older than `maxAge` or idle longer than `maxStale`, where code, environment or file set these, and
 * records past their own `expire_at`, unless the table's TTL does that. A session that is used meanwhile lives. Ages are judged by our clock
 * or DynamoDB's, whichever is earlier.
 *
 * @returns what was done; `notes` say when there was nothing to collect by.
 * @throws InvalidOptionError; TableNotFoundError; TableMismatchError for other keys than the table's; AccessDeniedError naming the
 *   action; DynamoDBRequestError when DynamoDB cannot be reached. Throttling is waited out.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
 * @example await collectGarbage({ tableName: 'sessions', maxStale: 14 * 24 * 60 * 60, maxWriteRate: 100 })
 */
export async function collectGarbage(options: GarbageCollectionOptions = {}): Promise<GarbageCollectionResult> {
  const { own, flat } = splitOptions(withProvided(options))
  const resolved = resolveOptions(flat)
  const lifetimes = lifetimesOf(flat)
  const clock = createClock()
  const connection = watched(connect(resolved.tableName, resolved), clock)
  const api = createTableApi(connection)
  const startedAt = performance.now()
  const counts = {
    scanned: 0,
    matched: 0,
    deleted: 0,
    spared: 0,
    kept: 0,
    ignored: 0,
    failed: 0,
    consumedReadUnits: 0,
    consumedWriteUnits: 0,
  }
  const seconds = (): number => (performance.now() - startedAt) / 1000
  const notes: GarbageCollectionNote[] = []
  const stop = new AbortController()
  // Every batch and every page may wait for it before another attempt.
  setMaxListeners(0, stop.signal)
  const abort = (): void => stop.abort()
  own.signal?.addEventListener('abort', abort)
  if (own.signal?.aborted) abort()
  let failure: { readonly error: unknown } | undefined
  const fail = (error: unknown): void => {
    failure ??= { error }
    abort()
  }

  try {
    const resumed = own.resumeToken === undefined ? undefined : fromResumeToken(own.resumeToken, resolved.tableName, resolved)
    if (resumed && own.segments !== undefined && own.segments !== resumed.length) {
      throw new InvalidOptionError('segments', `is ${own.segments}, but the run to go on with had ${resumed.length}; leave it out`)
    }
    const ttlDeletes = !own.includeExpired && (await isTtlOn(api))
    if (ttlDeletes && lifetimes.maxAge === undefined && lifetimes.maxStale === undefined) {
      const message = 'neither `maxAge` nor `maxStale` is set, and the table’s TTL deletes what is expired: nothing was read or deleted'
      return { ...counts, seconds: seconds(), deletedWith: 'partiql', notes: [{ code: 'NOTHING_TO_COLLECT_BY', message }] }
    }
    if (ttlDeletes) notes.push({ code: 'EXPIRED_LEFT_TO_TTL', message: 'records past their own `expire_at` are left to the table’s TTL' })
    const description = await describe(api, resolved)
    const itemCount = description?.ItemCount
    let calledAt = -Infinity
    let called: Promise<void> | undefined
    const progress = (isLast = false): void => {
      if (!own.onProgress || (!isLast && performance.now() - calledAt < PROGRESS_EVERY)) return
      calledAt = performance.now()
      // A callback may well be asynchronous, whatever its type says.
      called = Promise.resolve(own.onProgress({ ...counts, seconds: seconds(), itemCount })).catch(fail)
    }
    const reads = createPacer(own.maxReadRate, stop.signal)
    const writes = createPacer(own.maxWriteRate, stop.signal)
    const shared = { dynamo: createDynamo(connection), options: resolved, tally: counts, stop: stop.signal, progress }
    const deleter = createDeleter({ ...shared, concurrency: own.concurrency ?? 16, pacer: writes, fail })
    const scan = createScan({
      ...shared,
      positions: resumed ?? Array.from({ length: own.segments ?? segmentsFor(description) }, () => ({ from: null, left: [] })),
      pacer: reads,
      now: clock.now,
      judge: createJudge(resolved, { ...lifetimes, expired: !ttlDeletes }),
      collect: own.dryRun ? async (due) => due.settled() : deleter.add,
    })
    await scan.run().catch(fail)
    do await deleter.finish()
    while (!stop.signal.aborted && (await scan.collectRest()))
    if (deleter.refused) fail(deleter.refused)
    await Promise.all([reads.settle(), writes.settle()])
    if (!failure) progress(true)
    await called
    if (failure) throw failure.error
    if (deleter.fallback) notes.push({ code: 'WITHOUT_PARTIQL', message: `single DeleteItems took over: ${deleter.fallback.message}` })
    if (deleter.lastFailure !== undefined) notes.push({ code: 'FAILED_DELETES', message: deleter.lastFailure })
    const differs = clock.note()
    if (differs) notes.push(differs)
    const positions = scan.positions()
    const isDone = positions.every(({ from, left }) => from === 'done' && left.length === 0)
    return {
      ...counts,
      seconds: seconds(),
      deletedWith: deleter.method,
      notes,
      ...(isDone ? {} : { resumeToken: toResumeToken(resolved.tableName, positions) }),
    }
  } finally {
    own.signal?.removeEventListener('abort', abort)
    connection.dispose()
  }
}

async function isTtlOn(api: TableApi): Promise<boolean> {
  const ttl = await timeToLiveOf(api)
  return ttl?.status === 'ENABLED' && ttl.attribute === TTL_ATTRIBUTE
}

/** The table, whose size is only a hint: a role for garbage collection may do without the permission. */
async function describe(api: TableApi, { tableKey, sortKey, endpoint }: ResolvedOptions): Promise<TableDescription | undefined> {
  let description: TableDescription | undefined
  try {
    description = await api.describe()
  } catch (error) {
    if (error instanceof AccessDeniedError) return undefined
    throw error
  }
  if (!description) throw new TableNotFoundError(api.table, await api.region(), endpoint)
  const { hash, range } = keyNames(description)
  if (hash !== tableKey || range !== sortKey) {
    const found = [hash, range].filter((name) => name !== undefined).join(' and ')
    throw new TableMismatchError(api.table, `has the key ${found}; set \`tableKey\`, and \`sortKey\` with \`sortKeyValue\``)
  }
  return description
}

function segmentsFor(description: TableDescription | undefined): number {
  return Math.min(16, Math.max(8, Math.ceil((description?.TableSizeBytes ?? 0) / BYTES_PER_SEGMENT)))
}
