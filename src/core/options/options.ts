import { InvalidOptionError } from '../base/errors.ts'
import { generateId } from '../base/id.ts'
import { KINDS, NAMES, checkOptions, suggestion } from './kinds.ts'
import type { Defaults, ResolvedOptions, SessionConfig, SessionOptions } from './types.ts'

export { checkOptions, encryptionKeyBytes, isCodeOnly, isSecret, isSwitch, parseText } from './kinds.ts'
export type { ResolvedOptions, Serializer, SessionConfig, SessionOperation, SessionOptions } from './types.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'AWS_DYNAMO_DB_SESSION_'
/** Names a configuration file; read by `loadSessionConfig` and the command only. */
export const CONFIG_FILE_VARIABLE: string = `${PREFIX}CONFIG_FILE`

const DEFAULTS: Defaults = {
  tableName: 'sessions',
  tableKey: 'session_id',
  keyPrefix: '',
  consistentRead: true,
  maxStale: 14 * 24 * 60 * 60,
  hashIds: true,
  generateId,
  onConflict: 'merge',
  enableLocking: false,
  lockExpiryTime: 500,
  lockRetryDelay: 500,
  lockMaxWaitTime: 1,
  raiseErrors: true,
  serializer: JSON,
  compression: false,
  requireEncryption: false,
  requestTimeout: 3000,
  maxAttempts: 3,
}

const ENVIRONMENT: ReadonlyMap<string, keyof SessionOptions> = new Map(
  NAMES.filter((name) => KINDS[name].parse).map((name) => [variableOf(name), name]),
)

/**
 * Checks `options`, adds what the environment sets and the defaults.
 * @param fallback defaults of the calling adapter, such as the cookie's lifetime; they rank below file and environment.
 * @throws InvalidOptionError naming the option, its source and the remedy; never the value of a secret.
 */
export function resolveOptions(
  options: object = {},
  env: Environment = process.env,
  fallback: Partial<SessionOptions> = {},
): ResolvedOptions {
  const code = checkOptions(options)
  const environment = environmentOptions(env)
  warnOfUnreadFile(code, env)
  const sourceOf = (name: keyof SessionOptions): string => (name in environment && !(name in code) ? variableOf(name) : 'code')
  return complete({ ...checkOptions(fallback), ...environment, ...code }, sourceOf)
}

/** Types a configuration file; answers what it is given. With `$production` and the like for c12's environments. */
export function defineSessionConfig(config: SessionConfig): SessionConfig {
  return config
}

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

/** Adds defaults, and checks what depends on more than one option. */
export function complete(given: SessionOptions, sourceOf: (name: keyof SessionOptions) => string = () => 'code'): ResolvedOptions {
  const options = { ...DEFAULTS, ...given }
  const refuse = (name: keyof SessionOptions, problem: string, given = name): never => {
    throw new InvalidOptionError(name, problem, sourceOf(given))
  }
  const { touchAfter, maxStale, sortKey, sortKeyValue } = options
  if (touchAfter !== undefined && maxStale > 0 && touchAfter >= maxStale) {
    refuse('touchAfter', `is ${touchAfter} seconds, but must be less than \`maxStale\` (${maxStale})`)
  }
  const together = 'is missing: `sortKey` and `sortKeyValue` go together'
  if (sortKey !== undefined && sortKeyValue === undefined) refuse('sortKeyValue', together, 'sortKey')
  if (sortKeyValue !== undefined && sortKey === undefined) refuse('sortKey', together, 'sortKeyValue')
  if (options.billingMode === 'PAY_PER_REQUEST' && (options.readCapacity || options.writeCapacity)) {
    refuse('billingMode', 'is PAY_PER_REQUEST, which has no `readCapacity` and `writeCapacity`; leave one or the other out')
  }
  if (options.requireEncryption && !options.encryptionKey) refuse('requireEncryption', 'is true, but there is no `encryptionKey`')
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
  return Object.hasOwn(KINDS, name) ? 'cannot be set by the environment; set it in code' : `is not an option${suggestion(name)}`
}

let warned = false

function warnOfUnreadFile(code: SessionOptions, env: Environment): void {
  if (warned || !env[CONFIG_FILE_VARIABLE] || code.configFile !== undefined) return
  warned = true
  process.emitWarning(
    `${CONFIG_FILE_VARIABLE} names a file, but these options did not come from it: pass what loadSessionConfig() of dynamodb-sessions/config answers`,
    { type: 'DynamoSessionWarning', code: 'CONFIG_FILE_NOT_READ' },
  )
}
