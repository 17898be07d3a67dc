// DynamoDB's own JSON, as far as it is used here: what goes over the wire, whoever sends it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html

/** One attribute. Bytes (`B`) are base64 text. */
export interface AttributeValue {
  readonly S?: string
  readonly N?: string
  readonly B?: string
  readonly BOOL?: boolean
  readonly NULL?: boolean
  readonly SS?: readonly string[]
  readonly NS?: readonly string[]
  readonly BS?: readonly string[]
  readonly L?: readonly AttributeValue[]
  readonly M?: Readonly<Record<string, AttributeValue>>
}

/** An item, or a part of one, by the names of its attributes. */
export type Item = Record<string, AttributeValue>

/** Every operation that is sent, with what it takes and what comes back. */
export interface Operations {
  GetItem: { input: GetItemInput; output: Metered & { Item?: Item } }
  PutItem: { input: PutItemInput; output: WriteOutput }
  UpdateItem: { input: UpdateItemInput; output: WriteOutput }
  DeleteItem: { input: DeleteItemInput; output: WriteOutput }
  BatchGetItem: { input: BatchGetItemInput; output: BatchGetItemOutput }
  BatchWriteItem: { input: BatchWriteItemInput; output: BatchWriteItemOutput }
  BatchExecuteStatement: { input: BatchExecuteStatementInput; output: BatchExecuteStatementOutput }
  Query: { input: QueryInput; output: PageOutput }
  Scan: { input: ScanInput; output: PageOutput }
  CreateTable: { input: CreateTableInput; output: { TableDescription?: TableDescription } }
  DescribeTable: { input: OfTable; output: { Table?: TableDescription } }
  DeleteTable: { input: OfTable; output: { TableDescription?: TableDescription } }
  DescribeTimeToLive: { input: OfTable; output: { TimeToLiveDescription?: TimeToLiveDescription } }
  UpdateTimeToLive: { input: UpdateTimeToLiveInput; output: object }
  DescribeContinuousBackups: { input: OfTable; output: DescribeContinuousBackupsOutput }
  UpdateContinuousBackups: { input: UpdateContinuousBackupsInput; output: object }
  ListTagsOfResource: { input: { ResourceArn: string; NextToken?: string }; output: { Tags?: Tag[]; NextToken?: string } }
  TagResource: { input: { ResourceArn: string; Tags: readonly Tag[] }; output: object }
}

/** DynamoDB's name of an operation. */
export type Operation = keyof Operations
export type InputOf<Name extends Operation> = Operations[Name]['input']
export type OutputOf<Name extends Operation> = Operations[Name]['output']

interface OfTable {
  TableName: string
}

interface Meterable {
  ReturnConsumedCapacity?: 'TOTAL'
}

/** What was asked for by `ReturnConsumedCapacity`; a list where several tables could be meant. */
interface Metered {
  ConsumedCapacity?: ConsumedCapacity
}

export interface ConsumedCapacity {
  CapacityUnits?: number
}

interface Named {
  ExpressionAttributeNames?: Record<string, string>
}

interface Expressed extends Named {
  ExpressionAttributeValues?: Item
}

interface Conditional extends Expressed {
  ConditionExpression?: string
  /** Tells, with the error of a condition that failed, the item that made it fail. */
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD'
}

export interface GetItemInput extends OfTable, Meterable, Named {
  Key: Item
  ConsistentRead?: boolean
  ProjectionExpression?: string
}

export interface PutItemInput extends OfTable, Meterable, Conditional {
  Item: Item
  ReturnValues?: 'ALL_OLD'
}

export interface UpdateItemInput extends OfTable, Meterable, Conditional {
  Key: Item
  UpdateExpression: string
  ReturnValues?: 'ALL_OLD' | 'ALL_NEW'
}

export interface DeleteItemInput extends OfTable, Meterable, Conditional {
  Key: Item
  ReturnValues?: 'ALL_OLD'
}

interface WriteOutput extends Metered {
  /** As `ReturnValues` asked. */
  Attributes?: Item
}

