import {
  AccessDeniedError,
  CredentialsError,
  DynamoDBRequestError,
  InvalidOptionError,
  MAX_ITEM_SIZE,
  MissingPackageError,
  MissingRegionError,
  SessionTooLargeError,
  TableMismatchError,
  TableNotFoundError,
} from '../base/errors.ts'
import type { DynamoSessionError } from '../base/errors.ts'
import { whyNoCredentials } from './no-credentials.ts'
import { isLoopback, placeOf } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { BUNDLED_WRONG, isOverdue } from './transport-error.ts'
import type { TransportError } from './transport-error.ts'

/** What a remedy depends on. */
interface Circumstances {
  /** Milliseconds. */
  readonly requestTimeout: number | undefined
  /** Why there are none for AWS. */
  readonly credentials: string | undefined
  readonly region: string | undefined
}

/**
 * The failure of a request on a table as one of our errors.
 * @param endpoint where it went, if not to AWS.
 */
export function translateError(
  error: TransportError,
  action: string,
  table: string,
  endpoint: Endpoint | undefined,
  { requestTimeout, credentials, region = 'unknown region' }: Circumstances,
): DynamoSessionError {
  const cause = { cause: error }
  const { kind, name, message, httpStatus } = error
  const where = endpoint ? placeOf(endpoint) : 'DynamoDB'
  const check = endpoint?.source ?? '`endpoint`'
  const failed = (code: ConstructorParameters<typeof DynamoDBRequestError>[0], problem: string) =>
    new DynamoDBRequestError(code, action, problem, cause)
  switch (kind) {
    case 'regionMissing':
      return new MissingRegionError(cause)
    case 'regionInvalid':
      return new InvalidOptionError('region', 'is not the name of a region', 'code or AWS_REGION', cause)
    case 'sdkMissing':
      if (name === BUNDLED_WRONG) return failed('REQUEST_FAILED', BUNDLE_REMEDY)
      return new MissingPackageError('@aws-sdk/client-dynamodb', message, cause)
    case 'endpointInvalid':
      return new InvalidOptionError('endpoint', 'is not a URL', endpoint?.source ?? 'code or the SDK’s chain', cause)
    case 'credentialsMissing': {
      const why = whyNoCredentials(message)
      return new CredentialsError(`No AWS credentials were found${why === undefined ? '' : ` (${why})`}`, cause)
    }
    case 'credentialsRefused':
      return new CredentialsError(`AWS refused the credentials (${name})`, cause)
    case 'accessDenied':
      return new AccessDeniedError(action, table, cause)
    case 'notFound':
      return new TableNotFoundError(table, region, endpoint && placeOf(endpoint), cause)
    case 'validation':
      return invalid(error, table) ?? failed('REQUEST_FAILED', `${name}: ${message}`)
    case 'throttled':
      return failed('THROTTLED', `DynamoDB throttles the table ${table}; use on-demand billing or raise its capacity`)
    case 'timeout': {
      const ofOne = requestTimeout === undefined ? "the client's own timeouts" : `\`requestTimeout\`, ${requestTimeout} ms`
      const limit = isOverdue(error) ? message : ofOne
      return failed('TIMEOUT', `no answer from ${where} within ${limit}; check ${check}, \`region\` and the network on the way`)
    }
    case 'unreachable':
      return failed(
        'UNREACHABLE',
        `the connection to ${where} failed (${name}); ${isLoopback(endpoint?.url) ? `start the engine there, or check ${check}; \`npx dynamodb-sessions dev\` starts one` : `check ${check} and \`region\``}${credentials === undefined ? '' : `. For AWS itself there are no credentials either: ${credentials}`}`,
      )
    case 'foreign':
      return failed('NOT_DYNAMODB', `${message}; set ${endpoint ? check : 'the proxy or `endpoint`'} so that requests reach DynamoDB`)
    case 'server':
      return failed('SERVER_ERROR', `DynamoDB answered ${httpStatus} ${name}`)
    case 'unparsable':
      // Cut short on its way: the request itself may well have been carried out.
      return failed('SERVER_ERROR', 'the answer was cut short')
    default:
      return failed('REQUEST_FAILED', `${name}: ${message}`)
  }
}

const BUNDLE_REMEDY =
  "AWS’s SDK is bundled as CommonJS, which cannot run within ES modules: build with `mainFields: ['module', 'main']`, or leave @aws-sdk/* out of the bundle (docs/transport.md)"

/** What DynamoDB says of a request that does not fit the table. It has one code for all of it, so that only its words tell. */
function invalid(error: TransportError, table: string): DynamoSessionError | undefined {
  const { message } = error
  if (/specified index/i.test(message)) {
    const problem = 'has no index user_id-index; `dynamodb-sessions doctor` prints the command that adds it'
    return new TableMismatchError(table, problem, { cause: error, what: 'userIndex' })
  }
  if (/schema|missing the key|hash key|range key/i.test(message)) {
    const problem = `has another key than the options say (${message}); set \`tableKey\`, and \`sortKey\` with \`sortKeyValue\``
    return new TableMismatchError(table, problem, { cause: error, what: 'key' })
  }
  return /item size/i.test(message) ? new SessionTooLargeError(undefined, undefined, MAX_ITEM_SIZE, { cause: error }) : undefined
}
