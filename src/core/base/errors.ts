/** What every error of this package carries: a stable `code`, a message that says what to do, and the cause. */
export class DynamoSessionError extends Error {
  // Text, here and in every class below: a bundler that minifies renames classes.
  override name = 'DynamoSessionError'

  /** Stable, for programs: `INVALID_OPTION`, `TABLE_NOT_FOUND`, ... */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Two copies of this package in one process are of releases that cannot work on the same sessions. */
export class IncompatibleCopyError extends DynamoSessionError {
  override name = 'IncompatibleCopyError'

  /** The releases: that of the copy which found the other, and of the other. */
  readonly versions: readonly [string, string]

  constructor(own: string, other: string | undefined) {
    const versions: [string, string] = [own, other ?? 'an older release']
    super(
      'INCOMPATIBLE_COPY',
      `Two copies of dynamodb-sessions in this process do not fit: ${versions.join(' and ')}. Install one version only ` +
        '(`npm ls dynamodb-sessions` shows where they come from), and build again',
    )
    this.versions = versions
  }
}

/** An option is unknown, of the wrong type or out of range, or contradicts another one. */
export class InvalidOptionError extends DynamoSessionError {
  override name = 'InvalidOptionError'

  /** The option's name, as design and docs write it. */
  readonly option: string
  /** Where the value came from: `code`, an environment variable's name or a file's path. */
  readonly source: string

  constructor(option: string, problem: string, source = 'code', options?: ErrorOptions) {
    const shown = shownName(option)
    super('INVALID_OPTION', `Option \`${shown}\` (from ${source}) ${problem}`, options)
    this.option = shown
    this.source = source
  }
}

/** A name as it may be shown: a file that is read in the wrong format yields names that are whole lines, secrets included. */
export function shownName(name: string): string {
  return /^[\w$.-]{1,64}$/.test(name) ? name : '(not a name)'
}

/** An argument of one call is of the wrong type or out of range. */
export class InvalidArgumentError extends DynamoSessionError {
  override name = 'InvalidArgumentError'
  readonly argument: string

  constructor(argument: string, problem: string, options?: ErrorOptions) {
    super('INVALID_ARGUMENT', `Argument \`${argument}\` ${problem}`, options)
    this.argument = argument
  }
}

/** A session id that is not 16 to 128 characters of `A-Z a-z 0-9 _ -`. The id itself is not in the message. */
export class InvalidIDError extends DynamoSessionError {
  override name = 'InvalidIDError'

  constructor(what = 'A session id') {
    super('INVALID_ID', `${what} must be 16 to 128 characters of A-Z a-z 0-9 _ -`)
  }
}

/** A key that DynamoDB does not take: empty, longer than 2048 bytes (`limit`), or with half of a surrogate pair. */
export class InvalidKeyError extends DynamoSessionError {
  override name = 'InvalidKeyError'
  readonly size: number
  readonly limit: number

  constructor(size: number, limit: number) {
    super(
      'INVALID_KEY',
      size === 0
        ? 'A key must not be empty'
        : size <= limit
          ? 'A key must be well-formed Unicode: it holds half of a surrogate pair'
          : `A key of ${size} bytes is over DynamoDB's limit of ${limit}; shorten the key or the \`keyPrefix\``,
    )
    this.size = size
    this.limit = limit
  }
}

/** Bytes of an item, attribute names included. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
export const MAX_ITEM_SIZE: number = 400 * 1024

/** The item would be over DynamoDB's 400 KB, or its data over the 16 MB that a packed record may hold. Nothing was sent. */
export class SessionTooLargeError extends DynamoSessionError {
  override name = 'SessionTooLargeError'
  readonly key: string | undefined
  /** Bytes of the whole item, attribute names included, or of data that is too large to pack; `undefined` where only DynamoDB has counted them. */
  readonly size: number | undefined
  /** Bytes that DynamoDB takes, or that a packed record may hold. */
  readonly limit: number

  constructor(key: string | undefined, size: number | undefined, limit: number, options?: ErrorOptions) {
    const isPacked = limit > MAX_ITEM_SIZE
    super(
      'TOO_LARGE',
      `The ${isPacked ? 'data of the item' : 'item'}${key === undefined ? '' : ` ${key}`} would be ${size === undefined ? '' : `${size} bytes, `}` +
        `over ${isPacked ? '`maxDataSize`,' : "DynamoDB's limit of"} ${limit} bytes; store less${isPacked ? '' : ', or switch `compression` on'}`,
      options,
    )
    this.key = key
    this.size = size
    this.limit = limit
  }
}

/** A stored record cannot be decoded, or is not what the options demand. It is left as it is. */
export class SessionDataError extends DynamoSessionError {
  override name = 'SessionDataError'
  readonly key: string