export interface KeysAndAttributes extends Named {
  Keys: readonly Item[]
  ConsistentRead?: boolean
  ProjectionExpression?: string
}

export interface BatchGetItemInput extends Meterable {
  RequestItems: Record<string, KeysAndAttributes>
}

interface BatchGetItemOutput {
  Responses?: Record<string, Item[]>
  UnprocessedKeys?: Record<string, { Keys?: Item[] }>
  ConsumedCapacity?: readonly ConsumedCapacity[]
}

export type WriteRequest = { PutRequest: { Item: Item } } | { DeleteRequest: { Key: Item } }

export interface BatchWriteItemInput extends Meterable {
  RequestItems: Record<string, readonly WriteRequest[]>
}

interface BatchWriteItemOutput {
  UnprocessedItems?: Record<string, WriteRequest[]>
  ConsumedCapacity?: readonly ConsumedCapacity[]
}

export interface BatchStatementRequest {
  Statement: string
  Parameters?: readonly AttributeValue[]
}

export interface BatchExecuteStatementInput extends Meterable {
  Statements: readonly BatchStatementRequest[]
}

interface BatchExecuteStatementOutput {
  Responses?: { Error?: { Code?: string; Message?: string } }[]
  ConsumedCapacity?: readonly ConsumedCapacity[]
}

interface Paged extends OfTable, Meterable, Expressed {
  IndexName?: string
  FilterExpression?: string
  ProjectionExpression?: string
  Select?: 'COUNT'
  Limit?: number
  ConsistentRead?: boolean
  ExclusiveStartKey?: Item
}

export interface QueryInput extends Paged {
  KeyConditionExpression: string
}

export interface ScanInput extends Paged {
  Segment?: number
  TotalSegments?: number
}

interface PageOutput extends Metered {
  Items?: Item[]
  Count?: number
  LastEvaluatedKey?: Item
}

type KeySchemaElement = { AttributeName: string; KeyType: 'HASH' | 'RANGE' }

interface Throughput {
  ReadCapacityUnits: number
  WriteCapacityUnits: number
}

export interface CreateTableInput extends OfTable {
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
  KeySchema: KeySchemaElement[]
  BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST'
  ProvisionedThroughput?: Throughput
  GlobalSecondaryIndexes?: {
    IndexName: string
    KeySchema: KeySchemaElement[]
    Projection: { ProjectionType: 'KEYS_ONLY' }
    ProvisionedThroughput?: Throughput
  }[]
  SSESpecification?: { Enabled: boolean; SSEType?: 'KMS'; KMSMasterKeyId?: string }
  DeletionProtectionEnabled?: boolean
}

/** What DynamoDB tells of a table; engines leave out what they do not know. */
export interface TableDescription {
  readonly TableName?: string
  readonly TableArn?: string
  readonly TableStatus?: string
  /** Seconds since the epoch, with fraction. */
  readonly CreationDateTime?: number
  readonly AttributeDefinitions?: readonly { readonly AttributeName?: string; readonly AttributeType?: string }[]
  readonly KeySchema?: readonly KeySchemaElement[]
  readonly BillingModeSummary?: { readonly BillingMode?: string }
  readonly ProvisionedThroughput?: Readonly<Partial<Throughput>>
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName?: string
    readonly IndexStatus?: string
    readonly KeySchema?: readonly KeySchemaElement[]
    readonly ProvisionedThroughput?: Readonly<Partial<Throughput>>
  }[]
  readonly DeletionProtectionEnabled?: boolean
  readonly ItemCount?: number
  readonly TableSizeBytes?: number
}

export interface TimeToLiveDescription {
  readonly TimeToLiveStatus?: string
  readonly AttributeName?: string
}

interface UpdateTimeToLiveInput extends OfTable {
  TimeToLiveSpecification: { AttributeName: string; Enabled: boolean }
}

interface DescribeContinuousBackupsOutput {
  ContinuousBackupsDescription?: { PointInTimeRecoveryDescription?: { PointInTimeRecoveryStatus?: string } }
}

interface UpdateContinuousBackupsInput extends OfTable {
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean }
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}
