// Query and Scan, page by page.
import type { Item, QueryInput, ScanInput } from '../core/dynamodb/model.ts'
import { sizeOf } from '../core/items/size.ts'
import { holds } from './conditions.ts'
import { keyIn, only, projected, readUnits, scopeOf } from './parts.ts'
import type { Schema } from './parts.ts'
import { invalid, orderOfTexts, unsupported } from './values.ts'

/** Bytes that DynamoDB reads for one page. */
const PAGE = 1024 * 1024

/** @param entries what is read, by the text of the keys. */
export function pageOf(schema: Schema, entries: ReadonlyMap<string, Item>, input: QueryInput | ScanInput): object {
  const { Limit = Infinity, FilterExpression, Select, ExclusiveStartKey, ConsistentRead } = input
  const { KeyConditionExpression = undefined } = input as Partial<QueryInput>
  const scope = scopeOf(input)
  if (Limit < 1) throw invalid('Limit must be at least 1')
  if (Select !== undefined && Select !== 'COUNT') throw unsupported(`Select: ${String(Select)}`)
  const isOfIndex = input.IndexName !== undefined
  if (isOfIndex && ConsistentRead) throw invalid('Consistent reads are not supported on global secondary indexes')
  const [hash = ''] = isOfIndex ? (schema.index?.keys ?? []) : schema.keys
  if (KeyConditionExpression !== undefined && !names(KeyConditionExpression, hash, scope.names))
    throw invalid(`Query condition missed key schema element: ${hash}`)

  const from = ExclusiveStartKey && startOf(schema, ExclusiveStartKey, input.IndexName)
  const candidates = [...entries]
    .filter(([key, item]) => isMeant(key, input as ScanInput) && (!KeyConditionExpression || holds(KeyConditionExpression, item, scope)))
    .toSorted(([a], [b]) => orderOfTexts(a, b))
  const found: Item[] = []
  let [bytes, read] = [0, 0]
  let last: Item | undefined
  for (const [key, item] of candidates) {
    if (from !== undefined && orderOfTexts(key, from) <= 0) continue
    if (read >= Limit || bytes >= PAGE) break
    read++
    bytes += sizeOf(item)
    last = item
    if (FilterExpression === undefined || holds(FilterExpression, item, scope)) found.push(projected(item, input))
  }
  // Like DynamoDB, which does not look whether there is more behind a full page.
  const isFull = read >= Limit || bytes >= PAGE
  return {
    ...(Select === 'COUNT' ? {} : { Items: found }),
    Count: found.length,
    ScannedCount: read,
    ...(isFull && last ? { LastEvaluatedKey: only(last, keysOf(schema, input.IndexName)) } : {}),
    ...readUnits(input, bytes),
  }
}

function keysOf({ keys, index }: Schema, indexName: string | undefined): string[] {
  return [...new Set([...keys, ...(indexName === undefined ? [] : (index?.keys ?? []))])]
}

function startOf(schema: Schema, start: Item, indexName: string | undefined): string {
  const names = keysOf(schema, indexName)
  if (Object.keys(start).length !== names.length || names.some((name) => start[name]?.S === undefined))
    throw invalid('The provided starting key is invalid')
  return keyIn(schema, only(start, schema.keys))
}

/** Whether the condition is about the hash key. */
function names(expression: string, hash: string, aliases: Readonly<Record<string, string>>): boolean {
  return (expression.match(/#?\w+/g) ?? []).some((word) => (aliases[word] ?? word) === hash)
}

/** Whether the key is in the segment of a parallel scan. */
function isMeant(key: string, { Segment, TotalSegments = 1 }: Partial<ScanInput>): boolean {
  return Segment === undefined || TotalSegments === 1 || hashOf(key) % TotalSegments === Segment
}

/** FNV-1a. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
