import type { ClientOptions } from './dynamodb.ts'
import { InvalidOptionError } from './errors.ts'
import { generateId } from './id.ts'
import { durationProblem } from './time.ts'

/** What turns session data into text and back. `parse(stringify(data))` must give equal data. */
export interface Serializer {
  stringify: (value: unknown) => string
  parse: (text: string) => unknown
}

/**
 * Every option, in one flat set with the Ruby gem's names in camelCase. Each entry point takes the whole set and
 * ignores what belongs to others. Precedence: code, environment (`AWS_DYNAMO_DB_SESSION_<NAME>`), file, default.
 */
export interface SessionOptions extends ClientOptions {
  /** The table's name. Default `sessions`. */
  tableName?: string
  /** The name of the table's hash key, a string. Default `session_id`. */
  tableKey?: string
  /** Put before every key, so that several applications can share a table. End it with a separator: `shop:`. */
  keyPrefix?: string
  /** The name of the table's range key, a string, where the table has one. Needs `sortKeyValue`. */
  sortKey?: string
  /** The range key's value in every item of ours. */
  sortKeyValue?: string
  /** Whether reads are strongly consistent: one read unit per 4 KB instead of a half. Default `true`. */
  consistentRead?: boolean
  /** A driver made by `dynamodb-sessions/driver`; takes the place of table and connection options. Code only. */
  driver?: object
  /** Path of the configuration file that these options came from; set by `loadSessionConfig`. Code only. */
  configFile?: string
  /** Signs cookies with HMAC-SHA-256. In a list the first signs and all verify, for rotation. */
  secretKey?: string | readonly string[]
  /** The framework's cookie: attributes, or in React Router and Remix a `Cookie` object. */
  cookie?: object
  /** h3: the cookie's name. */
  name?: string
  /** Absolute lifetime in seconds from creation, at most 400 days. Default none. */
  maxAge?: number
  /** Idle lifetime in seconds, at most 400 days; 0 means never. Default the cookie's `maxAge`, else 14 days. */
  maxStale?: number
  /** Seconds between a use of a session and the next that extends its life; below `maxStale`. Default a tenth of the lifetime. */
  touchAfter?: number
  /** Whether the table holds SHA-256 of ids in place of ids. `false` is for tables shared with the Ruby gem. Default `true`. */
  hashIds?: boolean
  /** Draws a new session id: 16 to 128 of `A-Z a-z 0-9 _ -`. Default 256 random bits in base64url. Code only. */
  generateId?: () => string
  /** What happens when two requests changed one session. Default `merge`. */
  onConflict?: 'merge' | 'overwrite' | 'error'
  /** The key of the session data whose value is stored as `user_id`, for `listByUser` and `destroyByUser`. */
  userIdKey?: string
  /** Whether the adapters hold the session's lock while a request runs. Default `false`. */
  enableLocking?: boolean
  /** Length of a lock's lease in milliseconds, 50 to 3,600,000. Default 500. */
  lockExpiryTime?: number
  /** Milliseconds between looks at a taken lock, 1 to 60,000. Default 500. */
  lockRetryDelay?: number
  /** Seconds to wait for a lock, 0 to 3600, fractions allowed. Default 1. */
  lockMaxWaitTime?: number
  /** `false`: a failed read gives an empty session that is never written back, in place of an error. Default `true`. */
  raiseErrors?: boolean
  /** Told of every error, with the operation that failed. Code only. */
  errorHandler?: (error: unknown, context: { operation: string }) => void
  /** Default JSON. Code only. */
  serializer?: Serializer
  /** Gzip data of at least this many bytes; `true` means 1024. Default `false`. */
  compression?: boolean | number
  /** Encrypts data with AES-256-GCM: 32 bytes in base64 or hex. In a list the first encrypts and all decrypt. */
  encryptionKey?: string | readonly string[]
  /** Whether unencrypted records are refused. Default `false`. */
  requireEncryption?: boolean
  /** How new tables are billed. Default `PAY_PER_REQUEST`; either capacity means `PROVISIONED`. */
  billingMode?: 'PAY_PER_REQUEST' | 'PROVISIONED'
  /** Read capacity units of a new table, 1 to 40,000. With `writeCapacity` only: 10. */
  readCapacity?: number
  /** Write capacity units of a new table, 1 to 40,000. With `readCapacity` only: 5. */
  writeCapacity?: number
  /** Driver: default lifetime in seconds of items written through unstorage; 0 means no expiry. */
  ttl?: number
}

