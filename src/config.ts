import { loadWithOrigins } from './config/load.ts'
import type { LoadSessionConfigOptions } from './config/load.ts'
import type { SessionOptions } from './core/options/options.ts'

export type { LoadSessionConfigOptions } from './config/load.ts'
export { defineSessionConfig } from './core/options/options.ts'
export type { Environment, Serializer, SessionConfig, SessionOptions } from './core/options/options.ts'

/**
 * Reads the options from files and the environment. Precedence: `overrides`, `AWS_DYNAMO_DB_SESSION_*`, files; and among
 * files the configuration file, `.dynamodb-sessionsrc`, `package.json`, then what these extend. A list replaces a list.
 * @returns the options that are set somewhere, without defaults, for any entry of this package; `configFile` is the path
 *   of the file of the highest rank, and absent when there was none.
 * @throws InvalidOptionError for a named file that does not exist, a file that cannot be read, an unknown or ill-typed
 *   option, an `extends` that is not a local file, and ERB; with the file's path, never with the value of a secret.
 * @example
 * const options = await loadSessionConfig({ overrides: { keyPrefix: 'shop:' } })
 * const sessions = createSessionStore(options)
 */
export async function loadSessionConfig(options: LoadSessionConfigOptions = {}): Promise<SessionOptions> {
  return (await loadWithOrigins(options)).options
}