  constructor(key: string, problem: string, options?: ErrorOptions) {
    super('UNREADABLE_DATA', `The item ${key} ${problem}`, options)
    this.key = key
  }
}

/** A write met other writes more often than it may retry, or once with `onConflict: 'error'`. */
export class SessionConflictError extends DynamoSessionError {
  override name = 'SessionConflictError'
  readonly key: string

  constructor(key: string, problem: string) {
    super('CONFLICT', `The session ${key} ${problem}`)
    this.key = key
  }
}

/** What a request changed was not stored: its session ended meanwhile, or went on under another id. Told to `errorHandler` only. */
export class SessionGoneError extends DynamoSessionError {
  override name = 'SessionGoneError'

  constructor(how: 'moved' | 'gone') {
    super(
      'SESSION_GONE',
      `Changes of a session were not stored: it ${how === 'moved' ? 'goes on under another id' : 'has ended'}. The browser's next request has ` +
        'the cookie that counts',
    )
  }
}

/** The session's lock was taken by others for all of `lockMaxWaitTime`. Nothing was done. */
export class LockWaitTimeoutError extends DynamoSessionError {
  override name = 'LockWaitTimeoutError'
  readonly key: string

  constructor(key: string, seconds: number) {
    super('LOCK_WAIT_TIMEOUT', `The session ${key} was locked by others for ${seconds} s (\`lockMaxWaitTime\`)`)
    this.key = key
  }
}

/** The lease ran out, and another holder has the lock: the write was not done. */
export class LockLostError extends DynamoSessionError {
  override name = 'LockLostError'
  readonly key: string

  constructor(key: string) {
    super('LOCK_LOST', `The lock of the session ${key} was lost while it was held; raise \`lockExpiryTime\`, or do less under the lock`)
    this.key = key
  }
}

/** An adapter that signs has neither `secretKey` nor signed cookie settings. */
export class MissingSecretKeyError extends DynamoSessionError {
  override name = 'MissingSecretKeyError'

  constructor(problem: string) {
    super('MISSING_SECRET_KEY', problem)
  }
}

/** The table does not exist in this region and account. */
export class TableNotFoundError extends DynamoSessionError {
  override name = 'TableNotFoundError'
  readonly tableName: string
  readonly region: string

  constructor(tableName: string, region: string, endpoint: string | undefined, options?: ErrorOptions) {
    const where = endpoint ? `${region} at ${endpoint}` : region
    super(
      'TABLE_NOT_FOUND',
      `There is no table ${tableName} in ${where}. Create it with \`npx dynamodb-sessions table create --table-name ${tableName}\` ` +
        `or \`createSessionTable({ tableName: '${tableName}' })\`, or set \`tableName\` (AWS_DYNAMO_DB_SESSION_TABLE_NAME), \`region\` or \`endpoint\``,
      options,
    )
    this.tableName = tableName
    this.region = region
  }
}

/** The table exists but cannot serve: another key schema, or something is in its way. */
export class TableMismatchError extends DynamoSessionError {
  override name = 'TableMismatchError'
  readonly tableName: string
  /** What about the table is other than the options say; `undefined` where something else is in the way. */
  readonly what: 'key' | 'userIndex' | undefined

  constructor(tableName: string, problem: string, options: ErrorOptions & { readonly what?: 'key' | 'userIndex' } = {}) {
    super('TABLE_MISMATCH', `The table ${tableName} ${problem}`, options)
    this.tableName = tableName
    this.what = options.what
  }
}

/** Something that a new table does not have yet, and what gives it. */
export interface Unfinished {
  readonly what: 'timeToLive' | 'pointInTimeRecovery' | 'tags'
  readonly remedy: string
}

/** A table operation did not finish within its `timeout`. It may still finish later, but for what is `unfinished`. */
export class TableTimeoutError extends DynamoSessionError {
  override name = 'TableTimeoutError'
  readonly unfinished: readonly Unfinished[]

  constructor(tableName: string, what: string, seconds: number, unfinished: readonly Unfinished[] = [], options?: ErrorOptions) {
    super(
      'TABLE_TIMEOUT',
      `The table ${tableName} was not ${what} after ${seconds} s; look again with \`dynamodb-sessions table status\` or ` +
        `\`describeSessionTable\`, or raise \`timeout\`${still(unfinished)}`,
      options,
    )
    this.unfinished = unfinished
  }
}

/** `signal` stopped a table operation. What DynamoDB had begun goes on, but for what is `unfinished`. */
export class TableStoppedError extends DynamoSessionError {
  override name = 'TableStoppedError'
  readonly unfinished: readonly Unfinished[]

