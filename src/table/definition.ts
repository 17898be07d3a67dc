import type { CreateTableInput } from '../core/dynamodb/table-api.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { resolveOptions } from '../core/options/options.ts'
import { withProvided } from '../core/options/provided.ts'
import type { ResolvedOptions, SessionOptions } from '../core/options/options.ts'
import { USER_INDEX } from '../core/items/schema.ts'

/** DynamoDB's TTL attribute. */
export const TTL_ATTRIBUTE = 'expire_at'

/** The flat set of options, and what concerns tables only. */
export interface TableOptions extends SessionOptions {
  /** Tags of a new table; `ensureSessionTable` reports an existing one that lacks some. The same goes for the next two. */
  tags?: Record<string, string> | undefined
  /** Whether a new table refuses deletion until this is switched off. Default `false`. */
  deletionProtection?: boolean | undefined
  /** Whether a new table can be restored to any second of the last 35 days. Default `false`. */
  pointInTimeRecovery?: boolean | undefined
  /** `true`: encrypt a new table with AWS's managed KMS key, a text: with the key of that ARN. Default: AWS's own key. */
  serverSideEncryption?: boolean | string | undefined
  /** Seconds to wait for the table to become ready or to be gone, 1 to 3600. Default 300. */
  timeout?: number | undefined
  /** Stops the operation: it rejects with TableStoppedError, which names what is left to do. */
  signal?: AbortSignal | undefined
  /** Called when a wait for the table begins, and after each look at it. An error that it throws ends the wait. */
  onWait?: ((progress: TableProgress) => void) | undefined
}

export interface TableProgress {
  readonly tableName: string
  /** `complete`: another host has made it, and may be about to switch on what it lacks. */
  readonly waitingFor: 'ACTIVE' | 'complete' | 'gone'
  /** Seconds of the wait so far. */
  readonly seconds: number
}

/** How long to wait for a table, and what is called meanwhile. */
export interface Waiting {
  /** Seconds. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly onWait: TableOptions['onWait']
}

export interface Throughput {
  readonly ReadCapacityUnits: number
  readonly WriteCapacityUnits: number
}

/** All that a session table is: what `createSessionTable` asks for, and what infrastructure templates say. */
export interface TableDefinition {
  readonly tableName: string
  readonly request: Omit<CreateTableInput, 'TableName'>
  readonly timeToLive: typeof TTL_ATTRIBUTE
  readonly tags: Readonly<Record<string, string>>
  readonly deletionProtection: boolean
  readonly pointInTimeRecovery: boolean
}

/**
 * Checks the options of a table.
 * @throws InvalidOptionError naming the option and the remedy.
 */
export function resolveTableOptions(options: TableOptions): {
  resolved: ResolvedOptions
  definition: TableDefinition
  waiting: Waiting
} {
  const {
    tags = {},
    deletionProtection = false,
    pointInTimeRecovery = false,
    serverSideEncryption = false,
    timeout = 300,
    signal,
    onWait,
    ...flat
  } = options
  if (typeof tags !== 'object' || tags === null || Object.values(tags).some((value) => typeof value !== 'string')) {
    throw new InvalidOptionError('tags', 'must be an object of texts')
  }
  for (const [name, value] of Object.entries({ deletionProtection, pointInTimeRecovery })) {
    if (typeof value !== 'boolean') throw new InvalidOptionError(name, `must be true or false; it is a ${typeof value}`)
  }
  if (!['boolean', 'string'].includes(typeof serverSideEncryption)) {
    throw new InvalidOptionError(
      'serverSideEncryption',
      `must be true, false or the ARN of a KMS key; it is a ${typeof serverSideEncryption}`,
    )
  }
  if (typeof timeout !== 'number' || !(timeout >= 1 && timeout <= 3600)) {
    throw new InvalidOptionError('timeout', 'must be a number of seconds from 1 to 3600')
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new InvalidOptionError('signal', 'must be an AbortSignal')
  if (onWait !== undefined && typeof onWait !== 'function') throw new InvalidOptionError('onWait', 'must be a function')
  const resolved = resolveOptions(withProvided(flat))
  const definition = {
    tableName: resolved.tableName,
    request: tableRequest(resolved, serverSideEncryption),
    timeToLive: TTL_ATTRIBUTE,
    tags,
    deletionProtection,
    pointInTimeRecovery,
  } as const
  return { resolved, definition, waiting: { timeout, signal, onWait } }
}

/** The capacities that the options ask for; `undefined`: on demand. */
export function throughputOf({ billingMode, readCapacity, writeCapacity }: ResolvedOptions): Throughput | undefined {
  if (billingMode !== 'PROVISIONED' && readCapacity === undefined && writeCapacity === undefined) return undefined
  // The gem's defaults, where one of the two is given.
  return { ReadCapacityUnits: readCapacity ?? 10, WriteCapacityUnits: writeCapacity ?? 5 }
}

/** The request that makes the table. */
function tableRequest(options: ResolvedOptions, serverSideEncryption: boolean | string): TableDefinition['request'] {
  const { tableKey, sortKey, userIdKey } = options
  const units = throughputOf(options)
  const throughput = units ? { ProvisionedThroughput: units } : {}
  const strings = [tableKey, ...(sortKey === undefined ? [] : [sortKey]), ...(userIdKey === undefined ? [] : ['user_id'])]
  return {
    AttributeDefinitions: strings.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    KeySchema: [
      { AttributeName: tableKey, KeyType: 'HASH' },
      ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
    ],
    BillingMode: units ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    ...throughput,
    ...(userIdKey === undefined
      ? {}
      : {
          GlobalSecondaryIndexes: [
            {
              IndexName: USER_INDEX,
              KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' as const }],
              Projection: { ProjectionType: 'KEYS_ONLY' as const },
              ...throughput,
            },
          ],
        }),
    ...(serverSideEncryption
      ? {
          SSESpecification: {
            Enabled: true,
            SSEType: 'KMS' as const,
            ...(typeof serverSideEncryption === 'string' ? { KMSMasterKeyId: serverSideEncryption } : {}),
          },
        }
      : {}),
  }
}
