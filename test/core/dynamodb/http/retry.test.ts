// Retries are those of the installed SDK: the tables here are made from it, so that its next change is seen.
import * as sdk from '@aws-sdk/client-dynamodb'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { StandardRetryStrategy } from '@smithy/core/retry'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { readAnswer } from '../../../../src/core/dynamodb/http/answer.ts'
import { createRetries, retryKind } from '../../../../src/core/dynamodb/http/retry.ts'

/** The decision of the SDK. */
function bySdk(error: object): ReturnType<typeof retryKind> {
  if (isThrottlingError(error as never)) return 'throttled'
  return isTransientError(error as never) ? 'transient' : undefined
}

interface Modelled {
  new (options: object): Error & { readonly $fault: string }
}

/** Every error that DynamoDB's model has, as the SDK makes it. */
const MODELLED = Object.entries(sdk)
  .filter(([name, value]) => typeof value === 'function' && /Exception$|^InternalServerError$|^RequestLimitExceeded$/.test(name))
  .filter(([, value]) => (value as { prototype: unknown }).prototype instanceof Error)
  .map(([name, value]) => [name, new (value as unknown as Modelled)({ message: '', $metadata: {} })] as const)

/** Every code that the SDK's own lists have: throttling, clocks, transient, Node's. */
const LISTED = [...listsOfSdk().matchAll(/"([A-Z]\w+)"/g)].map(([, name]) => name as string)

function listsOfSdk(): string {
  // The package exports no path of it; its lists are in one of two places, by its release.
  const root = dirname(dirname(createRequire(import.meta.url).resolve('@smithy/core/retry')))
  const folder = [root, dirname(root), dirname(dirname(root)), dirname(dirname(dirname(root)))].find((path) =>
    readdirSync(path).includes('dist-es'),
  ) as string
  return readFileSync(join(folder, 'dist-es/submodules/retry/service-error-classification/constants.js'), 'utf8')
}

describe('an error is tried again where the SDK tries again', () => {
  it('of every name in DynamoDB’s model', () => {
    expect(MODELLED.length).toBeGreaterThan(20)
    for (const [name, error] of MODELLED) {
      const status = error.$fault === 'server' ? 500 : 400
      Object.assign(error, { $metadata: { httpStatusCode: status } })
      expect([name, retryKind({ name, message: '', status })]).toEqual([name, bySdk(error)])
    }
  })

  it('of every name in the SDK’s lists, and of names like them', () => {
    expect(LISTED.length).toBeGreaterThan(25)
    for (const code of LISTED) {
      for (const name of [code, `${code}s`, `My${code}`, code.toLowerCase()]) {
        const isNetwork = /^E[A-Z_]+$/.test(name)
        const error = isNetwork ? { name: 'Error', code: name, message: '' } : { name, message: '', $metadata: { httpStatusCode: 400 } }
        expect([name, retryKind({ name, message: '', ...(isNetwork ? {} : { status: 400 }) })]).toEqual([name, bySdk(error)])
      }
    }
    expect(retryKind({ name: 'ItemCollectionSizeLimitExceededException', message: '', status: 400 })).toBeUndefined()
  })

  it('of every status', () => {
    for (let status = 300; status < 600; status++)
      expect([status, retryKind({ name: 'X', message: '', status })]).toEqual([
        status,
        bySdk({ name: 'X', $metadata: { httpStatusCode: status } }),
      ])
  })

  it('of a signature that came too late, and of a clock that was just mended', () => {
    for (const message of ['Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z', 'The signature does not match']) {
      const name = 'InvalidSignatureException'
      expect(retryKind({ name, message, status: 400 })).toBe(bySdk({ name, message, $metadata: { httpStatusCode: 400 } }))
    }
    const skewed = { name: 'X', message: '', status: 400, isClockMended: true }
    expect(retryKind(skewed)).toBe(bySdk({ name: 'X', $metadata: { httpStatusCode: 400, clockSkewCorrected: true } }))
  })
})

/** What happens to one request: failures, until one is not tried again or a success comes. */
const lives = fc.array(
  fc.array(
    fc.record({
      kind: fc.constantFrom('throttled', 'transient', 'permanent'),
      hint: fc.option(fc.constantFrom(0, 10, 900, 30_000, 10_000_000), { nil: undefined }),
    }),
    { maxLength: 12 },
  ),
  { minLength: 1, maxLength: 40 },
)

describe('waits and what they cost', () => {
  it.for([1, 3, 10, 20])('are the SDK’s, request by request, with %i attempts', async (maxAttempts) => {
    const waited: number[] = []
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, wait: number) => {
      waited.push(wait)
      run()
    }) as never)
    await fc.assert(
      fc.asyncProperty(lives, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (requests, random) => {
        vi.spyOn(Math, 'random').mockReturnValue(random)
        const client = new DynamoDBClient({ region: 'us-east-1', maxAttempts })
        const theirs = (await client.config.retryStrategy()) as unknown as StandardRetryStrategy
        const ours = createRetries(maxAttempts)
        for (const failures of requests) {
          let token = await theirs.acquireInitialRetryToken('')
          let cost: number | undefined
          let isGivenUp = false
          for (const [index, { kind, hint }] of failures.entries()) {
            waited.splice(0)
            const name = kind === 'throttled' ? 'ThrottlingException' : kind === 'transient' ? 'ECONNRESET' : 'ValidationException'
            const next = ours.next({ name, message: '', retryAfter: hint }, index + 1)
            const errorType = kind === 'throttled' ? 'THROTTLING' : kind === 'transient' ? 'TRANSIENT' : 'CLIENT_ERROR'
            const hinted = hint === undefined ? {} : { retryAfterHint: new Date(Date.now() + hint) }
            try {
              token = await theirs.refreshRetryTokenForRetry(token, { errorType, ...hinted } as never)
            } catch {
              expect(next).toBeUndefined()
              isGivenUp = true
              break
            }
            expect(next).toEqual({ wait: waited[0], cost: token.getRetryCost() })
            cost = next?.cost
          }
          if (isGivenUp) continue
          theirs.recordSuccess(token)
          ours.succeeded(cost)
        }
        client.destroy()
      }),
      { numRuns: 100 },
    )
  })

  it('hear what the answer asks for, in milliseconds of AWS and in HTTP’s seconds or date', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') })
    const retryAfter = (headers: Record<string, string>): unknown =>
      (
        readAnswer('GetItem', { status: 503, headers, bytes: Buffer.from('{}') }, '', { isDynamoDBs: true }) as {
          readonly retryAfter?: number
        }
      ).retryAfter
    expect(retryAfter({})).toBeUndefined()
    expect(retryAfter({ 'x-amz-retry-after': '1500' })).toBe(1500)
    expect(retryAfter({ 'x-amz-retry-after': 'soon' })).toBeUndefined()
    expect(retryAfter({ 'retry-after': '2' })).toBe(2000)
    expect(retryAfter({ 'retry-after': 'Thu, 01 Jan 2026 00:00:03 GMT' })).toBe(3000)
  })
})
