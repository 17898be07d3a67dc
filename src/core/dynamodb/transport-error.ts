import type { Item } from './model.ts'

/** How a request failed. */
export type ErrorKind =
  | 'conditionFailed'
  /** No such table, or another resource. */
  | 'notFound'
  /** The resource exists already, or is being changed. */
  | 'inUse'
  | 'throttled'
  | 'validation'
  /** The engine does not know the operation. */
  | 'unsupported'
  | 'accessDenied'
  | 'credentialsMissing'
  | 'credentialsRefused'
  | 'regionMissing'
  | 'regionInvalid'
  | 'endpointInvalid'
  /** AWS's SDK is needed and is not installed. */
  | 'sdkMissing'
  /** No whole answer in time. */
  | 'timeout'
  /** The connection failed, before or after the request was sent. */
  | 'unreachable'
  /** 5xx, or what AWS says may be tried again. */
  | 'server'
  /** The answer is no JSON: it was cut short. */
  | 'unparsable'
  /** The answer came from something else than DynamoDB; the message says what it is and where from. */
  | 'foreign'
  | 'other'

/** What a transport throws. `name` is the exact code of AWS (`ThrottlingException`) or of the network (`ECONNREFUSED`). */
export class TransportError extends Error {
  readonly kind: ErrorKind
  /** Attempts that were made. */
  readonly attempts: number
  /** Of HTTP, where there was an answer. Not `status`, which frameworks take for that of their own response, in a cause too. */
  readonly httpStatus: number | undefined
  /** AWS's id of the request, for its support. */
  readonly requestId: string | undefined
  /** Not enumerable, since it holds the session: what a failed condition was about, where it was asked for and the engine tells. */
  declare readonly item: Item | undefined

  constructor(
    kind: ErrorKind,
    name: string,
    message: string,
    more: { attempts?: number; status?: number | undefined; requestId?: string | undefined; item?: Item | undefined; cause?: unknown } = {},
  ) {
    super(message, 'cause' in more ? { cause: more.cause } : undefined)
    this.kind = kind
    this.name = name
    this.attempts = more.attempts ?? 1
    this.httpStatus = more.status
    this.requestId = more.requestId
    Object.defineProperty(this, 'item', { value: more.item })
  }
}

/** `name` where AWS's SDK is there, but in a form that cannot run: CommonJS within ES modules. https://github.com/evanw/esbuild/issues/1921 */
export const BUNDLED_WRONG = 'ERR_BUNDLED_AS_COMMONJS'

const OVERDUE = 'OverdueError'

/** What a request fails with whose operation has taken too long as a whole. `most`: milliseconds that it may take. */
export function overdue(most?: number): TransportError {
  return new TransportError('timeout', OVERDUE, `${most === undefined ? 'the time' : `${most} ms, the time`} of a whole operation`)
}

export function isOverdue({ name }: TransportError): boolean {
  return name === OVERDUE
}

/** The kind of an answer that is an error, by AWS's exact code; `undefined` where neither code nor status say. */
export function kindOfAnswer(code: string, status: number | undefined): ErrorKind | undefined {
  const kind = KINDS.get(code)
  if (kind !== undefined || status === undefined) return kind
  return status === TOO_MANY_REQUESTS ? 'throttled' : status >= 500 ? 'server' : undefined
}

/** Status of HTTP. */
export const TOO_MANY_REQUESTS = 429

/** No whole answer in time: the name of the SDK, which calls a broken connection so as well. */
export const TIMEOUT = 'TimeoutError'

/** What is said of an answer that was cut short, in place of the parser's message, which quotes session data. */
export const NO_JSON = 'the answer is not valid JSON'

/** Codes of AWS that say to wait. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
export const THROTTLING_CODES: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
])

/** Codes of AWS after which the same request may succeed. DynamoDB's model marks the first as one to try again. */
export const TRANSIENT_CODES: readonly string[] = ['ReplicatedWriteConflictException', 'RequestTimeout', 'RequestTimeoutException']

/** Codes of a connection that never came about. https://nodejs.org/api/errors.html#common-system-errors */
export const NEVER_CONNECTED: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** Codes of a connection that was closed while it was used. */
export const CLOSED: readonly string[] = ['ECONNRESET', 'EPIPE']

/**
 * Exact codes, never a pattern: `ItemCollectionSizeLimitExceededException` is nothing that passes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const CODES: Partial<Record<ErrorKind, readonly string[]>> = {
  conditionFailed: ['ConditionalCheckFailedException'],
  notFound: ['ResourceNotFoundException'],
  inUse: ['ResourceInUseException'],
  throttled: [...THROTTLING_CODES],
  validation: ['ValidationException', 'SerializationException'],
  unsupported: ['UnknownOperationException', 'UnsupportedOperationException', 'NotImplementedException', 'NotImplemented'],
  accessDenied: ['AccessDenied', 'AccessDeniedException', 'NotAuthorized', 'NotAuthorizedException'],
  credentialsRefused: [
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidClientTokenId',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'UnrecognizedClientException',
  ],
  server: TRANSIENT_CODES,
}

const KINDS: ReadonlyMap<string, ErrorKind> = new Map(
  Object.entries(CODES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as ErrorKind] as const)),
)

/** The kind of failure behind an error of this package, where it came from a request. */
export function kindOf(error: unknown): ErrorKind | undefined {
  const cause = error instanceof Error && !(error instanceof TransportError) ? error.cause : error
  return cause instanceof TransportError ? cause.kind : undefined
}
