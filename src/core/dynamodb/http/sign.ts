// Signature Version 4 of the one kind of request that DynamoDB takes: a POST of JSON.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, hash } from 'node:crypto'
import type { Credentials } from '../../options/types.ts'

export interface Unsigned {
  /** As the header `host` says it. */
  readonly host: string
  /** As it is sent: percent-encoded. */
  readonly path: string
  readonly region: string
  readonly body: string
  /** When, in milliseconds since the epoch, by AWS's clock. */
  readonly time: number
  /** `x-amz-target`, `amz-sdk-invocation-id`, `amz-sdk-request`. */
  readonly target: string
  readonly invocation: string
  readonly attempt: string
}

export type Sign = (request: Unsigned, by: Credentials) => Record<string, string>

const TYPE = 'application/x-amz-json-1.0'

/** Returns a function that returns the headers of a request, its signature included. */
export function createSigner(): Sign {
  const authorize = createAuthorizer('dynamodb')
  const stampOf = createStamps()

  return ({ host, path, region, body, time, target, invocation, attempt }, by) => {
    const stamp = stampOf(time)
    const { sessionToken: token } = by
    const headers: Record<string, string> = {
      'amz-sdk-invocation-id': invocation,
      'amz-sdk-request': attempt,
      'content-type': TYPE,
      host,
      'x-amz-date': stamp,
    }
    if (token) headers['x-amz-security-token'] = token
    headers['x-amz-target'] = target
    headers.authorization = authorize({ headers, path, body, region, stamp }, by)
    return headers
  }
}

interface Authorized {
  /** In the order of their names, which are of small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly path: string
  readonly body: string
  readonly region: string
  /** As `x-amz-date` has it. */
  readonly stamp: string
}

/** Returns a function that returns the header `authorization` of a POST. The derived key is kept for the day. */
export function createAuthorizer(service: string): (request: Authorized, by: Credentials) => string {
  let key: { readonly of: string; readonly secret: string; readonly bytes: Buffer } | undefined

  function keyOf(secret: string, day: string, region: string): Buffer {
    const of = `${day}/${region}`
    if (key?.of !== of || key.secret !== secret) {
      const bytes = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request')
      key = { of, secret, bytes }
    }
    return key.bytes
  }

  return ({ headers, path, body, region, stamp }, { accessKeyId, secretAccessKey }) => {
    const day = stamp.slice(0, 8)
    const scope = `${day}/${region}/${service}/aws4_request`
    let [lines, names] = ['', '']
    for (const name in headers) {
      const value = headers[name] as string
      // Only a token can have blanks that AWS takes for one.
      lines += `${name}:${name === 'x-amz-security-token' ? value.trim().replace(/\s+/g, ' ') : value}\n`
      names += names === '' ? name : `;${name}`
    }
    const canonical = `POST\n${canonicalPath(path)}\n\n${lines}\n${names}\n${sha256(body)}`
    const signature = createHmac('sha256', keyOf(secretAccessKey, day, region))
      .update(`AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`)
      .digest('hex')
    return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  }
}

/** Without empty, `.` and `..` segments, and encoded a second time, as every service but S3 has it. */
function canonicalPath(path: string): string {
  if (path === '/') return path
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  const normal = `/${segments.join('/')}${segments.length > 0 && path.endsWith('/') ? '/' : ''}`
  return encodeURIComponent(normal)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
}

/** Returns a function that returns a time as `x-amz-date` has it, which is the same for a second. */
function createStamps(): (time: number) => string {
  let [second, stamp] = [NaN, '']
  return (time) => {
    const its = Math.floor(time / 1000)
    if (its !== second) [second, stamp] = [its, new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')]
    return stamp
  }
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
