import { InvalidArgumentError } from '../core/base/errors.ts'
import type { Operation } from '../core/dynamodb/model.ts'
import { TransportError } from '../core/dynamodb/transport-error.ts'

/**
 * What befalls a request, after all attempts of it. `throttled`, `server` (a 500), `unreachable` and `denied` (no permission): nothing is
 * done. `timeout`: nothing is done, and nobody says so. `lost`: it is done, and the answer is lost.
 */
export type FaultKind = 'throttled' | 'server' | 'unreachable' | 'timeout' | 'lost' | 'denied'

/** Which requests a fault befalls. */
export interface FaultOptions {
  /** DynamoDB's names of operations: `GetItem`, `UpdateItem`, ... Default: every one. */
  readonly on?: Operation | readonly Operation[] | undefined
  /** How many requests, from the next one; `Infinity` until `clear`. Default 1. */
  readonly times?: number | undefined
}

export interface TestFaults {
  /**
   * Asks for a fault. Where several are asked for, a request meets the first that fits.
   * @throws InvalidArgumentError for an unknown kind, or `times` that are no number of requests.
   */
  add(kind: FaultKind, options?: FaultOptions): void
  /** No request meets any more of them. */
  clear(): void
}

interface Fault {
  readonly kind: FaultKind
  readonly on: readonly Operation[] | undefined
  left: number
}

const ERRORS: Readonly<Record<FaultKind, () => TransportError>> = {
  throttled: () => new TransportError('throttled', 'ThrottlingException', 'Rate exceeded', { status: 400 }),
  server: () => new TransportError('server', 'InternalServerError', 'The request failed', { status: 500 }),
  unreachable: () => new TransportError('unreachable', 'ECONNREFUSED', 'connect ECONNREFUSED'),
  timeout: () => new TransportError('timeout', 'TimeoutError', 'no answer'),
  lost: () => new TransportError('unreachable', 'ECONNRESET', 'read ECONNRESET'),
  denied: () => new TransportError('accessDenied', 'AccessDeniedException', 'User is not authorized', { status: 400 }),
}

/** @returns what tests ask with, and what a request asks: the fault that it meets. */
export function createFaults(): { faults: TestFaults; next(operation: Operation): { kind: FaultKind; error: TransportError } | undefined } {
  let waiting: Fault[] = []
  return {
    faults: {
      add(kind, { on, times = 1 } = {}) {
        if (!Object.hasOwn(ERRORS, kind)) throw new InvalidArgumentError('kind', `must be one of ${Object.keys(ERRORS).join(', ')}`)
        if (!(times === Infinity || (Number.isInteger(times) && times > 0)))
          throw new InvalidArgumentError('times', 'must be a whole number of requests, or Infinity')
        waiting.push({ kind, on: on === undefined ? undefined : ([on].flat() as Operation[]), left: times })
      },
      clear: () => void (waiting = []),
    },
    next(operation) {
      const found = waiting.find(({ on }) => on?.includes(operation) ?? true)
      if (!found) return undefined
      if (--found.left === 0) waiting = waiting.filter((one) => one !== found)
      return { kind: found.kind, error: ERRORS[found.kind]() }
    },
  }
}
