import { InvalidArgumentError, InvalidOptionError } from '../base/errors.ts'
import { isPlainObject } from '../base/is-plain-object.ts'
import { kindOf } from './kinds.ts'
import { suggestion } from './spelling.ts'
import type { SessionOptions } from './types.ts'

/** One layer of options: checked, and without those that are `undefined`. */
export function checkOptions(values: object, sourceOf: (name: string) => string = () => 'code'): SessionOptions {
  if (!isPlainObject(values)) throw new InvalidArgumentError('options', `must be an object; it is ${typeName(values)}`)
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const kind = kindOf(name)
    if (!kind) throw new InvalidOptionError(name, `is not an option${suggestion(name)}`, sourceOf(name))
    const problem = kind.problem(value)
    if (problem) throw new InvalidOptionError(name, `${problem} (it is ${kind.secret ? typeName(value) : shown(value)})`, sourceOf(name))
    checked[name] = value
  }
  return checked
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value === '') return 'an empty string'
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

/** Texts are never shown: any of them may be a secret in the wrong place. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${value}` : typeName(value)
}
