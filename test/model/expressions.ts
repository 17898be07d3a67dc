// DynamoDB's expressions, as far as this package writes them.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
import type { AttributeValue, Item } from '../../src/core/dynamodb/model.ts'

export interface Scope {
  readonly names: Readonly<Record<string, string>>
  readonly values: Item
}

type Condition = (item: Item, scope: Scope) => boolean
type Update = (item: Item, scope: Scope) => Item

const conditions = new Map<string, Condition>()
const updates = new Map<string, Update>()

export function holds(expression: string, item: Item, scope: Scope): boolean {
  let condition = conditions.get(expression)
  if (!condition) conditions.set(expression, (condition = parseCondition(expression)))
  return condition(item, scope)
}

export function updated(expression: string, item: Item, scope: Scope): Item {
  let update = updates.get(expression)
  if (!update) updates.set(expression, (update = parseUpdate(expression)))
  return update(item, scope)
}

function parseCondition(expression: string): Condition {
  const tokens = expression.match(/<=|>=|<>|[=<>(),]|[#:]?\w+/g) ?? []
  let at = 0
  const next = (): string => tokens[at++] ?? ''
  const expect = (token: string): void => {
    const found = next()
    if (found !== token) throw new Error(`${token} expected, not ${found}, in ${expression}`)
  }

  function either(): Condition {
    const all = [both()]
    while (tokens[at] === 'OR' && at++ >= 0) all.push(both())
    return (item, scope) => all.some((one) => one(item, scope))
  }
  function both(): Condition {
    const all = [single()]
    while (tokens[at] === 'AND' && at++ >= 0) all.push(single())
    return (item, scope) => all.every((one) => one(item, scope))
  }
  function single(): Condition {
    const token = next()
    if (token === 'NOT') {
      const inner = single()
      return (item, scope) => !inner(item, scope)
    }
    if (token === '(') {
      const inner = either()
      expect(')')
      return inner
    }
    if (token === 'attribute_exists' || token === 'attribute_not_exists') {
      expect('(')
      const operand = next()
      expect(')')
      return (item, scope) => (valueOf(operand, item, scope) !== undefined) === (token === 'attribute_exists')
    }
    const operator = next()
    const compare = COMPARISONS[operator]
    if (!compare) throw new Error(`an operator expected, not ${operator}, in ${expression}`)
    const right = next()
    return (item, scope) => {
      const order = orderOf(valueOf(token, item, scope), valueOf(right, item, scope))
      return order !== undefined && compare(order)
    }
  }

  const whole = either()
  if (at !== tokens.length) throw new Error(`unexpected ${tokens[at]} in ${expression}`)
  return whole
}

function parseUpdate(expression: string): Update {
  const [, set = '', remove = ''] = /^(?:SET (.*?))?\s*(?:REMOVE (.*))?$/.exec(expression) ?? []
  const clauses = [...set.matchAll(/(#\w+) = (?:if_not_exists\((#\w+), (:\w+)\)|(:\w+))(?:, |$)/g)]
  if (clauses.map(([text]) => text).join('') !== set) throw new Error(`not understood: ${expression}`)
  const removed = remove.split(', ').filter(Boolean)
  return (item, scope) => {
    const after: Item = { ...item }
    for (const [, name = '', kept, fallback = '', value = ''] of clauses) {
      const given = kept === undefined ? scope.values[value] : (valueOf(kept, item, scope) ?? scope.values[fallback])
      if (given === undefined) throw new Error(`a value is missing for ${expression}`)
      after[nameOf(name, scope)] = given
    }
    for (const name of removed) delete after[nameOf(name, scope)]
    return after
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

function nameOf(alias: string, { names }: Scope): string {
  const name = names[alias]
  if (name === undefined) throw new Error(`${alias} has no name`)
  return name
}

function valueOf(operand: string, item: Item, scope: Scope): AttributeValue | undefined {
  return operand.startsWith(':') ? scope.values[operand] : item[nameOf(operand, scope)]
}

/** `undefined` where the two cannot be compared: every comparison with them is false. */
function orderOf(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N)
  if (a?.S === undefined || b?.S === undefined) return undefined
  return a.S === b.S ? 0 : a.S < b.S ? -1 : 1
}
