// Conditions, filters and conditions of keys.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
import type { AttributeValue, Item } from '../core/dynamodb/model.ts'
import { nameOf, tokensOf, valueOf } from './tokens.ts'
import type { Scope, Tokens } from './tokens.ts'
import { areEqual, invalid, orderOf, typeOf, unsupported } from './values.ts'

type Condition = (item: Item, scope: Scope) => boolean
type Operand = (item: Item, scope: Scope) => AttributeValue | undefined

const parsed = new Map<string, Condition>()

/** Whether an item meets a condition; an absent item has no attributes. */
export function holds(expression: string, item: Item, scope: Scope): boolean {
  let condition = parsed.get(expression)
  if (!condition) parsed.set(expression, (condition = parse(expression)))
  return condition(item, scope)
}

function parse(expression: string): Condition {
  const tokens = tokensOf(expression)
  const condition = either(tokens)
  tokens.end()
  return condition
}

function either(tokens: Tokens): Condition {
  const all = [both(tokens)]
  while (tokens.take('OR')) all.push(both(tokens))
  return (item, scope) => all.some((one) => one(item, scope))
}

function both(tokens: Tokens): Condition {
  const all = [single(tokens)]
  while (tokens.take('AND')) all.push(single(tokens))
  return (item, scope) => all.every((one) => one(item, scope))
}

function single(tokens: Tokens): Condition {
  if (tokens.take('NOT')) {
    const inner = single(tokens)
    return (item, scope) => !inner(item, scope)
  }
  if (tokens.take('(')) {
    const inner = either(tokens)
    tokens.expect(')')
    return inner
  }
  const word = tokens.next()
  if (tokens.peek() === '(' && word !== 'size') return call(word, tokens)
  return comparison(operand(word, tokens), tokens)
}

function operand(word: string, tokens: Tokens): Operand {
  if (word !== 'size' || tokens.peek() !== '(') return (item, scope) => valueOf(word, item, scope)
  const [name = ''] = argumentsOf(tokens)
  return (item, scope) => {
    const value = valueOf(name, item, scope)
    return value && { N: String(lengthOf(value)) }
  }
}

function lengthOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.B !== undefined) return Buffer.from(value.B, 'base64').length
  return Object.keys(Object.values(value)[0] as object).length
}

function argumentsOf(tokens: Tokens): string[] {
  tokens.expect('(')
  const words = [tokens.next()]
  while (tokens.take(',')) words.push(tokens.next())
  tokens.expect(')')
  return words
}

function call(name: string, tokens: Tokens): Condition {
  const test = FUNCTIONS[name]
  if (!test) throw invalid(`Invalid expression: Invalid function name; function: ${name}`)
  const [path = '', ...words] = argumentsOf(tokens)
  return (item, scope) => {
    const [given] = words.map((word) => valueOf(word, item, scope))
    return test(path.startsWith(':') ? valueOf(path, item, scope) : item[nameOf(path, scope)], given)
  }
}

const FUNCTIONS: Readonly<Record<string, (value: AttributeValue | undefined, given: AttributeValue | undefined) => boolean>> = {
  attribute_exists: (value) => value !== undefined,
  attribute_not_exists: (value) => value === undefined,
  attribute_type: (value, given) => value !== undefined && typeOf(value) === given?.S,
  begins_with: (value, given) => value?.S !== undefined && given?.S !== undefined && value.S.startsWith(given.S),
  contains(value, given) {
    if (value?.S !== undefined) return given?.S !== undefined && value.S.includes(given.S)
    if (value?.L !== undefined) return value.L.some((one) => areEqual(one, given))
    if (value === undefined) return false
    throw unsupported(`contains() of the type ${typeOf(value)}`)
  },
}

function comparison(left: Operand, tokens: Tokens): Condition {
  if (tokens.take('BETWEEN')) {
    const low = operand(tokens.next(), tokens)
    tokens.expect('AND')
    const high = operand(tokens.next(), tokens)
    return (item, scope) => {
      const [value, from, to] = [left(item, scope), low(item, scope), high(item, scope)]
      return (orderOf(value, from) ?? -1) >= 0 && (orderOf(value, to) ?? 1) <= 0
    }
  }
  if (tokens.take('IN')) {
    const words = argumentsOf(tokens)
    return (item, scope) => words.some((word) => areEqual(left(item, scope), valueOf(word, item, scope)))
  }
  const operator = tokens.next()
  const right = operand(tokens.next(), tokens)
  if (operator === '=') return (item, scope) => areEqual(left(item, scope), right(item, scope))
  if (operator === '<>') return (item, scope) => !areEqual(left(item, scope), right(item, scope))
  const meets = ORDERS[operator]
  if (!meets) throw invalid(`Invalid expression: Syntax error; token: ${operator}`)
  return (item, scope) => {
    const order = orderOf(left(item, scope), right(item, scope))
    return order !== undefined && meets(order)
  }
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}
