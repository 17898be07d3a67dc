import { NAME, isCode } from './files.ts'
import { refuseErb, renamed } from './ruby-gem.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { isCodeOnly } from '../core/options/options.ts'

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

function blockOf(environments: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}
