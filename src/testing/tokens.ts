import type { AttributeValue, Item } from '../core/dynamodb/model.ts'
import { invalid, unsupported } from './values.ts'

/** What stands for names and values in the expressions of one request. */
export interface Scope {
  readonly names: Readonly<Record<string, string>>
  readonly values: Readonly<Item>
}

/** Reads an expression word by word. */
export interface Tokens {
  /** The next word, which stays there; `undefined` at the end. */
  peek(): string | undefined
  next(): string
  expect(token: string): void
  /** Takes the next word if it is this one, in small letters or capitals. */
  take(keyword: string): boolean
  end(): void
}

const WORDS = /\s*(<=|>=|<>|[=<>(),+-]|[#:]?[\w]+|[.[\]]|\S)/g

export function tokensOf(expression: string): Tokens {
  const words = [...expression.matchAll(WORDS)].map(([, word]) => word as string)
  const strange = words.find((word) => !/^(?:<=|>=|<>|[=<>(),+-]|[#:]?\w+)$/.test(word))
  if (strange === '.' || strange === '[') throw unsupported(`paths into an attribute, as in ${expression}`)
  let at = 0
  const fail = (): never => {
    throw invalid(`Invalid expression: Syntax error; token: ${words[at - 1] ?? '<EOF>'}, in: ${expression}`)
  }
  if (strange !== undefined) fail()
  return {
    peek: () => words[at],
    next: () => words[at++] ?? fail(),
    expect: (token) => void (words[at++] === token || fail()),
    take: (keyword) => words[at]?.toUpperCase() === keyword && ++at > 0,
    end: () => void (at === words.length || (at++, fail())),
  }
}

/** The attribute that an alias, or a word of itself, names. */
export function nameOf(word: string, { names }: Scope): string {
  if (!word.startsWith('#')) return word
  const name = names[word]
  if (name === undefined) throw invalid(`An expression attribute name used in the document path is not defined; attribute name: ${word}`)
  return name
}

export function valueOf(word: string, item: Item, scope: Scope): AttributeValue | undefined {
  if (!word.startsWith(':')) return item[nameOf(word, scope)]
  const value = scope.values[word]
  if (value === undefined) throw invalid(`An expression attribute value used in expression is not defined; attribute value: ${word}`)
  return value
}

/** DynamoDB refuses names and values that no expression uses. */
export function checkUsed(input: object, { names, values }: Scope): void {
  const expressions = Object.entries(input).filter(([name]) => name.endsWith('Expression'))
  const words = new Set(expressions.join(' ').match(/[#:]\w+/g))
  for (const [kind, given] of [
    ['Names', names],
    ['Values', values],
  ] as const) {
    const idle = Object.keys(given).find((word) => !words.has(word))
    if (idle !== undefined) throw invalid(`Value provided in ExpressionAttribute${kind} unused in expressions: keys: {${idle}}`)
  }
}
