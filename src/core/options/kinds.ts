import { InvalidArgumentError, InvalidOptionError } from '../base/errors.ts'
import type { Serializer, SessionOptions } from './types.ts'
import { durationProblem } from '../base/time.ts'

/** What one option takes. */
interface Kind {
  /** What is wrong with the value, as the end of a sentence; `undefined` when nothing is. */
  problem: (value: unknown) => string | undefined
  /** Turns the environment's text into a value; kinds without it cannot come from the environment. */
  parse?: (text: string) => unknown
  /** Only code can give it, a ts or js file included: functions and living objects. */
  codeOnly?: true
  /** Its values, of whatever type they are, must not be shown. */
  secret?: true
}

/** One layer of options: checked, and without those that are `undefined`. */
export function checkOptions(values: object, sourceOf: (name: string) => string = () => 'code'): SessionOptions {
  if (!isObject(values)) throw new InvalidArgumentError('options', `must be an object; it is ${typeName(values)}`)
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const kind = kindOf(name)
    if (!kind) throw new InvalidOptionError(name, `is not an option${suggestion(name)}`, sourceOf(name))
    const problem = kind.problem(value)
    if (problem) throw new InvalidOptionError(name, `${problem} (it is ${kind.secret ? typeName(value) : shown(value)})`, sourceOf(name))
    checked[name] = value
  }
  return checked
}

/** Whether only code can give the option, a ts or js file included. */
export function isCodeOnly(name: string): boolean {
  return kindOf(name)?.codeOnly === true
}

/** Whether the option's values must not be shown. */
export function isSecret(name: keyof SessionOptions): boolean {
  return KINDS[name].secret === true
}

/** Whether the option is either true or false. */
export function isSwitch(name: keyof SessionOptions): boolean {
  return KINDS[name] === flag
}

/** The value that a text stands for, in an environment variable and a flag alike; unchecked. */
export function parseText(name: keyof SessionOptions, value: string): unknown {
  return KINDS[name].parse?.(value)
}

/** What to do about an unknown name, as the end of a sentence. */
export function suggestion(name: string): string {
  const ours = (Object.hasOwn(FAMILIAR, name) ? FAMILIAR[name] : undefined) ?? closest(name, NAMES)
  return ours ? `; did you mean \`${ours}\`?` : '; the options are listed in docs/configuration.md'
}

/** The candidate that a misspelled name most likely means; `undefined` when none is near. */
export function closest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  // More than two letters longer or shorter is never near, and a name may be a megabyte.
  const near = candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= 2)
    .map((candidate) => ({ candidate, by: distance(candidate.toLowerCase(), name.toLowerCase()) }))
  return near.filter(({ by }) => by <= 2).toSorted((a, b) => a.by - b.by)[0]?.candidate
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
const fn: Kind = { problem: (value) => (typeof value === 'function' ? undefined : 'must be a function'), codeOnly: true }
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
  secret: true,
})

/** The flat set: every name with its kind. Adding an option means a line here and one in `SessionOptions`. */
export const KINDS: { readonly [Name in keyof Required<SessionOptions>]: Kind } = {
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
    // `localhost:8000` is a URL too, with the scheme `localhost:`. Endpoints are shown, so nothing in one may be secret.
    problem: (value) =>
      typeof value === 'string' && /^https?:\/\/[^@?#]*$/i.test(value) && URL.canParse(value)
        ? undefined
        : 'must be a URL such as http://localhost:8000, without a name and a password, a query or a fragment',
    parse: (value) => value,
  },
  client: {
    problem: (value) =>
      isObject(value) && typeof (value as { send?: unknown }).send === 'function' && 'middlewareStack' in value
        ? undefined
        : 'must be a DynamoDBClient or a DynamoDBDocumentClient',
    codeOnly: true,
  },
  credentials: {
    problem: (value) =>
      typeof value === 'function' || (isObject(value) && 'accessKeyId' in value && 'secretAccessKey' in value)
        ? undefined
        : 'must be { accessKeyId, secretAccessKey } or a function that provides them',
    codeOnly: true,
    secret: true,
  },
  requestTimeout: range(1, 300_000, 'milliseconds'),
  maxAttempts: range(1, 20, 'attempts'),
  consistentRead: flag,
  driver: { ...object, codeOnly: true },
  configFile: { problem: text.problem, codeOnly: true },
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
    // The gem's name of what is the default here.
    parse: (value) => (value === 'json' ? JSON : value),
    codeOnly: true,
  },
  compression: {
    problem: (value) =>
      typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
        ? undefined
        : 'must be true, false or the number of bytes from which data is compressed',
    parse: (value) => (typeof boolean(value) === 'boolean' ? boolean(value) : number(value)),
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

export const NAMES: readonly (keyof SessionOptions)[] = Object.keys(KINDS) as (keyof SessionOptions)[]

function kindOf(name: string): Kind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name as keyof SessionOptions] : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value === '') return 'an empty string'
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

/** Texts are never shown: any of them may be a secret in the wrong place. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${value}` : typeName(value)
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