  constructor(tableName: string, problem: string, unfinished: readonly Unfinished[] = []) {
    super('TABLE_STOPPED', `The table ${tableName} ${problem}${still(unfinished)}`)
    this.unfinished = unfinished
  }
}

function still(unfinished: readonly Unfinished[]): string {
  if (unfinished.length === 0) return ''
  return `. Once it is ACTIVE it still needs ${unfinished.map(({ what, remedy }) => `${what} (${remedy})`).join(', ')}`
}

/** A package that is needed here is not installed. */
export class MissingPackageError extends DynamoSessionError {
  override name = 'MissingPackageError'

  /** As npm knows it. */
  readonly package: string

  /**
   * @param reason why it is needed, as the end of a sentence.
   * @param options `install`: the words that install a package here, `npm install` by default.
   */
  constructor(name: string, reason: string, options: ErrorOptions & { readonly install?: string } = {}) {
    const { install = 'npm install', ...rest } = options
    super('MISSING_PACKAGE', `${name} is not installed, and is needed here: ${reason}; \`${install} ${name}\` adds it`, rest)
    this.package = name
  }
}

/** The SDK found no region. */
export class MissingRegionError extends DynamoSessionError {
  override name = 'MissingRegionError'

  constructor(options?: ErrorOptions) {
    super(
      'MISSING_REGION',
      'No AWS region: set the `region` option, AWS_DYNAMO_DB_SESSION_REGION or AWS_REGION, or a region in the AWS profile; without an account `npx dynamodb-sessions dev` serves an engine',
      options,
    )
  }
}

/** The SDK found no credentials, or AWS refused the ones it found. */
export class CredentialsError extends DynamoSessionError {
  override name = 'CredentialsError'

  constructor(problem: string, options?: ErrorOptions) {
    super(
      'CREDENTIALS',
      `${problem}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, an AWS profile or a role, or the \`credentials\` option`,
      options,
    )
  }
}

/** The credentials lack a permission. */
export class AccessDeniedError extends DynamoSessionError {
  override name = 'AccessDeniedError'

  /** The IAM action that is missing, such as `dynamodb:UpdateItem`. */
  readonly action: string

  constructor(action: string, tableName: string, options?: ErrorOptions) {
    super('ACCESS_DENIED', `AWS denied ${action} on the table ${tableName}; add the action to the role's policy`, options)
    this.action = action
  }
}

/**
 * A request to DynamoDB failed after all attempts; the message names the operation, and `code` says how it failed:
 *
 * - `THROTTLED`: the table's capacity or the account's limit is used up. On-demand billing, or more capacity.
 * - `TIMEOUT`: no response in `requestTimeout`, or the whole operation took longer than its bound. Is the network slow, or the endpoint another?
 * - `UNREACHABLE`: no connection, or it broke. The message says which host was tried, and what named it.
 * - `SERVER_ERROR`: DynamoDB answered with 5xx, or half a response. Trying again later helps.
 * - `UNPROCESSED`: DynamoDB left a part of a batch undone, again and again. More capacity, or smaller batches.
 * - `REQUEST_FAILED`: DynamoDB refused the request; its own words are in the message.
 * - `NOT_DYNAMODB`: something else answered, such as a proxy's page. The message has its status and URL.
 */
export class DynamoDBRequestError extends DynamoSessionError {
  override name = 'DynamoDBRequestError'

  /** The IAM name of the operation, such as `dynamodb:GetItem`. */
  readonly action: string
  /** Whether sending it again may help: throttling, 5xx, timeouts and broken connections. */
  readonly retryable: boolean

  constructor(
    code: 'THROTTLED' | 'TIMEOUT' | 'UNREACHABLE' | 'SERVER_ERROR' | 'UNPROCESSED' | 'REQUEST_FAILED' | 'NOT_DYNAMODB',
    action: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(code, `${action} failed: ${problem}`, options)
    this.action = action
    this.retryable = code !== 'REQUEST_FAILED' && code !== 'NOT_DYNAMODB'
  }
}

/** Whether DynamoDB refused a request, unread, because the table's capacity is used up. */
export function isThrottled(error: unknown): boolean {
  return error instanceof DynamoDBRequestError && error.code === 'THROTTLED'
}

/** Whether a request's outcome is unknown, or sending it again may help. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DynamoDBRequestError && error.retryable
}
