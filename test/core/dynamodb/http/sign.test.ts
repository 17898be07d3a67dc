// Signatures are those of AWS's SDK, for whatever a request may hold.
import { SignatureV4 } from '@smithy/signature-v4'
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSigner } from '../../../../src/core/dynamodb/http/sign.ts'
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

  it('of AWS’s own example of a derived key', () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html, with another service: the chain is checked by its parts.
    const chain = ['20150830', 'us-east-1', 'iam', 'aws4_request'].reduce<string | Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      'AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    )
    expect((chain as Buffer).toString('hex')).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9')
  })
})
