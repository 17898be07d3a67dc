import { createDynamo } from '../core/dynamodb/dynamo.ts'
import type { Dynamo } from '../core/dynamodb/dynamo.ts'
import { TableMismatchError, TableNotFoundError, TableStoppedError } from '../core/base/errors.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { allowDeletion, moveTimeToLive } from './remedies.ts'
import { createTable, existsAlready, poll, waitUntilActive } from './create.ts'
import type { CreatedTable } from './create.ts'
import { TTL_ATTRIBUTE, resolveTableOptions } from './definition.ts'
import type { TableDefinition, TableOptions, Waiting } from './definition.ts'
import { differencesOf, isCausedBy, missingExtras, timeToLiveOf, toTable } from './state.ts'
import type { SessionTable, TableDifference } from './state.ts'

export type { CreatedTable, NotApplied } from './create.ts'
export type { SessionTable, TableDifference } from './state.ts'

export interface EnsuredTable extends CreatedTable {
  readonly created: boolean
  /** Empty when the table is as the options want it. */
  readonly differences: readonly TableDifference[]
}

/**
 * Creates the table and waits until it is ACTIVE: on-demand billing unless capacities are given, TTL on `expire_at`,
 * with `userIdKey` the index that finds a user's sessions.
 *
 * @returns the table, and the features that the engine lacks.
 * @throws TableMismatchError when the table exists already; TableTimeoutError after `timeout` seconds;
 *   TableStoppedError by `signal`.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
 * @example await createSessionTable({ tableName: 'sessions', userIdKey: 'userId' })
 */
export async function createSessionTable(options: TableOptions = {}): Promise<CreatedTable> {
  return withTable(options, async (dynamo, resolved, definition, waiting) => {
    if (await dynamo.describeTable()) throw existsAlready(resolved.tableName)
    return createTable(dynamo, definition, resolved, waiting)
  })
}

/**
 * Creates the table, or verifies key schema, index and TTL attribute of the one that exists, and its tags, deletion protection
 * and point-in-time recovery where the options ask for them. An existing table is never changed. Idempotent, also when
 * several hosts do it at once.
 *
 * @returns the table, whether it was created here, and what differs with its remedy.
 * @throws TableTimeoutError after `timeout` seconds; TableStoppedError by `signal`.
 */
export async function ensureSessionTable(options: TableOptions = {}): Promise<EnsuredTable> {
  return withTable(options, async (dynamo, resolved, definition, waiting) => {
    if (!(await dynamo.describeTable())) {
      try {
        return { created: true, differences: [], ...(await createTable(dynamo, definition, resolved, waiting)) }
      } catch (error) {
        // Another host was faster.
        if (!(error instanceof TableMismatchError)) throw error
      }
    }
    const description = await waitUntilActive(dynamo, waiting)
    const table = toTable(dynamo.table, description, await timeToLiveOf(dynamo))
    const extras = await missingExtras(dynamo, description, definition, resolved)
    return { created: false, table, notApplied: [], differences: [...differencesOf(table, description, resolved), ...extras] }
  })
}

/** The table as it is; `undefined` when there is none. */
export async function describeSessionTable(options: TableOptions = {}): Promise<SessionTable | undefined> {
  return withTable(options, async (dynamo) => {
    const description = await dynamo.describeTable()
    return description && toTable(dynamo.table, description, await timeToLiveOf(dynamo))
  })
}

/**
 * The table as it is, and what differs from the options.
 * @throws TableNotFoundError.
 */
export async function inspectSessionTable(options: TableOptions): Promise<Pick<EnsuredTable, 'table' | 'differences'>> {
  return withTable(options, async (dynamo, resolved) => {
    const description = await dynamo.describeTable()
    if (!description) throw new TableNotFoundError(dynamo.table, await dynamo.region(), resolved.endpoint)
    const table = toTable(dynamo.table, description, await timeToLiveOf(dynamo))
    return { table, differences: differencesOf(table, description, resolved) }
  })
}

/**
 * Deletes the table with every session in it and waits until it is gone.
 *
 * @returns `false` when there was none.
 * @throws TableMismatchError when it is protected against deletion; TableTimeoutError after `timeout` seconds;
 *   TableStoppedError by `signal`.
 */
export async function deleteSessionTable(options: TableOptions = {}): Promise<boolean> {
  return withTable(options, async (dynamo, resolved, _definition, waiting) => {
    if (waiting.signal?.aborted) throw new TableStoppedError(dynamo.table, 'was not deleted: it was stopped before')
    let deleted: boolean
    try {
      deleted = await dynamo.deleteTable()
    } catch (error) {
      if (!isCausedBy(error, /protect/i, 'ValidationException')) throw error
      throw new TableMismatchError(resolved.tableName, `is protected against deletion; switch that off first: ${allowDeletion(resolved)}`, {
        cause: error,
      })
    }
    await poll(resolved.tableName, 'gone', waiting, async () => !(await dynamo.describeTable()))
    return deleted
  })
}

/**
 * Switches DynamoDB's TTL on for `expire_at`, which deletes expired sessions free of charge. AWS allows one change an
 * hour or so.
 *
 * @returns `false` when it was on already.
 * @throws TableMismatchError when the table's TTL uses another attribute; TableNotFoundError.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
 */
export async function enableSessionTableTtl(options: TableOptions = {}): Promise<boolean> {
  return withTable(options, async (dynamo, resolved) => {
    const ttl = await dynamo.describeTimeToLive()
    const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
    if (isOn && ttl.AttributeName !== TTL_ATTRIBUTE) {
      throw new TableMismatchError(
        resolved.tableName,
        `uses ${ttl.AttributeName} as its TTL attribute; ${moveTimeToLive(resolved, ttl.AttributeName)}`,
      )
    }
    if (!isOn) await dynamo.enableTimeToLive(TTL_ATTRIBUTE)
    return !isOn
  })
}

async function withTable<Result>(
  options: TableOptions,
  work: (dynamo: Dynamo, resolved: ResolvedOptions, definition: TableDefinition, waiting: Waiting) => Promise<Result>,
): Promise<Result> {
  const { resolved, definition, waiting } = resolveTableOptions(options)
  const dynamo = createDynamo(resolved.tableName, resolved)
  try {
    return await work(dynamo, resolved, definition, waiting)
  } finally {
    dynamo.dispose()
  }
}
