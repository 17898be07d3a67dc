import { inspect } from 'node:util'

/**
 * Has an object printed as `show` says, whatever depth and hidden properties are asked for: ids and secrets end up in logs otherwise.
 * https://nodejs.org/api/util.html#utilinspectcustom
 */
export function shownAs<Shown extends object>(object: Shown, show: () => unknown): Shown {
  return Object.defineProperty(object, inspect.custom, { value: show, configurable: true })
}
