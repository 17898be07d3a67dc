import {
  AccessDeniedError,
  CredentialsError,
  DynamoDBRequestError,
  InvalidOptionError,
  MAX_ITEM_SIZE,
  MissingRegionError,
  SessionTooLargeError,
  TableMismatchError,
} from '../base/errors.ts'
import type { DynamoSessionError } from '../base/errors.ts'

/** The SDK's error as one of ours. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
export function translateError(
  error: unknown,
  action: string,
  table: string,
  options: { readonly endpoint?: string | undefined; readonly requestTimeout?: number | undefined },
): DynamoSessionError {
  const cause = { cause: error }
  if (error instanceof SyntaxError) {
    // An answer that cannot be parsed was cut short on its way: the request itself may well have been carried out.
    // The parser's message quotes the answer, and that is session data.
    return new DynamoDBRequestError('SERVER_ERROR', action, 'the answer was cut short', {
      cause: new SyntaxError('the answer is not valid JSON'),
    })
  }
  if (!(error instanceof Error)) return new DynamoDBRequestError('REQUEST_FAILED', action, 'for an unknown reason', cause)
  const { message, name } = error
  const { code, $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  if (message.startsWith('Region is missing')) return new MissingRegionError(cause)
  if (name === 'CredentialsProviderError') return new CredentialsError('No AWS credentials were found', cause)
  if (
    /^(UnrecognizedClient|InvalidSignature|ExpiredToken|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId)/.test(name)
  ) {
    return new CredentialsError(`AWS refused the credentials (${name})`, cause)
  }
  if (/^AccessDenied|^NotAuthorized/.test(name)) return new AccessDeniedError(action, table, cause)
  if (/Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|LimitExceededException|TooManyRequests/.test(name)) {
    return new DynamoDBRequestError(
      'THROTTLED',
      action,
      `DynamoDB throttles the table ${table}; use on-demand billing or raise its capacity`,
      cause,
    )
  }
  if (name === 'ValidationException' && /specified index/i.test(message)) {
    return new TableMismatchError(table, 'has no index user_id-index; `dynamodb-sessions doctor` prints the command that adds it', {
      ...cause,
      what: 'userIndex',
    })
  }
  if (name === 'ValidationException' && /schema|missing the key|hash key|range key/i.test(message)) {
    return new TableMismatchError(
      table,
      `has another key than the options say (${message}); set \`tableKey\`, and \`sortKey\` with \`sortKeyValue\``,
      { ...cause, what: 'key' },
    )
  }
  if (/Invalid URL/.test(message)) return new InvalidOptionError('endpoint', 'is not a URL', 'code or the SDK’s chain', cause)
  if (name === 'ValidationException' && /item size/i.test(message))
    return new SessionTooLargeError(undefined, undefined, MAX_ITEM_SIZE, cause)
  // The SDK calls a broken connection a TimeoutError as well, and keeps its code.
  const where = options.endpoint ?? 'DynamoDB'
  if (code === 'ETIMEDOUT' || (name === 'TimeoutError' && code === undefined)) {
    const limit = options.requestTimeout === undefined ? "the client's own timeouts" : `\`requestTimeout\`, ${options.requestTimeout} ms`
    return new DynamoDBRequestError(
      'TIMEOUT',
      action,
      `no answer from ${where} within ${limit}; check \`endpoint\`, \`region\` and the network on the way`,
      cause,
    )
  }
  if (status !== undefined && status >= 500)
    return new DynamoDBRequestError('SERVER_ERROR', action, `DynamoDB answered ${status} ${name}`, cause)
  if (typeof code === 'string') {
    return new DynamoDBRequestError(
      'UNREACHABLE',
      action,
      `the connection to ${where} failed (${code}); check \`endpoint\` and \`region\``,
      cause,
    )
  }
  return new DynamoDBRequestError('REQUEST_FAILED', action, `${name}: ${message}`, cause)
}
