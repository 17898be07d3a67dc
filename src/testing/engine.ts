// Tables in memory by their names, and what is asked of tables as a whole.
import type { CreateTableInput, InputOf, Item, Operation, OutputOf } from '../core/dynamodb/model.ts'
import { TransportError } from '../core/dynamodb/transport-error.ts'
import { scopeOf } from './parts.ts'
import type { Asked } from './parts.ts'
import { createTable } from './table.ts'
import type { Table } from './table.ts'
import { checkUsed } from './tokens.ts'
import { invalid, unsupported } from './values.ts'

/** DynamoDB in memory, behind the JSON that goes over the wire. */
export interface Engine {
  /**
   * Carries a request out. Nothing that is given or returned is what the tables hold.
   * @throws TransportError as DynamoDB does, and of the kind `unsupported` for what is not supported here.
   */
  run<Name extends Operation>(operation: Name, input: InputOf<Name>): OutputOf<Name>
}

interface Made {
  readonly table: Table
  readonly input: CreateTableInput
  /** Seconds since the epoch. */
  readonly createdAt: number
}

/** What is understood of each request. */
const MEMBERS: Partial<Record<Operation, RegExp>> = {
  GetItem: /^(?:Key|ConsistentRead|ProjectionExpression|ExpressionAttributeNames)$/,
  PutItem: /^(?:Item|ConditionExpression|ExpressionAttribute(?:Names|Values)|ReturnValues(?:OnConditionCheckFailure)?)$/,
  UpdateItem:
    /^(?:Key|UpdateExpression|AttributeUpdates|ConditionExpression|ExpressionAttribute(?:Names|Values)|ReturnValues(?:OnConditionCheckFailure)?)$/,
  DeleteItem: /^(?:Key|ConditionExpression|ExpressionAttribute(?:Names|Values)|ReturnValues(?:OnConditionCheckFailure)?)$/,
  BatchGetItem: /^RequestItems$/,
  BatchWriteItem: /^RequestItems$/,
  Query:
    /^(?:IndexName|KeyConditionExpression|FilterExpression|ProjectionExpression|ExpressionAttribute(?:Names|Values)|Select|Limit|ConsistentRead|ExclusiveStartKey)$/,
  Scan: /^(?:IndexName|FilterExpression|ProjectionExpression|ExpressionAttribute(?:Names|Values)|Select|Limit|ConsistentRead|ExclusiveStartKey|Segment|TotalSegments)$/,
}

export function createEngine(): Engine {
  const tables = new Map<string, Made>()

  function named(name: unknown): Made {
    const made = tables.get(String(name))
    if (made) return made
    throw new TransportError('notFound', 'ResourceNotFoundException', `Requested resource not found: Table: ${String(name)} not found`, {
      status: 400,
    })
  }

  const control: { readonly [Name in Operation]?: (input: InputOf<Name>) => object } = {
    CreateTable(input) {
      const { TableName } = input
      if (tables.has(TableName))
        throw new TransportError('inUse', 'ResourceInUseException', `Table already exists: ${TableName}`, { status: 400 })
      const made = { table: createTable(schemaOf(input)), input, createdAt: Date.now() / 1000 }
      tables.set(TableName, made)
      return { TableDescription: described(made) }
    },
    DescribeTable: ({ TableName }) => ({ Table: described(named(TableName)) }),
    DeleteTable({ TableName }) {
      const made = named(TableName)
      if (made.input.DeletionProtectionEnabled) throw invalid(`Resource cannot be deleted as it is currently protected: ${TableName}`)
      tables.delete(TableName)
      return { TableDescription: { ...described(made), TableStatus: 'DELETING' } }
    },
  }

  return {
    run<Name extends Operation>(operation: Name, given: InputOf<Name>): OutputOf<Name> {
      const input = structuredClone(given)
      const whole = control[operation]
      if (whole) return whole(input) as OutputOf<Name>
      const members = MEMBERS[operation]
      if (!members) throw unsupported(operation)
      const other = Object.keys(input).find((name) => !/^(?:TableName|ReturnConsumedCapacity)$/.test(name) && !members.test(name))
      if (other !== undefined) throw unsupported(`${other} of ${operation}`)
      checkUsed(input, scopeOf(input as Asked))
      const { RequestItems, TableName = Object.keys(RequestItems ?? {})[0] } = input as { TableName?: string; RequestItems?: object }
      if (Object.keys(RequestItems ?? {}).length > 1) throw unsupported('a batch for several tables')
      const result = named(TableName).table.run(operation, input)
      if ('output' in result) return structuredClone(result.output) as OutputOf<Name>
      throw conditionFailed(result.failed, input)
    },
  }
}

/** The failure of a condition, with the item that made it fail where that was asked for. */
function conditionFailed(item: Item | undefined, input: object): TransportError {
  const { ReturnValuesOnConditionCheckFailure: returned } = input as { ReturnValuesOnConditionCheckFailure?: string }
  return new TransportError('conditionFailed', 'ConditionalCheckFailedException', 'The conditional request failed', {
    status: 400,
    ...(returned === 'ALL_OLD' && item ? { item: structuredClone(item) } : {}),
  })
}

function schemaOf({ KeySchema, GlobalSecondaryIndexes: [index, ...more] = [] }: CreateTableInput): Table['schema'] {
  if (more.length > 0) throw unsupported('more than one index')
  return { keys: namesOf(KeySchema), ...(index ? { index: { name: index.IndexName, keys: namesOf(index.KeySchema) } } : {}) }
}

function namesOf(schema: CreateTableInput['KeySchema']): string[] {
  return schema.map(({ AttributeName }) => AttributeName)
}

function described({ table, input, createdAt }: Made): object {
  const { TableName, BillingMode = 'PROVISIONED', ProvisionedThroughput, GlobalSecondaryIndexes, ...rest } = input
  const ofTable = { ReadCapacityUnits: 0, WriteCapacityUnits: 0, ...ProvisionedThroughput }
  const ofIndex = { IndexStatus: 'ACTIVE', ProvisionedThroughput: ofTable }
  return {
    TableName,
    TableArn: `arn:aws:dynamodb:local:000000000000:table/${TableName}`,
    TableStatus: 'ACTIVE',
    CreationDateTime: createdAt,
    AttributeDefinitions: rest.AttributeDefinitions,
    KeySchema: rest.KeySchema,
    BillingModeSummary: { BillingMode },
    ProvisionedThroughput: ofTable,
    ...(GlobalSecondaryIndexes ? { GlobalSecondaryIndexes: GlobalSecondaryIndexes.map((index) => Object.assign({}, index, ofIndex)) } : {}),
    DeletionProtectionEnabled: rest.DeletionProtectionEnabled ?? false,
    ItemCount: table.items.size,
    TableSizeBytes: 0,
  }
}
