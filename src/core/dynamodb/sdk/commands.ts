import type { Operation } from '../model.ts'
import type { Sdk } from './load.ts'
import { raw } from './raw.ts'
import type { RawCommand } from './raw.ts'

export function commandsOf(sdk: Sdk): Record<Operation, RawCommand> {
  return {
    GetItem: raw(sdk.GetItemCommand),
    PutItem: raw(sdk.PutItemCommand),
    UpdateItem: raw(sdk.UpdateItemCommand),
    DeleteItem: raw(sdk.DeleteItemCommand),
    BatchGetItem: raw(sdk.BatchGetItemCommand),
    BatchWriteItem: raw(sdk.BatchWriteItemCommand),
    BatchExecuteStatement: raw(sdk.BatchExecuteStatementCommand),
    Query: raw(sdk.QueryCommand),
    Scan: raw(sdk.ScanCommand),
    CreateTable: raw(sdk.CreateTableCommand),
    DescribeTable: raw(sdk.DescribeTableCommand),
    DeleteTable: raw(sdk.DeleteTableCommand),
    DescribeTimeToLive: raw(sdk.DescribeTimeToLiveCommand),
    UpdateTimeToLive: raw(sdk.UpdateTimeToLiveCommand),
    DescribeContinuousBackups: raw(sdk.DescribeContinuousBackupsCommand),
    UpdateContinuousBackups: raw(sdk.UpdateContinuousBackupsCommand),
    ListTagsOfResource: raw(sdk.ListTagsOfResourceCommand),
    TagResource: raw(sdk.TagResourceCommand),
  }
}
