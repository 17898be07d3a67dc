import { TableTimeoutError } from '../core/base/errors.ts'
import { now } from '../core/base/time.ts'
import type { TableApi, TableDescription } from '../core/dynamodb/table-api.ts'
import type { ResolvedOptions } from '../core/options/options.ts'
import { poll } from './create.ts'
import type { TableDefinition, Waiting } from './definition.ts'
import { differencesOf, missingExtras, timeToLiveOf, toTable } from './state.ts'
import type { SessionTable, TableDifference } from './state.ts'

export interface Verified {
  readonly table: SessionTable
  readonly differences: readonly TableDifference[]
}

/** Seconds after its creation in which a host may still be at work on a table. */
const YOUNG = 60
/** Seconds. Whoever makes a table looks at it every 2 s at least, and goes on once it is ACTIVE. */
const PATIENCE = 4
/** What a table gets when it is ACTIVE, by requests of their own. */
const LATE: ReadonlySet<TableDifference['what']> = new Set(['timeToLive', 'pointInTimeRecovery', 'tags'] as const)

/**
 * What differs about a table that is ACTIVE. Where it is young, another host may have made it a moment ago and have yet to switch TTL on:
 * that is waited for, some seconds at most.
 */
export async function verifyTable(
  api: TableApi,
  description: TableDescription,
  definition: TableDefinition,
  options: ResolvedOptions,
  waiting: Waiting,
): Promise<Verified> {
  let found!: Verified
  async function isDone(): Promise<boolean> {
    const table = toTable(api.table, description, await timeToLiveOf(api))
    const extras = await missingExtras(api, description, definition, options)
    found = { table, differences: [...differencesOf(table, description, options), ...extras] }
    return !isYoung(description) || !mayComeYet(found)
  }
  try {
    await poll(api.table, 'complete', { ...waiting, timeout: Math.min(waiting.timeout, PATIENCE) }, isDone)
  } catch (error) {
    // Nobody is at work on it: what it lacks is told.
    if (!(error instanceof TableTimeoutError)) throw error
  }
  return found
}

/** By this host's clock, which may be behind or ahead. */
function isYoung({ CreationDateTime: made }: TableDescription): boolean {
  return typeof made === 'number' && Math.abs(now() - made) < YOUNG
}

/** TTL on another attribute stays so. */
function mayComeYet({ table, differences }: Verified): boolean {
  return differences.some(({ what }) => LATE.has(what) && (what !== 'timeToLive' || table.timeToLive?.status === 'DISABLED'))
}
