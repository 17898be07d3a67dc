import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Item } from '../core/dynamodb/dynamo.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import type { ResolvedOptions } from '../core/options/options.ts'

/** More than 4096 segments with the longest keys take, and little enough for any process. */
const MAX_BYTES = 64 * 1024 * 1024

/** How far a segment is: the key to go on from, `null` for its beginning, `'done'` for its end; and due records before that. */
export interface Position {
  readonly from: Item | null | 'done'
  readonly left: readonly Item[]
}

/**
 * Where a stopped run is, as text. It holds keys as the table does. Compressed, since a token is an argument of the command, of
 * which Linux takes 128 KiB, and of thousands of segments most are alike: not begun, or done.
 */
export function toResumeToken(table: string, positions: readonly Position[]): string {
  return deflateRawSync(JSON.stringify({ table, positions })).toString('base64url')
}

/** @throws InvalidOptionError for a text that is no token, or another table's. */
export function fromResumeToken(token: string, table: string, { tableKey, sortKey }: ResolvedOptions): Position[] {
  const names = sortKey === undefined ? [tableKey] : [tableKey, sortKey]
  let parsed: { table?: unknown; positions?: unknown } | null | undefined
  try {
    const bytes = inflateRawSync(Buffer.from(token, 'base64url'), { maxOutputLength: MAX_BYTES })
    parsed = JSON.parse(bytes.toString()) as typeof parsed
  } catch {
    // Refused below.
  }
  const of = parsed?.table
  const positions = parsed?.positions
  const isItem = (value: unknown): boolean =>
    isPlainObject(value) && names.every((name) => typeof (value as Partial<Item>)[name]?.S === 'string')
  const isPosition = (value: unknown): value is Position => {
    if (!isPlainObject(value)) return false
    const { from, left } = value as Partial<Position>
    return (from === null || from === 'done' || isItem(from)) && Array.isArray(left) && left.every(isItem)
  }
  if (!Array.isArray(positions) || positions.length === 0 || !positions.every(isPosition)) {
    throw new InvalidOptionError('resumeToken', 'is not a token that `collectGarbage` returned for such a table')
  }
  if (of !== table) throw new InvalidOptionError('resumeToken', `is of the table ${String(of)}, not of ${table}`)
  return positions
}
