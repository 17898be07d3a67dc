import { InvalidOptionError } from '../base/errors.ts'
import { generateId } from '../base/id.ts'
import { checkOptions } from './check.ts'
import { parseText } from './kinds.ts'
import { environmentOptions, variableOf, warnOfUnreadFile } from './environment.ts'
import type { Environment } from './environment.ts'
import { warnOfShortSecrets } from './short-secret.ts'
import type { Defaults, ResolvedOptions, SessionConfig, SessionOptions } from './types.ts'

export { checkOptions } from './check.ts'
export { CONFIG_FILE_VARIABLE, camelCase, environmentNames, environmentOptions, variableOf } from './environment.ts'
export type { Environment } from './environment.ts'
export { encryptionKeyBytes, isCodeOnly, isEndpoint, isOption, isSecret, isSwitch, parseText } from './kinds.ts'
export type {
  Device,
  DeviceRequest,
  GivenClient,
  ResolvedOptions,
  SealedCookie,
  Serializer,
  SessionConfig,
  SessionOperation,
  SessionOptions,
} from './types.ts'

const DEFAULTS: Defaults = {
  tableName: 'sessions',
  tableKey: 'session_id',
  keyPrefix: '',
  consistentRead: true,
  maxStale: 14 * 24 * 60 * 60,
  // `touchAfter`, in seconds, is a tenth of each record’s lifetime: `touchAfterOf` of `core/sessions/record/lifetime.ts`.
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
  maxDataSize: 2 * 1024 * 1024,
  requireEncryption: false,
  requestTimeout: 3000,
  maxAttempts: 3,
}

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
  // As every SDK of AWS has it.
  const ofSdks = env.AWS_MAX_ATTEMPTS
    ? checkOptions({ maxAttempts: parseText('maxAttempts', env.AWS_MAX_ATTEMPTS) }, () => 'AWS_MAX_ATTEMPTS')
    : {}
  warnOfUnreadFile(code, env)
  warnOfShortSecrets({ ...environment, ...code })
  const sourceOf = (name: keyof SessionOptions): string => (name in environment && !(name in code) ? variableOf(name) : 'code')
  return complete({ ...ofSdks, ...checkOptions(fallback), ...environment, ...code }, sourceOf)
}

/** Types a configuration file; returns what it is given. With `$production` and the like for c12's environments. */
export function defineSessionConfig(config: SessionConfig): SessionConfig {
  return config
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
