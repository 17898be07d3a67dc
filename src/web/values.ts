// The data of a session, changed in place: handlers hold on to the object and to what is in it.
import type { Serialization } from '../core/sessions/record/serialize.ts'

export type Values = Record<string, unknown>

/**
 * Makes `data` hold what is stored now. Values that are the same as text keep their identity, and those that a handler has changed
 * in place since `data` was `sent`, as text, stay as they are.
 */
export function mergeInPlace(data: Values, stored: Values, sent: string, { parse, stringify }: Serialization): void {
  const textIn = (values: Values, key: string): string | undefined => (Object.hasOwn(values, key) ? stringify(values[key]) : undefined)
  let was: Values | undefined
  for (const key of new Set([...Object.keys(data), ...Object.keys(stored)])) {
    const mine = textIn(data, key)
    if (mine === textIn(stored, key) && Object.hasOwn(data, key)) continue
    was ??= parse('', sent) as Values
    if (mine !== textIn(was, key)) continue
    if (Object.hasOwn(stored, key)) put(data, key, stored[key])
    else delete data[key]
  }
}

/** Makes `target` hold what `source` holds, in place. Values that are the same as text keep their identity. */
export function refill(target: Values, source: Values, textOf?: (value: unknown) => string | undefined): void {
  const next = { ...source }
  for (const key of Object.keys(target)) if (!Object.hasOwn(next, key)) delete target[key]
  for (const [key, value] of Object.entries(next)) {
    if (!textOf || !Object.hasOwn(target, key) || textOf(target[key]) !== textOf(value)) put(target, key, value)
  }
}

/** Assignment to the key `__proto__` would set the prototype. */
function put(target: Values, key: string, value: unknown): void {
  if (key in target) Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else target[key] = value
}