/** What a configuration file may hold: options, a base to extend, and options by environment (`$production`, `$env.staging`). */
export interface SessionConfig extends SessionOptions {
  /** A local file, or several, whose options rank below these. */
  extends?: string | string[]
  $development?: SessionOptions
  $production?: SessionOptions
  $test?: SessionOptions
  $env?: Record<string, SessionOptions>
}

/** The options with defaults filled in. */
export type ResolvedOptions = Readonly<SessionOptions> & Defaults

type Defaulted =
  | 'tableName'
  | 'tableKey'
  | 'keyPrefix'
  | 'consistentRead'
  | 'maxStale'
  | 'hashIds'
  | 'generateId'
  | 'onConflict'
  | 'enableLocking'
  | 'lockExpiryTime'
  | 'lockRetryDelay'
  | 'lockMaxWaitTime'
  | 'raiseErrors'
  | 'serializer'
  | 'compression'
  | 'requireEncryption'
  | 'requestTimeout'
  | 'maxAttempts'
type Defaults = Readonly<Required<Pick<SessionOptions, Defaulted>>>

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

/** Checks one value: answers it, converted where the environment gives text, or what is wrong with it. */
interface Kind {
  /** What is wrong with the value, as the end of a sentence; `undefined` when nothing is. */
  problem: (value: unknown) => string | undefined
  /** Turns the environment's text into a value; kinds without it cannot come from the environment. */
  parse?: (text: string) => unknown
}

const number = (text: string): unknown => (/^-?\d+(\.\d+)?(e\d+)?$/i.test(text.trim()) ? Number(text) : text)
const boolean = (text: string): unknown => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : text)
const text: Kind = {
  problem: (value) => (typeof value === 'string' && value ? undefined : 'must be a text that is not empty'),
  parse: (value) => value,
}
const flag: Kind = { problem: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'), parse: boolean }
const seconds: Kind = { problem: durationProblem, parse: number }
const range = (least: number, most: number, unit: string, whole = true): Kind => ({
  problem: (value) =>
    typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))
      ? undefined
      : `must be a ${whole ? 'whole ' : ''}number of ${unit} from ${least} to ${most}`,
  parse: number,
})
const oneOf = (...names: string[]): Kind => ({
  problem: (value) => (names.includes(value as string) ? undefined : `must be one of ${names.join(', ')}`),
  parse: (value) => value,
})
const fn: Kind = { problem: (value) => (typeof value === 'function' ? undefined : 'must be a function') }
const object: Kind = { problem: (value) => (isObject(value) ? undefined : 'must be an object') }
const secrets = (each: (value: string) => string | undefined): Kind => ({
  problem: (value) => {
    const list: unknown[] = Array.isArray(value) ? value : [value]
    if (list.length === 0) return 'must not be an empty list'
    for (const item of list) {
      if (typeof item !== 'string' || item === '') return 'must be a text that is not empty, or a list of such texts'
      const problem = each(item)
      if (problem) return problem
    }
    return undefined
  },
  parse: listOrText,
})

