// What can go wrong between a server and DynamoDB, to be switched on.
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export const FAULTS = ['none', 'throttled', 'lost', 'slow', 'dead'] as const
export type Fault = (typeof FAULTS)[number]

export interface Faults {
  readonly fault: Fault
  /** Requests since it was switched on, and how many of them met it. */
  readonly counts: { readonly requests: number; readonly met: number }
  set(fault: Fault): void
}

/** Milliseconds. */
const SLOW = 1500

type Handler = { handle(request: unknown, options?: unknown): Promise<unknown> }

/** Sits where the clients send, below the SDK's and our own retries, so that both meet what they would meet. */
export function createFaults(clients: readonly DynamoDBClient[]): Faults {
  let fault: Fault = 'none'
  let counts = { requests: 0, met: 0 }

  async function meet(send: () => Promise<unknown>): Promise<unknown> {
    const count = ++counts.requests
    if (fault === 'none') return send()
    // Every second one, so that trying again helps.
    if ((fault === 'throttled' || fault === 'lost') && count % 2 === 0) return send()
    counts.met++
    if (fault === 'throttled') return throttled()
    if (fault === 'dead') throw networkError('ECONNREFUSED', 'The engine is switched off')
    if (fault === 'slow') await sleep(SLOW)
    const answer = await send()
    if (fault === 'lost') throw networkError('ECONNRESET', 'The connection broke before the answer came')
    return answer
  }

  for (const { config } of clients) {
    const handler = config.requestHandler as unknown as Handler
    const handle = handler.handle.bind(handler)
    handler.handle = (request, options) => meet(() => handle(request, options))
  }

  return {
    get fault() {
      return fault
    },
    get counts() {
      return counts
    },
    set(next) {
      fault = next
      counts = { requests: 0, met: 0 }
    },
  }
}

function throttled(): { response: object } {
  const type = 'com.amazonaws.dynamodb.v20120810#ThrottlingException'
  const body = JSON.stringify({ __type: type, message: 'Rate of requests exceeds the allowed throughput.' })
  return {
    response: { statusCode: 400, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Readable.from([Buffer.from(body)]) },
  }
}

function networkError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
