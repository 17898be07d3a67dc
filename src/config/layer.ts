import { refuseErb } from './errors.ts'
import { NAME, isCode } from './files.ts'
import { InvalidOptionError, shownName } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { camelCase, isCodeOnly, isOption, isSwitch } from '../core/options/options.ts'

/** The options of one file, by their names here, and what they extend. */
export interface Layer {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
  readonly extends: unknown
}

/** A file's own options with those of the environment over them, by camelCase names. */
export function layerOf(raw: unknown, path: string, environment: string | undefined): Layer {
  if (!isPlainObject(raw)) throw new InvalidOptionError(NAME, 'must hold options by name', path)
  if (!isCode(path)) refuseErb(raw, path)
  const { extends: bases, ...own } = raw
  const values = renamed(own, path)
  if (environment) {
    for (const block of [raw[`$${environment}`], isPlainObject(raw.$env) ? blockOf(raw.$env, environment) : raw.$env]) {
      if (block === undefined || block === null) continue
      if (!isPlainObject(block)) throw new InvalidOptionError(`$${environment}`, 'must hold options by name', path)
      Object.assign(values, renamed(block, path))
    }
  }
  for (const name in values) {
    if (name === 'configFile') throw new InvalidOptionError(name, 'cannot be set by a file; use `extends`', path)
    if (!isCode(path) && isCodeOnly(name))
      throw new InvalidOptionError(name, 'cannot be set by this file, only by code or a ts or js file', path)
  }
  return { path, values, extends: bases }
}

/** The gem's names as ours. An empty value, as in `max_age:`, counts as not set. */
function renamed(raw: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const names = new Map<string, string>()
  for (const [given, value] of Object.entries(raw)) {
    if (value === undefined || value === null || given.startsWith('$')) continue
    const name = camelCase(given)
    const other = names.get(name)
    if (other !== undefined) {
      const problem = `is there twice, as \`${shownName(other)}\` and \`${shownName(given)}\`; leave one out`
      throw new InvalidOptionError(name, problem, path)
    }
    names.set(name, given)
    // The gem names what is the default here.
    if (name !== 'serializer' || value !== 'json') values[name] = /\.ya?ml$/i.test(path) ? asRubyReads(name, value) : value
  }
  return values
}

/** Ruby reads YAML 1.1, where these words are booleans, and parsers of JavaScript 1.2, where they are texts. https://yaml.org/type/bool.html */
function asRubyReads(name: string, value: unknown): unknown {
  const takesBoolean = name === 'compression' || (isOption(name) && isSwitch(name))
  if (!takesBoolean || typeof value !== 'string') return value
  return /^(?:yes|on|true)$/i.test(value) ? true : /^(?:no|off|false)$/i.test(value) ? false : value
}

function blockOf(environments: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}
