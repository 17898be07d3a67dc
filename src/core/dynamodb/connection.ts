import { createDeadline, inTime } from '../base/deadline.ts'
import type { Deadline } from '../base/deadline.ts'
import { traceRequest } from '../base/tracing.ts'
import type { ClientOptions } from '../options/types.ts'
import type { ConsumedCapacity, InputOf, Operation, OutputOf } from './model.ts'
import { isLoopback } from './endpoint.ts'
import { openTransport } from './open-transport.ts'
import { operationTime } from './operation-time.ts'
import { translateError } from './translate-error.ts'
import { TransportError, overdue } from './transport-error.ts'
import type { ErrorKind } from './transport-error.ts'
import type { Hooks, Transport } from './transport.ts'

/** What concerns one request. */
export interface RequestOptions<Other> {
  readonly hooks?: Hooks | undefined
  /** By when the operation that needs it must have ended. Default: as if this were all of it. */
  readonly deadline?: Deadline | undefined
  /** Failures that are results to the caller. */
  readonly except?: Partial<Record<ErrorKind, (error: TransportError) => Other>>
  /** Whether the operation consumes units of capacity, which are asked for where somebody listens. */
  readonly isMetered?: boolean
}

/** The way to one table: requests are told to whoever listens, and fail by typed errors only. */
export interface Connection extends Omit<Transport, 'send' | 'clock'> {
  readonly table: string
  /** Begins an operation: by when it must have ended, `least` milliseconds from now or, as a rule, 9.8 s. */
  begin(least?: number): Deadline
  request<Name extends Operation, Other = never>(
    operation: Name,
    input: InputOf<Name>,
    options?: RequestOptions<Other>,
  ): Promise<OutputOf<Name> | Other>
}

/** Nothing is opened before the first request. */
export function connect(table: string, options: ClientOptions): Connection {
  const { send, clock, ...transport } = openTransport(options)
  const most = operationTime(options)
  const late = (): TransportError => overdue(most)
  const begin = (least = 0): Deadline => createDeadline(Math.max(most, least), clock)

  const regionOf = (): Promise<string | undefined> => transport.region().catch(() => undefined)

  async function typed(error: unknown, action: string): Promise<unknown> {
    if (!(error instanceof TransportError)) return error
    const endpoint = await transport.endpoint().catch(() => undefined)
    // Where no engine is there, perhaps AWS was meant.
    const isMissed = error.kind === 'unreachable' && isLoopback(endpoint?.url)
    const { problem: credentials } = isMissed ? await transport.credentials().catch(() => NONE) : NONE
    const region = await regionOf()
    return translateError(error, action, table, endpoint, { requestTimeout: options.requestTimeout, credentials, region })
  }

  async function typedly<Result>(action: string, ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (error) {
      throw await typed(error, action)
    }
  }

  return {
    ...transport,
    table,

    begin,

    request(operation, input, { hooks, deadline = begin(), except, isMetered } = {}) {
      const action = `dynamodb:${operation}`
      return traceRequest(action, table, async (note) => {
        try {
          const metered = note && isMetered ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : input
          const { output, attempts, requestId } = await inTime(deadline, () => send(operation, metered, hooks, deadline), late)
          note?.(attempts, unitsOf(output as Metered), { region: await regionOf(), requestId })
          return output
        } catch (error) {
          const failed = error instanceof TransportError ? error : undefined
          note?.(failed?.attempts ?? 1, 0, { region: await regionOf(), requestId: failed?.requestId })
          const result = failed && except?.[failed.kind]
          if (result) return result(failed)
          throw await typed(error, action)
        }
      })
    },

    client: () => typedly('client', transport.client),
    region: () => typedly('region', transport.region),
    way: () => typedly('transport', transport.way),
    credentials: () => typedly('credentials', transport.credentials),
  }
}

const NONE: { readonly problem?: string | undefined } = {}

interface Metered {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[]
}

function unitsOf({ ConsumedCapacity: consumed = [] }: Metered): number {
  return [consumed].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
}
