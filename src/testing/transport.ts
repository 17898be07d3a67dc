// The port to DynamoDB on tables in memory.
import { toDate, now } from '../core/base/time.ts'
import type { InputOf, Operation, OutputOf } from '../core/dynamodb/model.ts'
import { transportSlot } from '../core/dynamodb/open-transport.ts'
import { TransportError } from '../core/dynamodb/transport-error.ts'
import type { Hooks, Sent, Transport } from '../core/dynamodb/transport.ts'
import type { GivenClient } from '../core/options/options.ts'
import type { Engine } from './engine.ts'
import type { createFaults } from './faults.ts'
import { unsupported } from './values.ts'

/** Milliseconds after which a request that gets no answer is given up, as with the default options. */
const UNANSWERED = 9000

/** @param log is told of each request. */
export function createTransport(
  engine: Engine,
  next: ReturnType<typeof createFaults>['next'],
  log: (operation: Operation) => void,
): Transport {
  /** Milliseconds that requests without an answer would have taken, by the clock of deadlines: nobody waits for them. */
  let skipped = 0

  async function send<Name extends Operation>(operation: Name, input: InputOf<Name>, hooks?: Hooks): Promise<Sent<OutputOf<Name>>> {
    // Reads that are asked for in the same turn share a request.
    await Promise.resolve()
    hooks?.onSend?.()
    log(operation)
    const fault = next(operation)
    const isAnswered = fault?.error.httpStatus !== undefined
    try {
      if (fault && fault.kind !== 'lost') throw fault.error
      const output = engine.run(operation, input)
      if (fault) throw fault.error
      hooks?.onAnswer?.({ status: 200, date: toDate(now()) })
      return { output, attempts: 1, requestId: undefined }
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      if (fault?.kind === 'timeout') skipped += UNANSWERED
      if (fault && !isAnswered) hooks?.onUnanswered?.()
      else if (fault?.kind === 'server') hooks?.onUnanswered?.(500)
      else hooks?.onAnswer?.({ status: error.httpStatus ?? 400, date: toDate(now()) })
      throw error
    }
  }

  return {
    send,
    clock: () => performance.now() + skipped,
    region: async () => 'memory',
    endpoint: async () => ({ url: 'memory:', source: 'dynamodb-sessions/testing' }),
    credentials: async () => ({ sources: [], expiration: undefined }),
    way: async () => ({ name: 'http', why: 'tables in memory of dynamodb-sessions/testing' }),
    client: async () => {
      throw unsupported("a client of AWS's SDK")
    },
    dispose() {},
  }
}

/** What the option `client` takes, with the transport behind it. */
export function clientOf(transport: Transport): GivenClient {
  const client = {
    send: async () => {
      throw unsupported("commands of AWS's SDK")
    },
    middlewareStack: {},
  }
  transportSlot.set(client, transport)
  return client as unknown as GivenClient
}
