import type { AttributeValue, BatchStatementRequest, Dynamo, Item } from '../core/dynamodb/dynamo.ts'
import { deleteText } from '../core/dynamodb/partiql.ts'
import type { ResolvedOptions } from '../core/options/options.ts'

/** What the scan saw and the delete insists on. */
export const TIMES: readonly string[] = ['created_at', 'updated_at', 'expire_at']

/** Statements differ only in which times are there, so their texts are made once. */
export function createStatements(table: string, { tableKey, sortKey }: ResolvedOptions): (item: Item) => BatchStatementRequest {
  const keys = sortKey === undefined ? [tableKey] : [tableKey, sortKey]
  const texts = new Map<number, string>()
  return (item) => {
    const present = TIMES.filter((name) => item[name] !== undefined)
    const shape = TIMES.reduce((bits, name, index) => bits | (item[name] === undefined ? 0 : 1 << index), 0)
    let Statement = texts.get(shape)
    if (Statement === undefined) {
      // Shorter texts are cheaper to send and to parse. Names of ours need no quotes: none of them is a reserved word.
      const conditions = [
        ...present.map((name) => `${name} = ?`),
        ...TIMES.filter((name) => !present.includes(name)).map((name) => `${name} IS MISSING`),
      ]
      texts.set(shape, (Statement = deleteText(table, keys, conditions)))
    }
    return { Statement, Parameters: [...keys, ...present].map((name) => item[name] as AttributeValue) }
  }
}

/** The same as a single delete. */
export function createConditions({ tableKey, sortKey }: ResolvedOptions): (item: Item) => Parameters<Dynamo['delete']>[0] {
  return (item) => {
    const values: Item = {}
    const clauses = TIMES.map((name) => {
      const value = item[name]
      if (value === undefined) return `attribute_not_exists(${name})`
      values[`:${name}`] = value
      return `${name} = :${name}`
    })
    return {
      Key: Object.fromEntries([tableKey, ...(sortKey === undefined ? [] : [sortKey])].map((name) => [name, item[name] as AttributeValue])),
      // A record that is gone counts as deleted: an earlier attempt, whose response was lost, may have deleted it.
      ConditionExpression: `attribute_not_exists(#key) OR (${clauses.join(' AND ')})`,
      ExpressionAttributeNames: { '#key': tableKey },
      ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
      ReturnConsumedCapacity: 'TOTAL',
    }
  }
}
