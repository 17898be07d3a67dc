import { isPlainObject } from '../base/is-plain-object.ts'
import type { SessionOptions } from './types.ts'
import { sealedProblem } from './sealed-cookie.ts'
import { shortSecretProblem } from './short-secret.ts'
import { durationProblem } from '../base/time.ts'
import { isWellFormed } from '../base/well-formed.ts'

/** Bytes that leave room for the longest id, 128 characters. */
const MAX_PREFIX = 1920

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

/** Whether only code can give the option, a ts or js file included. */
export function isCodeOnly(name: string): boolean {
  return kindOf(name)?.codeOnly === true
}

/** Whether there is an option of that name. */
export function isOption(name: string): name is keyof SessionOptions {
  return Object.hasOwn(KINDS, name)
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

/** `localhost:8000` is a URL too, with the scheme `localhost:`. Endpoints are shown, so nothing in one may be secret. */
export function isEndpoint(value: string): boolean {
  return /^https?:\/\/[^@?#]*$/i.test(value) && URL.canParse(value)
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
const object: Kind = { problem: (value) => (isPlainObject(value) ? undefined : 'must be an object') }
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
  keyPrefix: {
    problem: (value) =>
      typeof value === 'string' && isWellFormed(value) && Buffer.byteLength(value) <= MAX_PREFIX
        ? undefined
        : `must be a text of at most ${MAX_PREFIX} bytes: DynamoDB's limit of 2048 is for the whole key`,
    parse: (value) => value,
  },
  sortKey: text,
  sortKeyValue: text,
  region: text,
  endpoint: {
    problem: (value) =>
      typeof value === 'string' && isEndpoint(value)
        ? undefined
        : 'must be a URL such as http://localhost:8000, without a name and a password, a query or a fragment',
    parse: (value) => value,
  },
  client: {
    problem: (value) =>
      isPlainObject(value) && typeof value.send === 'function' && 'middlewareStack' in value
        ? undefined
        : 'must be a DynamoDBClient or a DynamoDBDocumentClient',
    codeOnly: true,
  },
  credentials: {
    problem: (value) =>
      typeof value === 'function' || (isPlainObject(value) && 'accessKeyId' in value && 'secretAccessKey' in value)
        ? undefined
        : 'must be { accessKeyId, secretAccessKey } or a function that provides them',
    codeOnly: true,
    secret: true,
  },
  requestTimeout: range(1, 300_000, 'milliseconds'),
  maxAttempts: range(1, 20, 'attempts'),
  maxSockets: range(1, 1000, 'connections'),
  transport: oneOf('http', 'sdk'),
  consistentRead: flag,
  driver: { ...object, codeOnly: true },
  configFile: { problem: text.problem, codeOnly: true },
  secretKey: secrets(shortSecretProblem),
  cookie: object,
  migrate: { problem: sealedProblem, secret: true },
  name: text,
  maxAge: { problem: (value) => durationProblem(value) ?? (value === 0 ? 'must be more than 0 seconds' : undefined), parse: number },
  maxStale: seconds,
  touchAfter: seconds,
  hashIds: flag,
  generateId: fn,
  onConflict: oneOf('merge', 'overwrite', 'error'),
  userIdKey: text,
  device: {
    problem: (value) => (typeof value === 'boolean' || typeof value === 'function' ? undefined : 'must be true, false or a function'),
    parse: boolean,
  },
  enableLocking: flag,
  lockExpiryTime: range(50, 3_600_000, 'milliseconds'),
  lockRetryDelay: range(1, 60_000, 'milliseconds'),
  lockMaxWaitTime: range(0, 3600, 'seconds', false),
  raiseErrors: flag,
  errorHandler: fn,
  serializer: {
    problem: (value) =>
      isPlainObject(value) && typeof value.stringify === 'function' && typeof value.parse === 'function'
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
  maxDataSize: range(512 * 1024, 64 * 1024 * 1024, 'bytes'),
  encryptionKey: secrets((value) =>
    encryptionKeyBytes(value) ? undefined : 'must be 32 bytes in base64 or hex; `openssl rand -base64 32` makes one',
  ),
  requireEncryption: flag,
  billingMode: oneOf('PAY_PER_REQUEST', 'PROVISIONED'),
  readCapacity: range(1, 40_000, 'capacity units'),
  writeCapacity: range(1, 40_000, 'capacity units'),
  ttl: seconds,
}

export const NAMES: readonly (keyof SessionOptions)[] = Object.keys(KINDS) as (keyof SessionOptions)[]

/** The kind of an option; `undefined` for an unknown name. */
export function kindOf(name: string): Kind | undefined {
  return isOption(name) ? KINDS[name] : undefined
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
