// DynamoDB's time to live, which the engine lacks: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
import { readFile, writeFile } from 'node:fs/promises'
import type { AttributeValue, Item } from '../../core/dynamodb/model.ts'
import { objectIn, operationOf } from './engine.ts'
import type { Engine, EngineRequest, EngineResponse } from './engine.ts'

export interface TimeToLive {
  /** Handles what the engine cannot; `undefined` for everything else. */
  handle(request: EngineRequest): Promise<EngineResponse | undefined>
  /** Deletes what has expired. */
  sweep(): Promise<void>
}

/** Tables by their names, with the attribute that says when an item expires. */
type Attributes = Map<string, string>

/** @param file keeps which tables have it; without one nothing does. */
export async function createTimeToLive(engine: Engine, file: string | undefined): Promise<TimeToLive> {
  const attributes: Attributes = file === undefined ? new Map() : await readAttributes(file)
  const change = async (table: string, attribute: string | undefined): Promise<void> => {
    if (attribute === undefined) attributes.delete(table)
    else attributes.set(table, attribute)
    if (file !== undefined) await writeFile(file, JSON.stringify([...attributes]))
  }

  return {
    async handle(request) {
      const operation = operationOf(request)
      if (operation !== 'UpdateTimeToLive' && operation !== 'DescribeTimeToLive') return undefined
      const { TableName = '', TimeToLiveSpecification: asked } = objectIn(request.body.toString()) as Input
      // It knows whether there is such a table, and whether the request is signed.
      const headers = { ...request.headers, 'x-amz-target': 'DynamoDB_20120810.DescribeTimeToLive' }
      const known = await engine.handle({ ...request, headers, body: Buffer.from(JSON.stringify({ TableName })) })
      if (known.status !== 200) return known
      if (operation === 'UpdateTimeToLive') {
        if (typeof asked?.AttributeName !== 'string' || typeof asked.Enabled !== 'boolean') return undefined
        await change(TableName, asked.Enabled ? asked.AttributeName : undefined)
        return responseOf({ TimeToLiveSpecification: asked })
      }
      const AttributeName = attributes.get(TableName)
      return AttributeName === undefined ? known : responseOf({ TimeToLiveDescription: { AttributeName, TimeToLiveStatus: 'ENABLED' } })
    },

    async sweep() {
      const { TableNames } = await engine.send<{ TableNames: string[] }>('ListTables', {})
      for (const [table, attribute] of attributes) {
        if (TableNames.includes(table)) await sweepTable(engine, table, attribute)
        else await change(table, undefined)
      }
    },
  }
}

/** Each delete looks again: a session may have been used meanwhile. */
async function sweepTable(engine: Engine, table: string, attribute: string): Promise<void> {
  const { Table } = await engine.send<{ Table: { KeySchema: { AttributeName: string }[] } }>('DescribeTable', { TableName: table })
  const expired = {
    ExpressionAttributeNames: { '#expires': attribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
  }
  let ExclusiveStartKey: Item | undefined
  do {
    const found: { Items: Item[]; LastEvaluatedKey?: Item } = await engine.send('Scan', {
      TableName: table,
      FilterExpression: '#expires < :now',
      ...expired,
      ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
    })
    for (const item of found.Items) {
      const Key = Object.fromEntries(Table.KeySchema.map(({ AttributeName: name }) => [name, item[name] as AttributeValue]))
      await engine.send('DeleteItem', { TableName: table, Key, ConditionExpression: '#expires < :now', ...expired }).catch(() => {})
    }
    ExclusiveStartKey = found.LastEvaluatedKey
  } while (ExclusiveStartKey)
}

interface Input {
  readonly TableName?: string
  readonly TimeToLiveSpecification?: { readonly AttributeName?: unknown; readonly Enabled?: unknown }
}

function responseOf(body: object): EngineResponse {
  const text = JSON.stringify(body)
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: text }
}

/** A file that cannot be read is of a start before there was any. */
async function readAttributes(file: string): Promise<Attributes> {
  try {
    return new Map(JSON.parse(await readFile(file, 'utf8')) as [string, string][])
  } catch {
    return new Map()
  }
}