/** The flat set: every name with its kind. Adding an option means a line here and one in `SessionOptions`. */
const KINDS: { readonly [Name in keyof Required<SessionOptions>]: Kind } = {
  tableName: {
    problem: (value) =>
      typeof value === 'string' && /^([\w.-]{3,255}|arn:[\w:./-]{1,1000})$/.test(value)
        ? undefined
        : 'must be a table name (3 to 255 of A-Z a-z 0-9 _ - .) or a table ARN',
    parse: (value) => value,
  },
  tableKey: text,
  keyPrefix: { problem: (value) => (typeof value === 'string' ? undefined : 'must be a text'), parse: (value) => value },
  sortKey: text,
  sortKeyValue: text,
  region: text,
  endpoint: {
    problem: (value) => (typeof value === 'string' && URL.canParse(value) ? undefined : 'must be a URL such as http://localhost:8000'),
    parse: (value) => value,
  },
  client: {
    problem: (value) =>
      isObject(value) && typeof (value as { send?: unknown }).send === 'function' && 'middlewareStack' in value
        ? undefined
        : 'must be a DynamoDBClient or a DynamoDBDocumentClient',
  },
  credentials: {
    problem: (value) =>
      typeof value === 'function' || (isObject(value) && 'accessKeyId' in value && 'secretAccessKey' in value)
        ? undefined
        : 'must be { accessKeyId, secretAccessKey } or a function that provides them',
  },
  requestTimeout: range(1, 300_000, 'milliseconds'),
  maxAttempts: range(1, 20, 'attempts'),
  consistentRead: flag,
  driver: object,
  configFile: text,
  secretKey: secrets(() => undefined),
  cookie: object,
  name: text,
  maxAge: { problem: (value) => durationProblem(value) ?? (value === 0 ? 'must be more than 0 seconds' : undefined), parse: number },
  maxStale: seconds,
  touchAfter: seconds,
  hashIds: flag,
  generateId: fn,
  onConflict: oneOf('merge', 'overwrite', 'error'),
  userIdKey: text,
  enableLocking: flag,
  lockExpiryTime: range(50, 3_600_000, 'milliseconds'),
  lockRetryDelay: range(1, 60_000, 'milliseconds'),
  lockMaxWaitTime: range(0, 3600, 'seconds', false),
  raiseErrors: flag,
  errorHandler: fn,
  serializer: {
    problem: (value) =>
      isObject(value) && typeof (value as Serializer).stringify === 'function' && typeof (value as Serializer).parse === 'function'
        ? undefined
        : 'must be { stringify, parse }',
  },
  compression: {
    problem: (value) =>
      typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
        ? undefined
        : 'must be true, false or the number of bytes from which data is compressed',
    parse: (value) => (/^\d+$/.test(value) ? Number(value) : boolean(value)),
  },
  encryptionKey: secrets((value) =>
    encryptionKeyBytes(value) ? undefined : 'must be 32 bytes in base64 or hex; `openssl rand -base64 32` makes one',
  ),
  requireEncryption: flag,
  billingMode: oneOf('PAY_PER_REQUEST', 'PROVISIONED'),
  readCapacity: range(1, 40_000, 'capacity units'),
  writeCapacity: range(1, 40_000, 'capacity units'),
  ttl: seconds,
}

/** Names that users of neighbouring packages try, and ours. */
const FAMILIAR: Readonly<Record<string, keyof SessionOptions>> = {
  password: 'secretKey',
  secret: 'secretKey',
  secrets: 'secretKey',
  secretKeys: 'secretKey',
  idleTimeout: 'maxStale',
  idleTime: 'maxStale',
  rolling: 'touchAfter',
  table: 'tableName',
  base: 'keyPrefix',
  prefix: 'keyPrefix',
  hashKey: 'tableKey',
  partitionKey: 'tableKey',
  dynamoDbClient: 'client',
  readCapacityUnits: 'readCapacity',
  writeCapacityUnits: 'writeCapacity',
}

