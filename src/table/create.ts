import type { TableApi, TableDescription } from '../core/dynamodb/table-api.ts'
import { kindOf } from '../core/dynamodb/transport-error.ts'
import { TableMismatchError, TableNotFoundError, TableStoppedError, TableTimeoutError } from '../core/base/errors.ts'
import type { DynamoDBRequestError, Unfinished } from '../core/base/errors.ts'
import { ENABLE_TTL, addTags, enablePointInTimeRecovery } from './remedies.ts'
import type { Whereabouts } from './remedies.ts'
import type { TableDefinition, TableProgress, Waiting } from './definition.ts'
import { timeToLiveOf, toTable, toTags } from './state.ts'
import type { SessionTable } from './state.ts'
import { sleep } from '../core/base/wait.ts'

/** A feature that the engine lacks; the table works without it. */
export interface NotApplied {
  readonly feature: 'timeToLive' | 'tags' | 'deletionProtection' | 'pointInTimeRecovery'
  readonly reason: string
}

export interface CreatedTable {
  readonly table: SessionTable
  readonly notApplied: readonly NotApplied[]
}

/**
 * Makes the table and all that belongs to it.
 * @throws TableTimeoutError, TableStoppedError: both name what the table does not have yet.
 */
export async function createTable(api: TableApi, definition: TableDefinition, where: Whereabouts, waiting: Waiting): Promise<CreatedTable> {
  if (waiting.signal?.aborted) throw new TableStoppedError(api.table, 'was not created: it was stopped before')
  const made = await sendCreation(api, definition)
  const steps = stepsOf(api, definition, where, made?.TableArn ?? api.table)
  const description = await waitUntilActive(api, waiting, steps)
  const notApplied: NotApplied[] = []
  if (definition.deletionProtection && !description.DeletionProtectionEnabled) {
    notApplied.push({ feature: 'deletionProtection', reason: 'the engine does not know deletion protection' })
  }
  for (const [index, { what, apply }] of steps.entries()) {
    if (waiting.signal?.aborted) throw new TableStoppedError(api.table, 'was stopped half-way', unfinished(steps.slice(index)))
    try {
      await apply()
    } catch (error) {
      if (kindOf(error) !== 'unsupported') throw error
      notApplied.push({ feature: what, reason: `the engine does not know ${(error as DynamoDBRequestError).action}` })
    }
  }
  return { table: toTable(api.table, description, await timeToLiveOf(api)), notApplied }
}

/** What takes requests of its own, when the table is ACTIVE. */
interface Step extends Unfinished {
  readonly apply: () => Promise<void>
}

/** Tags could go with the creation, but then an engine that cannot tag would not make the table. */
function stepsOf(api: TableApi, definition: TableDefinition, where: Whereabouts, arn: string): Step[] {
  const tags = toTags(definition.tags)
  const steps: (Step | false)[] = [
    { what: 'timeToLive', remedy: `run ${ENABLE_TTL}`, apply: () => api.enableTimeToLive(definition.timeToLive) },
    definition.pointInTimeRecovery && {
      what: 'pointInTimeRecovery',
      remedy: enablePointInTimeRecovery(where),
      apply: () => api.enablePointInTimeRecovery(),
    },
    tags.length > 0 && { what: 'tags', remedy: addTags(where, arn, tags), apply: () => api.tag(arn, tags) },
  ]
  return steps.filter((step) => step !== false)
}

function unfinished(steps: readonly Step[]): Unfinished[] {
  return steps.map(({ what, remedy }) => ({ what, remedy }))
}

async function sendCreation(api: TableApi, { request, deletionProtection }: TableDefinition): Promise<TableDescription | undefined> {
  try {
    return await (deletionProtection ? createProtected(api, request) : api.create(request))
  } catch (error) {
    if (kindOf(error) === 'inUse') throw existsAlready(api.table, error)
    throw error
  }
}

/** An engine that does not know the parameter may refuse the whole request. */
async function createProtected(api: TableApi, request: TableDefinition['request']): Promise<TableDescription | undefined> {
  try {
    return await api.create({ ...request, DeletionProtectionEnabled: true })
  } catch (error) {
    if (kindOf(error) !== 'validation' || !/DeletionProtection/i.test((error as Error).message)) throw error
    return api.create(request)
  }
}

export async function waitUntilActive(api: TableApi, waiting: Waiting, left: readonly Step[] = []): Promise<TableDescription> {
  let description: TableDescription | undefined
  const isActive = async (): Promise<boolean> => {
    description = await api.describe()
    if (description?.TableStatus === 'DELETING') throw new TableMismatchError(api.table, 'is being deleted; try again when it is gone')
    const indexes = description?.GlobalSecondaryIndexes ?? []
    return (
      description?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === undefined || index.IndexStatus === 'ACTIVE')
    )
  }
  await poll(api.table, 'ACTIVE', waiting, isActive, left)
  if (!description) throw new TableNotFoundError(api.table, await api.region(), undefined)
  return description
}

/** Milliseconds between two looks at a table, at most. */
const LONGEST_PAUSE = 2000

/** Looks again and again, more and more seldom. `left`: what is to be done afterwards, for those who wait in vain. */
export async function poll(
  tableName: string,
  waitingFor: TableProgress['waitingFor'],
  { timeout, signal, onWait }: Waiting,
  isDone: () => Promise<boolean>,
  left: readonly Step[] = [],
): Promise<void> {
  const began = performance.now()
  for (let pause = 100; !(await isDone()); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const waited = performance.now() - began
    if (waited + pause > timeout * 1000) throw new TableTimeoutError(tableName, waitingFor, timeout, unfinished(left))
    onWait?.({ tableName, waitingFor, seconds: waited / 1000 })
    await sleep(pause, signal)
    if (signal?.aborted) {
      throw new TableStoppedError(tableName, `was not ${waitingFor} yet when the wait for it was stopped`, unfinished(left))
    }
  }
}

export function existsAlready(tableName: string, cause?: unknown): TableMismatchError {
  return new TableMismatchError(
    tableName,
    'exists already; `dynamodb-sessions table ensure`, or `ensureSessionTable`, tells how it differs from the options',
    { cause },
  )
}
