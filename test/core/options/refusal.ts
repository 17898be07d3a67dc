// Options that are resolved, or refused, without an environment of the machine’s.
import { expect } from 'vitest'
import { InvalidOptionError } from '../../../src/core/base/errors.ts'
import { environmentNames, resolveOptions } from '../../../src/core/options/options.ts'
import type { Environment, SessionOptions } from '../../../src/core/options/options.ts'

export const PREFIX = 'AWS_DYNAMO_DB_SESSION_'
export const variables: ReadonlyMap<keyof SessionOptions, string> = new Map(
  [...environmentNames()].map(([variable, name]) => [name, variable]),
)

export function resolve(options: object, env: Environment = {}): object {
  return resolveOptions(options, env)
}

export function refusal(options: object, env: Environment = {}): InvalidOptionError {
  try {
    resolve(options, env)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error(`${JSON.stringify(options)} and ${JSON.stringify(env)} were accepted`)
}
