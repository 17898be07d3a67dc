import { InvalidOptionError } from '../base/errors.ts'
import { warnOnce } from '../base/warn-once.ts'
import { checkOptions } from './check.ts'
import { KINDS, NAMES, isOption } from './kinds.ts'
import { suggestion } from './spelling.ts'
import type { SessionOptions } from './types.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'AWS_DYNAMO_DB_SESSION_'
/** Names a configuration file; read by `loadSessionConfig` and the command only. */
export const CONFIG_FILE_VARIABLE: string = `${PREFIX}CONFIG_FILE`

const ENVIRONMENT: ReadonlyMap<string, keyof SessionOptions> = new Map(
  NAMES.filter((name) => KINDS[name].parse).map((name) => [variableOf(name), name]),
)

/** The options that the environment sets; an empty variable counts as not set. */
export function environmentOptions(env: Environment): SessionOptions {
  const options: Record<string, unknown> = {}
  for (const variable in env) {
    if (!variable.startsWith(PREFIX) || variable === CONFIG_FILE_VARIABLE) continue
    const value = env[variable]
    if (value === undefined || value === '') continue
    const name = ENVIRONMENT.get(variable)
    if (!name) throw new InvalidOptionError(variable.slice(PREFIX.length).toLowerCase(), environmentProblem(variable), variable)
    Object.assign(
      options,
      checkOptions({ [name]: KINDS[name].parse?.(value) }, () => variable),
    )
  }
  return options
}

/** The options that an environment variable can set, by variable; for docs, the command and the Nuxt module. */
export function environmentNames(): ReadonlyMap<string, keyof SessionOptions> {
  return ENVIRONMENT
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** The environment variable of an option. */
export function variableOf(name: string): string {
  return PREFIX + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function environmentProblem(variable: string): string {
  const name = camelCase(variable.slice(PREFIX.length).toLowerCase())
  return isOption(name) ? 'cannot be set by the environment; set it in code' : `is not an option${suggestion(name)}`
}

/** Warns once where the environment names a file that nobody has read. */
export function warnOfUnreadFile(code: SessionOptions, env: Environment): void {
  if (!env[CONFIG_FILE_VARIABLE] || code.configFile !== undefined) return
  warnOnce(
    'CONFIG_FILE_NOT_READ',
    `${CONFIG_FILE_VARIABLE} names a file, but these options did not come from it: pass what loadSessionConfig() of dynamodb-sessions/config returns`,
  )
}
