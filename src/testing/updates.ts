// What UpdateItem does to an item.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
import type { AttributeValue, Item } from '../core/dynamodb/model.ts'
import { nameOf, tokensOf, valueOf } from './tokens.ts'
import type { Scope, Tokens } from './tokens.ts'
import { invalid, unsupported } from './values.ts'

type Value = (item: Item, scope: Scope) => AttributeValue

interface Update {
  readonly set: readonly { readonly name: string; readonly value: Value }[]
  readonly remove: readonly string[]
}

const parsed = new Map<string, Update>()

/** The item after the update; the one that is given stays as it is. */
export function updated(expression: string, item: Item, scope: Scope): Item {
  const { set, remove } = updateOf(expression)
  const after: Item = { ...item }
  const names = targetsOf(expression, scope)
  if (new Set(names).size < names.length) throw invalid('Invalid UpdateExpression: Two document paths overlap with each other')
  for (const { name, value } of set) after[nameOf(name, scope)] = value(item, scope)
  for (const name of remove) delete after[nameOf(name, scope)]
  return after
}

/** An update in the way of before expressions, in which AWS's Ruby gem writes. */
export type AttributeUpdates = Readonly<Record<string, { readonly Action?: string; readonly Value?: AttributeValue }>>

/** The item after such an update. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html */
export function rewritten(updates: AttributeUpdates, item: Item): Item {
  const after: Item = { ...item }
  for (const [name, { Action = 'PUT', Value }] of Object.entries(updates)) {
    if (Action === 'PUT' && Value) after[name] = Value
    else if (Action === 'DELETE' && !Value) delete after[name]
    else throw unsupported(`the Action ${Action} of AttributeUpdates`)
  }
  return after
}

/** The attributes that an update is about. */
export function targetsOf(expression: string, scope: Scope): string[] {
  const { set, remove } = updateOf(expression)
  return [...set.map(({ name }) => name), ...remove].map((word) => nameOf(word, scope))
}

function updateOf(expression: string): Update {
  let update = parsed.get(expression)
  if (!update) parsed.set(expression, (update = parse(expression)))
  return update
}

function parse(expression: string): Update {
  const tokens = tokensOf(expression)
  const set: Update['set'][number][] = []
  const remove: string[] = []
  while (tokens.peek() !== undefined) {
    if (tokens.take('SET')) listed(tokens, () => set.push(assignment(tokens)))
    else if (tokens.take('REMOVE')) listed(tokens, () => remove.push(tokens.next()))
    else if (tokens.take('ADD') || tokens.take('DELETE')) throw unsupported('ADD and DELETE in an UpdateExpression')
    else throw invalid(`Invalid UpdateExpression: Syntax error; token: ${tokens.peek()}`)
  }
  return { set, remove }
}

function listed(tokens: Tokens, read: () => void): void {
  do read()
  while (tokens.take(','))
}

function assignment(tokens: Tokens): { name: string; value: Value } {
  const name = tokens.next()
  tokens.expect('=')
  const first = term(tokens)
  const sign = tokens.take('+') ? 1 : tokens.take('-') ? -1 : 0
  if (sign === 0) return { name, value: first }
  const second = term(tokens)
  return {
    name,
    value: (item, scope) => {
      const [a, b] = [first(item, scope).N, second(item, scope).N]
      if (a === undefined || b === undefined) throw invalid('An operand in the update expression has an incorrect data type')
      return { N: String(Number(a) + sign * Number(b)) }
    },
  }
}

function term(tokens: Tokens): Value {
  const word = tokens.next()
  if (tokens.peek() !== '(') return (item, scope) => valueOf(word, item, scope) ?? absent()
  if (word !== 'if_not_exists') throw unsupported(`${word}() in an UpdateExpression`)
  tokens.expect('(')
  const path = tokens.next()
  tokens.expect(',')
  const fallback = term(tokens)
  tokens.expect(')')
  return (item, scope) => valueOf(path, item, scope) ?? fallback(item, scope)
}

function absent(): never {
  throw invalid('The provided expression refers to an attribute that does not exist in the item')
}