const PREFIX = 'AWS_DYNAMO_DB_SESSION_'
const NAMES = Object.keys(KINDS) as (keyof SessionOptions)[]
const ENVIRONMENT: ReadonlyMap<string, keyof SessionOptions> = new Map(
  NAMES.filter((name) => KINDS[name].parse && name !== 'configFile').map((name) => [PREFIX + snakeCase(name).toUpperCase(), name]),
)
/** Names a configuration file; read by `loadSessionConfig` and the command only. */
export const CONFIG_FILE_VARIABLE: string = `${PREFIX}CONFIG_FILE`

export type Environment = Readonly<Record<string, string | undefined>>

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
  warnOfUnreadFile(code, env)
  return complete({ ...fallback, ...environmentOptions(env), ...code })
}

/** Types a configuration file; answers what it is given. With `$production` and the like for c12's environments. */
export function defineSessionConfig(config: SessionConfig): SessionConfig {
  return config
}

/** One layer of options: checked, and without those that are `undefined`. */
export function checkOptions(values: object, sourceOf: (name: string) => string = () => 'code'): SessionOptions {
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof SessionOptions] : undefined
    if (!kind) throw new InvalidOptionError(name, `is not an option${suggestion(name)}`, sourceOf(name))
    const problem = kind.problem(value)
    if (problem) throw new InvalidOptionError(name, `${problem}; it is ${typeName(value)}`, sourceOf(name))
    checked[name] = value
  }
  return checked
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
export function complete(given: SessionOptions): ResolvedOptions {
  const options = { ...DEFAULTS, ...given }
  const { touchAfter, maxStale } = options
  if (touchAfter !== undefined && maxStale > 0 && touchAfter >= maxStale) {
    throw new InvalidOptionError('touchAfter', `is ${touchAfter} seconds, but must be less than \`maxStale\` (${maxStale})`)
  }
  if ((options.sortKey === undefined) !== (options.sortKeyValue === undefined)) {
    throw new InvalidOptionError(options.sortKey ? 'sortKeyValue' : 'sortKey', 'is missing: `sortKey` and `sortKeyValue` go together')
  }
  if (options.billingMode === 'PAY_PER_REQUEST' && (options.readCapacity || options.writeCapacity)) {
    throw new InvalidOptionError(
      'billingMode',
      'is PAY_PER_REQUEST, which has no `readCapacity` and `writeCapacity`; leave one or the other out',
    )
  }
  if (options.requireEncryption && !options.encryptionKey) {
    throw new InvalidOptionError('requireEncryption', 'is true, but there is no `encryptionKey`')
  }
  return options
}

/** The options that an environment variable can set, by variable; for docs, the command and the Nuxt module. */
export function environmentNames(): ReadonlyMap<string, keyof SessionOptions> {
  return ENVIRONMENT
}

/** A key of 32 bytes in base64, base64url or hex; `undefined` when the text is none of them. */
export function encryptionKeyBytes(value: string): Buffer | undefined {
  const bytes = /^[0-9a-f]{64}$/i.test(value)
    ? Buffer.from(value, 'hex')
    : /^[\w+/-]{43}=?$/.test(value)
      ? Buffer.from(value, 'base64')
      : undefined
  return bytes?.length === 32 ? bytes : undefined
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return value === '' ? 'an empty string' : `a ${typeof value}`
}

/** A list of secrets comes from the environment as a JSON array; any other text is one secret. */
function listOrText(value: string): unknown {
  if (!value.startsWith('[')) return value
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : value
  } catch {
    return value
  }
}

function environmentProblem(variable: string): string {
  const name = camelCase(variable.slice(PREFIX.length).toLowerCase())
  return Object.hasOwn(KINDS, name) ? 'cannot be set by the environment; set it in code' : `is not an option${suggestion(name)}`
}

function suggestion(name: string): string {
  const ours = FAMILIAR[name] ?? NAMES.find((known) => distance(known.toLowerCase(), name.toLowerCase()) <= 2)
  return ours ? `; did you mean \`${ours}\`?` : '; the options are listed in docs/configuration.md'
}

/** Levenshtein's distance, for misspelled names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length] ?? 0
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
