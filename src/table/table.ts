import { connect } from '../core/dynamodb/connection.ts'
import { createTableApi } from '../core/dynamodb/table-api.ts'
import type { TableApi } from '../core/dynamodb/table-api.ts'
import { kindOf } from '../core/dynamodb/transport-error.ts'
import { TableMismatchError, TableNotFoundError, TableStoppedError } from '../core/base/errors.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { allowDeletion, moveTimeToLive } from './remedies.ts'
import { createTable, existsAlready, poll, waitUntilActive } from './create.ts'
import type { CreatedTable } from './create.ts'
import { TTL_ATTRIBUTE, resolveTableOptions } from './definition.ts'
import type { TableDefinition, TableOptions, Waiting } from './definition.ts'
import { differencesOf, timeToLiveOf, toTable } from './state.ts'
import type { SessionTable, TableDifference } from './state.ts'
import { verifyTable } from './verify.ts'

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
  return withTable(options, async (api, resolved, definition, waiting) => {
    if (await api.describe()) throw existsAlready(resolved.tableName)
    return createTable(api, definition, resolved, waiting)
  })
}

/**
 * Creates the table, or verifies key schema, index and TTL attribute of the one that exists, and its tags, deletion protection
 * and point-in-time recovery where the options ask for them. An existing table is never changed. Idempotent, also when
 * several hosts do it at once: what a table less than a minute old lacks is waited for, 4 s at most, since whoever made it may be about to
 * switch it on.
 *
 * @returns the table, whether it was created here, and what differs with its remedy.
 * @throws TableTimeoutError after `timeout` seconds; TableStoppedError by `signal`.
 */
export async function ensureSessionTable(options: TableOptions = {}): Promise<EnsuredTable> {
  return withTable(options, async (api, resolved, definition, waiting) => {
    if (!(await api.describe())) {
      try {
        return { created: true, differences: [], ...(await createTable(api, definition, resolved, waiting)) }
      } catch (error) {
        // Another host was faster.
        if (!(error instanceof TableMismatchError)) throw error
      }
    }
    const description = await waitUntilActive(api, waiting)
    return { created: false, notApplied: [], ...(await verifyTable(api, description, definition, resolved, waiting)) }
  })
}

/** The table as it is; `undefined` when there is none. */
export async function describeSessionTable(options: TableOptions = {}): Promise<SessionTable | undefined> {
  return withTable(options, async (api) => {
    const description = await api.describe()
    return description && toTable(api.table, description, await timeToLiveOf(api))
  })
}

/**
 * The table as it is, and what differs from the options.
 * @throws TableNotFoundError.
 */
export async function inspectSessionTable(options: TableOptions): Promise<Pick<EnsuredTable, 'table' | 'differences'>> {
  return withTable(options, async (api, resolved) => {
    const description = await api.describe()
    if (!description) throw new TableNotFoundError(api.table, await api.region(), resolved.endpoint)
    const table = toTable(api.table, description, await timeToLiveOf(api))
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
  return withTable(options, async (api, resolved, _definition, waiting) => {
    if (waiting.signal?.aborted) throw new TableStoppedError(api.table, 'was not deleted: it was stopped before')
    let deleted: boolean
    try {
      deleted = await api.delete()
    } catch (error) {
      if (kindOf(error) !== 'validation' || !/protect/i.test((error as Error).message)) throw error
      throw new TableMismatchError(resolved.tableName, `is protected against deletion; switch that off first: ${allowDeletion(resolved)}`, {
        cause: error,
      })
    }
    await poll(resolved.tableName, 'gone', waiting, async () => !(await api.describe()))
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
  return withTable(options, async (api, resolved) => {
    const ttl = await api.describeTimeToLive()
    const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING'
    if (isOn && ttl.AttributeName !== TTL_ATTRIBUTE) {
      throw new TableMismatchError(
        resolved.tableName,
        `uses ${ttl.AttributeName} as its TTL attribute; ${moveTimeToLive(resolved, ttl.AttributeName)}`,
      )
    }
    if (!isOn) await api.enableTimeToLive(TTL_ATTRIBUTE)
    return !isOn
  })
}

async function withTable<Result>(
  options: TableOptions,
  work: (api: TableApi, resolved: ResolvedOptions, definition: TableDefinition, waiting: Waiting) => Promise<Result>,
): Promise<Result> {
  const { resolved, definition, waiting } = resolveTableOptions(options)
  const connection = connect(resolved.tableName, resolved)
  try {
    return await work(createTableApi(connection), resolved, definition, waiting)
  } finally {
    connection.dispose()
  }
}
