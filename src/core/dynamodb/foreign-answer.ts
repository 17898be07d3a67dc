// What tells that an answer is not DynamoDB's: a wrong port, a proxy's page, a portal to log in at. For every transport.

import { TOO_MANY_REQUESTS, TransportError } from './transport-error.ts'

/** Headers that AWS and every engine send with each answer, errors included. */
const MARKS = ['x-amzn-requestid', 'x-amz-crc32', 'x-amzn-errortype']
/** Of both protocols. https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html */
const CONTENT_TYPE = 'application/x-amz-json-'
/** What is in an answer with 200, of an engine that sends none of these headers: `{}` could be anybody's. */
const MEMBERS =
  /^(?:Items?|Attributes|Responses|Count|Table|TableDescription|TableNames|Tags|TimeToLive\w+|ContinuousBackups\w+|Unprocessed\w+|ConsumedCapacity|ItemCollectionMetrics)$/

/**
 * What came in place of DynamoDB's answer, in words that quote nothing of it; `undefined` where it may be DynamoDB's, if only a part of it.
 * @param headers by their names in small letters.
 */
export function foreignAnswer(status: number, headers: Readonly<Record<string, string | undefined>>, body: Uint8Array): string | undefined {
  const first = firstOf(body)
  if (first === LESS_THAN) return 'a page of HTML or XML'
  if (headers['content-type']?.startsWith(CONTENT_TYPE) || MARKS.some((name) => headers[name] !== undefined)) return undefined
  if (status >= 300 && status < 400) return `a redirect${targetOf(headers.location)}`
  if (status === TOO_MANY_REQUESTS) return undefined
  if (first === undefined) return 'nothing'
  if (first !== BRACE) return 'something else than JSON'
  const members = membersOf(body)
  if (members === undefined) return undefined
  const isDynamoDBs = status < 300 ? members.some((name) => MEMBERS.test(name)) : members.includes('__type')
  return isDynamoDBs ? undefined : members.length === 0 ? '{}' : 'JSON of another kind'
}

/** What the requests of one client have found so far. */
export interface Reach {
  /** Whether DynamoDB has answered: a proxy's page with 502 then tells of a bad moment, and not of a wrong address. */
  isDynamoDBs: boolean
}

/** The failure by an answer that is not DynamoDB's, as far as `reach` knows, which learns from it. One of 5xx may be tried again all the same. */
export function foreignTo(reach: Reach, url: string | undefined, ...answer: Parameters<typeof foreignAnswer>): TransportError | undefined {
  const [status] = answer
  const what = foreignAnswer(...answer)
  if (what === undefined) reach.isDynamoDBs ||= status < 500
  if (what === undefined || (status >= 500 && reach.isDynamoDBs)) return undefined
  const message = `${url ?? 'the endpoint'} is not DynamoDB: it returned ${status} with ${what}`
  return new TransportError('foreign', 'NotDynamoDB', message, { status })
}

/** The first byte that is no blank. */
function firstOf(body: Uint8Array): number | undefined {
  let at = 0
  while (at < body.length && (body[at] as number) <= 0x20) at++
  return body[at]
}

const LESS_THAN = 0x3c
const BRACE = 0x7b

/** `undefined` for JSON that was cut short. */
function membersOf(body: Uint8Array): string[] | undefined {
  try {
    return Object.keys(JSON.parse(Buffer.from(body).toString()) as object)
  } catch {
    return undefined
  }
}

/** Without a query, which may hold a token. */
function targetOf(location: string | undefined): string {
  if (location === undefined) return ''
  return ` to ${location.replace(/[?#].*$/, '')}`
}
