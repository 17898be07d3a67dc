import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import type { Operation } from '../model.ts'
import { raw } from './raw.ts'
import type { RawCommand } from './raw.ts'

export const COMMANDS: Record<Operation, RawCommand> = {
  GetItem: raw(GetItemCommand),
  PutItem: raw(PutItemCommand),
  UpdateItem: raw(UpdateItemCommand),
  DeleteItem: raw(DeleteItemCommand),
  BatchGetItem: raw(BatchGetItemCommand),
  BatchWriteItem: raw(BatchWriteItemCommand),
  BatchExecuteStatement: raw(BatchExecuteStatementCommand),
  Query: raw(QueryCommand),
  Scan: raw(ScanCommand),
  CreateTable: raw(CreateTableCommand),
  DescribeTable: raw(DescribeTableCommand),
  DeleteTable: raw(DeleteTableCommand),
  DescribeTimeToLive: raw(DescribeTimeToLiveCommand),
  UpdateTimeToLive: raw(UpdateTimeToLiveCommand),
  DescribeContinuousBackups: raw(DescribeContinuousBackupsCommand),
  UpdateContinuousBackups: raw(UpdateContinuousBackupsCommand),
  ListTagsOfResource: raw(ListTagsOfResourceCommand),
  TagResource: raw(TagResourceCommand),
}
