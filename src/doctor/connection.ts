import { fault, skip } from './check.ts'
import type { Check } from './check.ts'
import type { Connection } from '../core/dynamodb/connection.ts'
import { placeOf } from '../core/dynamodb/endpoint.ts'
import type { TableApi, TableDescription } from '../core/dynamodb/table-api.ts'
import type { Answer } from '../core/dynamodb/transport.ts'
import { AccessDeniedError, CredentialsError, DynamoDBRequestError, DynamoSessionError, MissingRegionError } from '../core/base/errors.ts'

/** The checks of this file, in their order. */
export const CONNECTION_CHECKS: readonly string[] = ['region', 'credentials', 'transport', 'connection', 'clock']

/** Seconds of difference that AWS takes in a signature. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const MAX_SKEW = 300
/** The Date header has whole seconds. */
const NOTICEABLE_SKEW = 2

export interface ConnectionFindings {
  readonly checks: Check[]
  readonly isReached: boolean
  /** `denied`: it may not be described. */
  readonly table: TableDescription | 'denied' | undefined
}

/** Whether DynamoDB can be reached and takes the credentials: the region, the credentials, one request, and the clocks. */
export async function checkConnection(connection: Connection, api: TableApi): Promise<ConnectionFindings> {
  const checks: Check[] = []
  const stop = (failed: Check, ...left: string[]): ConnectionFindings => ({
    checks: [...checks, failed, ...skip(left, `without ${failed.name} nothing can be asked`)],
    isReached: false,
    table: undefined,
  })
  try {
    checks.push({ name: 'region', status: 'ok', detail: await connection.region() })
  } catch (error) {
    const missing = error instanceof DynamoSessionError ? error : new MissingRegionError({ cause: error })
    const remedy = 'set AWS_DYNAMO_DB_SESSION_REGION or AWS_REGION'
    return stop(fault('region', missing, remedy), ...CONNECTION_CHECKS.slice(1))
  }
  try {
    const { sources, expiration, problem } = await connection.credentials()
    const from = sources.join(', ')
    const until = expiration ? `, valid until ${expiration.toISOString()}` : ''
    checks.push({
      name: 'credentials',
      status: 'ok',
      detail: `found${from ? ` by ${from}` : ''}${until}${problem === undefined ? '' : `; for AWS itself there are none: ${problem}`}`,
    })
  } catch (error) {
    return stop(fault('credentials', error, SET_CREDENTIALS), ...CONNECTION_CHECKS.slice(2))
  }
  const { name, why } = await connection.way()
  checks.push({ name: 'transport', status: 'ok', detail: `${name}: ${why}` })

  const began = performance.now()
  let response: { readonly date: Date | undefined; readonly at: number; readonly after: number } | undefined
  let table: ConnectionFindings['table']
  let problem: unknown
  try {
    const onAnswer = ({ date }: Answer): void => {
      response = { date, at: Date.now(), after: performance.now() - began }
    }
    table = await api.describe({ onAnswer })
  } catch (error) {
    if (error instanceof AccessDeniedError) table = 'denied'
    else problem = error
  }
  const endpoint = await connection.endpoint()
  const where = endpoint ? placeOf(endpoint) : `AWS in ${checks[0]?.detail}`
  if (!response || codeOf(problem) === 'NOT_DYNAMODB') {
    const remedy =
      'start the engine (`npx dynamodb-sessions dev` is one), or set `endpoint` (AWS_DYNAMO_DB_SESSION_ENDPOINT) or `region`; behind a firewall allow HTTPS to DynamoDB'
    return stop(fault('connection', problem, remedy), 'clock')
  }
  checks.push({ name: 'connection', status: 'ok', detail: `${where} answered in ${Math.round(response.after)} ms` })
  checks.push(clock(response.date, response.at))
  if (problem === undefined) return { checks, isReached: true, table }
  if (problem instanceof CredentialsError) {
    // Found, but refused: this takes the place of the check that found them.
    checks.splice(1, 1, fault('credentials', problem, SET_CREDENTIALS))
    return { checks, isReached: false, table }
  }
  return { checks: [...checks, fault('requests', problem, REMEDIES[codeOf(problem)] ?? CHECK_ENDPOINT)], isReached: false, table }
}

const SET_CREDENTIALS =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or log in: `aws sso login`; a local engine takes any'
const CHECK_ENDPOINT = 'check that `endpoint` is that of a DynamoDB engine, and `tableName` a table’s'
const REMEDIES: Readonly<Record<string, string>> = {
  THROTTLED: 'try again; if it stays so, raise the capacity or use on-demand billing',
  SERVER_ERROR: 'try again; https://health.aws.amazon.com tells of outages',
}

/**
 * Expiry is judged by the local clock, and signatures are dated by it. `local` is the time in milliseconds when the response
 * came, which no network delays noticeably.
 */
function clock(date: Date | undefined, local: number): Check {
  const name = 'clock'
  if (!date) return { name, status: 'skipped', detail: 'the answer has no date' }
  // Half a second on average was cut off.
  const skew = (local - (date.getTime() + 500)) / 1000
  const size = Math.abs(skew)
  const detail =
    size < NOTICEABLE_SKEW ? 'agrees with the server’s' : `${size.toFixed(0)} s ${skew > 0 ? 'ahead of' : 'behind'} the server’s`
  if (size < NOTICEABLE_SKEW) return { name, status: 'ok', detail }
  const remedy = 'synchronize the clock: `timedatectl set-ntp true`, or chrony with 169.254.169.123 on EC2'
  if (size <= MAX_SKEW)
    return { name, status: 'warning', detail: `${detail}: sessions end that much too ${skew > 0 ? 'early' : 'late'} here`, remedy }
  return { name, status: 'fault', detail: `${detail}: AWS refuses such signatures, and sessions end at the wrong time`, remedy }
}

function codeOf(error: unknown): string {
  return error instanceof DynamoDBRequestError ? error.code : ''
}
