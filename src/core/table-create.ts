import type { Dynamo, TableDescription } from './dynamodb.ts'
import { TableMismatchError, TableNotFoundError, TableTimeoutError } from './errors.ts'
import type { DynamoDBRequestError } from './errors.ts'
import type { TableDefinition } from './table-options.ts'
import { isCausedBy, isUnsupported, timeToLiveOf, toTable, toTags } from './table-state.ts'
import type { SessionTable } from './table-state.ts'
import { sleep } from './time.ts'

/** A feature that the engine lacks; the table works without it. */
export interface NotApplied {
  readonly feature: 'timeToLive' | 'tags' | 'deletionProtection' | 'pointInTimeRecovery'
  readonly reason: string
}

export interface CreatedTable {
  readonly table: SessionTable
  readonly notApplied: readonly NotApplied[]
}

/** Makes the table and all that belongs to it. */
export async function createTable(dynamo: Dynamo, definition: TableDefinition, timeout: number): Promise<CreatedTable> {
  const notApplied: NotApplied[] = []
  const attempt = async (feature: NotApplied['feature'], apply: () => Promise<void>): Promise<void> => {
    try {
      await apply()
    } catch (error) {
      if (!isUnsupported(error)) throw error
      notApplied.push({ feature, reason: `the engine does not know ${(error as DynamoDBRequestError).action}` })
    }
  }
  const { request } = definition
  try {
    if (definition.deletionProtection) await createProtected(dynamo, request)
    else await dynamo.createTable(request)
  } catch (error) {
    if (isCausedBy(error, /./, 'ResourceInUseException')) throw existsAlready(definition.tableName, error)
    throw error
  }
  const description = await waitUntilActive(dynamo, timeout)
  if (definition.deletionProtection && !description.DeletionProtectionEnabled) {
    notApplied.push({ feature: 'deletionProtection', reason: 'the engine does not know deletion protection' })
  }
  await attempt('timeToLive', () => dynamo.enableTimeToLive(definition.timeToLive))
  if (definition.pointInTimeRecovery) await attempt('pointInTimeRecovery', () => dynamo.enablePointInTimeRecovery())
  // Tags go in a request of their own: an engine that cannot tag then still makes the table.
  const tags = toTags(definition.tags)
  if (tags.length > 0) await attempt('tags', () => dynamo.tag(description.TableArn ?? '', tags))
  return { table: toTable(dynamo.table, description, await timeToLiveOf(dynamo)), notApplied }
}

/** An engine that does not know the parameter may refuse the whole request. */
async function createProtected(dynamo: Dynamo, request: TableDefinition['request']): Promise<void> {
  try {
    await dynamo.createTable({ ...request, DeletionProtectionEnabled: true })
  } catch (error) {
    if (!isCausedBy(error, /DeletionProtection/i, 'ValidationException', 'SerializationException')) throw error
    await dynamo.createTable(request)
  }
}

export async function waitUntilActive(dynamo: Dynamo, timeout: number): Promise<TableDescription> {
  let description: TableDescription | undefined
  await poll(dynamo.table, 'ACTIVE', timeout, async () => {
    description = await dynamo.describeTable()
    if (description?.TableStatus === 'DELETING') throw new TableMismatchError(dynamo.table, 'is being deleted; try again when it is gone')
    const indexes = description?.GlobalSecondaryIndexes ?? []
    return (
      description?.TableStatus === 'ACTIVE' && indexes.every((index) => index.IndexStatus === undefined || index.IndexStatus === 'ACTIVE')
    )
  })
  if (!description) throw new TableNotFoundError(dynamo.table, await dynamo.region(), undefined)
  return description
}

export async function poll(tableName: string, what: string, timeout: number, isDone: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + timeout * 1000
  for (let pause = 100; !(await isDone()); pause = Math.min(pause * 2, 5000)) {
    if (performance.now() + pause > until) throw new TableTimeoutError(tableName, what, timeout)
    await sleep(pause)
  }
}

export function existsAlready(tableName: string, cause?: unknown): TableMismatchError {
  return new TableMismatchError(
    tableName,
    'exists already; `dynamodb-sessions table ensure`, or `ensureSessionTable`, tells how it differs from the options',
    { cause },
  )
}
