import type { Dynamo, TableDescription } from '../core/dynamodb/dynamo.ts'
import { TableMismatchError, TableNotFoundError, TableStoppedError, TableTimeoutError } from '../core/base/errors.ts'
import type { DynamoDBRequestError, Unfinished } from '../core/base/errors.ts'
import { ENABLE_TTL, addTags, enablePointInTimeRecovery } from './remedies.ts'
import type { Whereabouts } from './remedies.ts'
import type { TableDefinition, TableProgress, Waiting } from './definition.ts'
import { isCausedBy, isUnsupported, timeToLiveOf, toTable, toTags } from './state.ts'
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
 * @throws TableTimeoutError, TableStoppedError: both tell what the table does not have yet.
 */
export async function createTable(
  dynamo: Dynamo,
  definition: TableDefinition,
  where: Whereabouts,
  waiting: Waiting,
): Promise<CreatedTable> {
  if (waiting.signal?.aborted) throw new TableStoppedError(dynamo.table, 'was not created: it was stopped before')
  const made = await sendCreation(dynamo, definition)
  const steps = stepsOf(dynamo, definition, where, made?.TableArn ?? dynamo.table)
  const description = await waitUntilActive(dynamo, waiting, steps)
  const notApplied: NotApplied[] = []
  if (definition.deletionProtection && !description.DeletionProtectionEnabled) {
    notApplied.push({ feature: 'deletionProtection', reason: 'the engine does not know deletion protection' })
  }
  for (const [index, { what, apply }] of steps.entries()) {
    if (waiting.signal?.aborted) throw new TableStoppedError(dynamo.table, 'was stopped half-way', unfinished(steps.slice(index)))
    try {
      await apply()
    } catch (error) {
      if (!isUnsupported(error)) throw error
      notApplied.push({ feature: what, reason: `the engine does not know ${(error as DynamoDBRequestError).action}` })
    }
  }
  return { table: toTable(dynamo.table, description, await timeToLiveOf(dynamo)), notApplied }
}

/** What takes requests of its own, when the table is ACTIVE. */
interface Step extends Unfinished {
  readonly apply: () => Promise<void>
}

/** Tags could go with the creation, but then an engine that cannot tag would not make the table. */
function stepsOf(dynamo: Dynamo, definition: TableDefinition, where: Whereabouts, arn: string): Step[] {
  const tags = toTags(definition.tags)
  const steps: (Step | false)[] = [
    { what: 'timeToLive', remedy: `run ${ENABLE_TTL}`, apply: () => dynamo.enableTimeToLive(definition.timeToLive) },
    definition.pointInTimeRecovery && {
      what: 'pointInTimeRecovery',
      remedy: enablePointInTimeRecovery(where),
      apply: () => dynamo.enablePointInTimeRecovery(),
    },
    tags.length > 0 && { what: 'tags', remedy: addTags(where, arn, tags), apply: () => dynamo.tag(arn, tags) },
  ]
  return steps.filter((step) => step !== false)
}

function unfinished(steps: readonly Step[]): Unfinished[] {
  return steps.map(({ what, remedy }) => ({ what, remedy }))
}

async function sendCreation(dynamo: Dynamo, { request, deletionProtection }: TableDefinition): Promise<TableDescription | undefined> {
  try {
    return await (deletionProtection ? createProtected(dynamo, request) : dynamo.createTable(request))
  } catch (error) {
    if (isCausedBy(error, /./, 'ResourceInUseException')) throw existsAlready(dynamo.table, error)
    throw error
  }
}

/** An engine that does not know the parameter may refuse the whole request. */
async function createProtected(dynamo: Dynamo, request: TableDefinition['request']): Promise<TableDescription | undefined> {
  try {
    return await dynamo.createTable({ ...request, DeletionProtectionEnabled: true })
  } catch (error) {
    if (!isCausedBy(error, /DeletionProtection/i, 'ValidationException', 'SerializationException')) throw error
    return dynamo.createTable(request)
  }
}

export async function waitUntilActive(dynamo: Dynamo, waiting: Waiting, left: readonly Step[] = []): Promise<TableDescription> {
  let description: TableDescription | undefined
  const isActive = async (): Promise<boolean> => {
    description = await dynamo.describeTable()
    if (description?.TableStatus === 'DELETING') throw new TableMismatchError(dynamo.table, 'is being deleted; try again when it is gone')
    const indexes = description?.GlobalSecondaryIndexes ?? []
    return (
      description?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === undefined || index.IndexStatus === 'ACTIVE')
    )
  }
  await poll(dynamo.table, 'ACTIVE', waiting, isActive, left)
  if (!description) throw new TableNotFoundError(dynamo.table, await dynamo.region(), undefined)
  return description
}

/** Looks again and again, more and more seldom. `left`: what is to be done afterwards, for those who wait in vain. */
export async function poll(
  tableName: string,
  waitingFor: TableProgress['waitingFor'],
  { timeout, signal, onWait }: Waiting,
  isDone: () => Promise<boolean>,
  left: readonly Step[] = [],
): Promise<void> {
  const began = performance.now()
  for (let pause = 100; !(await isDone()); pause = Math.min(pause * 2, 5000)) {
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
