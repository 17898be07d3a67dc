// How DynamoDB compares and measures attributes.
import type { AttributeValue, Item } from '../core/dynamodb/model.ts'
import { TransportError } from '../core/dynamodb/transport-error.ts'

/** What DynamoDB itself refuses. */
export function invalid(message: string): TransportError {
  return new TransportError('validation', 'ValidationException', message, { status: 400 })
}

/** What DynamoDB does and the table in memory does not. */
export function unsupported(what: string): TransportError {
  const message = `the table in memory of dynamodb-sessions/testing does not support ${what}: test it on an engine (docs/testing.md)`
  return new TransportError('unsupported', 'UnknownOperationException', message, { status: 400 })
}

/** DynamoDB's name of a value's type: `S`, `N`, ... */
export function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? ''
}

export function areEqual(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) === Number(b.N)
  if (a.S !== undefined || b.S !== undefined) return a.S === b.S
  return JSON.stringify(a) === JSON.stringify(b)
}

/** `undefined` where the two cannot be ordered: every comparison with them is false. */
export function orderOf(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N)
  if (a?.S !== undefined && b?.S !== undefined) return orderOfTexts(a.S, b.S)
  if (a?.B !== undefined && b?.B !== undefined) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'))
  return undefined
}

/** By UTF-8, as DynamoDB has it, which differs from JavaScript's order beyond U+D7FF only. */
export function orderOfTexts(a: string, b: string): number {
  return a === b ? 0 : ASCII.test(a) && ASCII.test(b) ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const ASCII = /^[\0-\x7f]*$/

/** The items' numbers as DynamoDB returns them, without zeros that say nothing. */
export function normalized(item: Item): Item {
  const isOdd = Object.values(item).some(({ N }) => N !== undefined && ODD.test(N))
  if (!isOdd) return item
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, value.N === undefined ? value : { N: plain(value.N) }]))
}

const ODD = /^[+0-]|\..*0$|e/i

function plain(number: string): string {
  const value = Number(number)
  if (number.trim() === '' || !Number.isFinite(value)) {
    throw invalid('The parameter cannot be converted to a numeric value')
  }
  return String(value).includes('e') ? number : String(value)
}
