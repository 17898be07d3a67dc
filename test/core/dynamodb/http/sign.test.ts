// Signatures are those of AWS's SDK, for whatever a request may hold.
import { SignatureV4 } from '@smithy/signature-v4'
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAuthorizer, createSigner } from '../../../../src/core/dynamodb/http/sign.ts'
import type { Unsigned } from '../../../../src/core/dynamodb/http/sign.ts'
import type { Credentials } from '../../../../src/core/options/types.ts'
import { signatureProblem } from '../../../support/signature.ts'

/** What the SDK's signer takes for a hash. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHmac>

  constructor(key?: string | Uint8Array) {
    this.#hash = key === undefined ? (createHash('sha256') as never) : createHmac('sha256', key as string)
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data as string)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

async function bySdk(unsigned: Unsigned, credentials: Credentials): Promise<Record<string, string>> {
  const { host, path, region, body, time, target, invocation, attempt } = unsigned
  const signer = new SignatureV4({
    service: 'dynamodb',
    region,
    credentials: credentials as never,
    sha256: Sha256 as never,
    applyChecksum: false,
  })
  const headers = {
    'amz-sdk-invocation-id': invocation,
    'amz-sdk-request': attempt,
    'content-type': 'application/x-amz-json-1.0',
    host,
    'x-amz-target': target,
  }
  const request = { method: 'POST', protocol: 'https:', hostname: host, path, query: {}, headers, body }
  const signed = (await signer.sign(request as never, { signingDate: new Date(time) })) as unknown as { headers: Record<string, string> }
  return signed.headers
}

const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 })
const segment = fc.oneof(fc.constantFrom('.', '..', '', 'a', "it's", '(a)*!', '%20', '%2F', 'ü', 'a b', '+', '~', '=', ';'), word)
const requests = fc.record({
  host: fc.domain(),
  // As a URL has it.
  path: fc.array(segment, { maxLength: 4 }).map((segments) => new URL(`http://h/${segments.join('/').replace(/[?#]/g, '')}`).pathname),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'local', 'cn-north-1', 'us-gov-west-1'),
  body: fc.oneof(fc.json(), fc.string({ unit: 'binary' })),
  time: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }).map(Number),
  target: fc.constantFrom('GetItem', 'BatchExecuteStatement').map((name) => `DynamoDB_20120810.${name}`),
  invocation: fc.uuid(),
  attempt: fc.nat(20).map((n) => `attempt=${n}; max=20`),
})
const identities = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
  secretAccessKey: word,
  sessionToken: fc.option(fc.oneof(fc.base64String({ minLength: 1 }), word), { nil: undefined }),
})

/** Of AWS's vectors. */
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

describe('a signature', () => {
  it('is the SDK’s for random requests, and the verifier of the suites takes it', async () => {
    // One signer for all, so that its key is kept and replaced as in a process.
    const sign = createSigner()
    await fc.assert(
      fc.asyncProperty(requests, identities, async (request, identity) => {
        const headers = sign(request, identity)
        const theirs = await bySdk(request, identity)
        expect(headers).toEqual(theirs)
        expect(signatureProblem({ headers, path: request.path, body: request.body }, identity.secretAccessKey)).toBeUndefined()
      }),
      { numRuns: Number(process.env.SIGNATURES ?? 2000) },
    )
  })

  it('is refused by the verifier of the suites when anything that it covers is another', () => {
    const request: Unsigned = {
      host: 'dynamodb.us-east-1.amazonaws.com',
      path: '/',
      region: 'us-east-1',
      body: '{"TableName":"sessions"}',
      time: 1_700_000_000_000,
      target: 'DynamoDB_20120810.GetItem',
      invocation: '0b8ae6ac-1b5c-4c4f-9d3e-f3f0a2b2a1c3',
      attempt: 'attempt=1; max=3',
    }
    const by = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
    const headers = createSigner()(request, by)
    const problem = (change: object, body = request.body, path = '/'): string | undefined =>
      signatureProblem({ headers: { ...headers, ...change }, path, body }, 'secret')
    expect(problem({})).toBeUndefined()
    for (const name of [
      'amz-sdk-invocation-id',
      'amz-sdk-request',
      'content-type',
      'host',
      'x-amz-date',
      'x-amz-security-token',
      'x-amz-target',
    ])
      expect(problem({ [name]: 'another' }), name).toBeDefined()
    expect(problem({}, '{}')).toBeDefined()
    expect(problem({}, request.body, '/other')).toBeDefined()
    expect(signatureProblem({ headers, path: '/', body: request.body }, 'guessed')).toBeDefined()
    // What AWS asks to be covered.
    expect(problem({ 'x-amz-more': 'unsigned' })).toContain('x-amz-more')
  })

  // https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4, those of a POST without a query.
  it.each([
    ['post-vanilla', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['post-header-key-sort', { 'my-header1': 'value1' }, '', 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c'],
    ['post-header-value-case', { 'my-header1': 'VALUE1' }, '', 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d'],
    ['post-sts-header-before', { 'x-amz-security-token': TOKEN }, '', '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead'],
    [
      'post-x-www-form-urlencoded',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('of AWS’s vector %s', (_, more, body, signature) => {
    const stamp = '20150830T123600Z'
    const all: Record<string, string> = { host: 'example.amazonaws.com', 'x-amz-date': stamp, ...more }
    const names = Object.keys(all).toSorted()
    const headers = Object.fromEntries(names.map((name) => [name, all[name] as string]))
    const by = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
    expect(createAuthorizer('service')({ headers, path: '/', body, region: 'us-east-1', stamp }, by)).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
        `SignedHeaders=${names.join(';')}, Signature=${signature}`,
    )
  })
})
