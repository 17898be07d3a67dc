// Recomputes the signature of a request that came, from what came alone: a second writing of AWS's rules.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac } from 'node:crypto'
import { posix } from 'node:path'

export interface Arrived {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly path: string
  readonly body: string | Uint8Array
}

/** What is wrong with the signature of a request; `undefined` when nothing is. */
export function signatureProblem({ headers, path, body }: Arrived, secret: string): string | undefined {
  const authorization = String(headers.authorization)
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  if (!parts) return `the header authorization is ${authorization}`
  const [, , day, region, service, list, signature] = parts as unknown as [string, string, string, string, string, string, string]
  if (service !== 'dynamodb') return `it is for ${service}`
  const names = list.split(';')
  if (names.join() !== names.toSorted().join()) return 'the signed headers are not in their order'
  const unsigned = Object.keys(headers).filter((name) => /^(?:host|content-type|x-amz-.*)$/.test(name) && !names.includes(name))
  if (unsigned.length > 0) return `not signed: ${unsigned.join(', ')}`
  const stamp = String(headers['x-amz-date'])
  if (!/^\d{8}T\d{6}Z$/.test(stamp) || !stamp.startsWith(day)) return `dated ${stamp} for ${day}`
  const canonical = [
    'POST',
    encodedPath(path),
    '',
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    list,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${secret}`,
  )
  return createHmac('sha256', key).update(text).digest('hex') === signature ? undefined : 'the signature is another'
}

function encodedPath(path: string): string {
  return posix
    .normalize(path)
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`))
    .join('/')
}
