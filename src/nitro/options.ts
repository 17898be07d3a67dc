// Options on their way through the runtime configuration of Nuxt and Nitro, which Nitro fills from the environment.
import { InvalidOptionError } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import type { DynamoSessionOptions } from '../web/types.ts'
import { kindOf } from '../core/options/kinds.ts'
import { checkOptions, environmentNames, isCodeOnly } from '../core/options/options.ts'
import type { Environment } from '../core/options/options.ts'

/** Variables that give the secret. */
const SECRET_VARIABLES = ['NITRO_DYNAMODB_SESSIONS_SECRET_KEY', 'NUXT_DYNAMODB_SESSIONS_SECRET_KEY', 'AWS_DYNAMO_DB_SESSION_SECRET_KEY']

/**
 * `values` for `runtimeConfig.dynamodbSessions`, above `below`, with every option that the environment may set: Nitro sets what is
 * there, and an empty text counts as not given.
 */
export function declaredOptions(values: object = {}, below: object = {}): Record<string, unknown> {
  const empty = Object.fromEntries([...environmentNames().values()].map((name) => [name, '']))
  return { ...empty, ...below, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined)) }
}

/** Whether these options, or the environment, have a secret. */
export function hasSecret({ secretKey }: { readonly secretKey?: unknown }): boolean {
  return Boolean(secretKey) || SECRET_VARIABLES.some((name) => process.env[name])
}

/**
 * The options that `runtimeConfig.dynamodbSessions` holds. Nitro turns the environment's text into numbers, booleans and lists by
 * its looks, so that the text itself is taken where it is at hand.
 * @param where what is named when no variable is to blame.
 * @throws InvalidOptionError
 */
export function optionsOf(
  values: Readonly<Record<string, unknown>>,
  env: Environment = process.env,
  where = 'runtimeConfig.dynamodbSessions',
): DynamoSessionOptions {
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === '' || value === undefined || value === null) continue
    const [variable, text] = variableOf(name, env)
    const source = text === undefined ? where : variable
    const given = name === 'migrate' ? withPassword(value, env) : typeof value === 'string' ? value : (text ?? value)
    if (given === undefined) continue
    options[name] = isParsed(given) ? parsed(name, given, source) : name === 'cookie' ? withDate(given) : given
    // Functions and living objects do not outlast the build.
    if ((isCodeOnly(name) || typeof options[name] === 'function') && options[name] !== JSON) {
      const remedy = 'pass it to `useDynamoSession` of dynamodb-sessions/h3'
      throw new InvalidOptionError(
        name,
        `cannot be set in the runtime configuration, which is written into the build as text; ${remedy}`,
        source,
      )
    }
    checkOptions({ [name]: options[name] }, () => source)
  }
  return options as DynamoSessionOptions
}

/** The variable that sets an option, and its text: Nitro's own name for it goes first. */
function variableOf(name: string, env: Environment): [string, string | undefined] {
  const [usual, nitro] = ['NUXT', 'NITRO'].map((prefix) => `${prefix}_DYNAMODB_SESSIONS_${snakeCase(name)}`) as [string, string]
  const found = env[nitro] === undefined ? usual : nitro
  return [found, env[found] || undefined]
}

/** A secret does not belong into the build: an empty one is set by the environment, which is another while Nuxt or Nitro builds. */
function withPassword(migrate: unknown, env: Environment): unknown {
  if (!isPlainObject(migrate)) return migrate
  const [variable, text] = variableOf('migratePassword', env)
  if (text !== undefined) return { ...migrate, password: text }
  if (migrate.password !== '') return migrate
  if (Object.keys(env).length === 0) return undefined
  throw new InvalidOptionError(
    'migrate',
    'needs the `password` of the cookie, which is empty in the configuration: set this variable',
    variable,
  )
}

function isParsed(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function parsed(name: string, value: string | number | boolean, source: string): unknown {
  const parse = kindOf(name)?.parse
  if (!parse) return value
  const result = parse(String(value))
  // 1e21, or more digits than a number holds: what was written cannot be had back.
  const isLost = typeof result === 'string' && (typeof value === 'boolean' || (typeof value === 'number' && !Number.isSafeInteger(value)))
  if (isLost) {
    throw new InvalidOptionError(
      name,
      `must be a text, but was read as a ${typeof value} and cannot be had back; choose one with letters in it`,
      source,
    )
  }
  return result
}

/** A cookie's fixed `expires` is a Date in nuxt.config, and text in the build. */
function withDate(cookie: unknown): unknown {
  const { expires } = cookie as { expires?: unknown }
  return typeof expires === 'string' ? { ...(cookie as object), expires: new Date(expires) } : cookie
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}
