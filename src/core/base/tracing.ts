// Publishes what happens on tracing channels of node:diagnostics_channel. https://nodejs.org/api/diagnostics_channel.html#class-tracingchannel
import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import type { TracingChannel } from 'node:diagnostics_channel'
import { conceal, concealed } from './conceal.ts'

/** What the channels `dynamodb-sessions:read`, `:write`, `:destroy` and `:lock` publish of one operation. It never holds an id, a secret or data. */
export interface SessionTrace {
  /** `read`, `create`, `update`, `touch`, `regenerate`, `destroy`, `destroyByUser`, `lock`, or a method of the driver. */
  readonly operation: string
  readonly table: string
  /** The key that the table holds, with `hashIds: false` a hash of it; `undefined` where there is no one key, or not yet. */
  key: string | undefined
  /** Requests of DynamoDB. None where a read shared one that another had asked for. */
  requests: number
  /** Attempts beyond the first of each request: the SDK's and our own. */
  retries: number
  /** Conditions that failed since another request was first. */
  conflicts: number
  /** Consumed capacity, as far as DynamoDB returns it; it does not for a failed condition. */
  readUnits: number
  writeUnits: number
  /** Milliseconds; there once the operation has ended. */
  duration?: number
  /** How it ended. `gone`: the session was destroyed meanwhile, and nothing was written. */
  outcome?: 'found' | 'absent' | 'written' | 'unchanged' | 'gone' | 'destroyed' | 'locked' | 'failed'
  /** Where `outcome` is `failed`. */
  error?: unknown
}

/** What the channel `dynamodb-sessions:request` publishes of one request, with all of the SDK's attempts. */
export interface RequestTrace {
  /** As a policy names it: `dynamodb:GetItem`. */
  readonly action: string
  readonly table: string
  attempts: number
  units: number
  /** AWS's region, and AWS's id of the request, for its support; as far as they are known once the request has ended. */
  region?: string | undefined
  requestId?: string | undefined
  /** Milliseconds; there once the request has ended. */
  duration?: number
  error?: unknown
}

const channels: Record<'read' | 'write' | 'destroy' | 'lock', TracingChannel<unknown, SessionTrace>> = {
  read: tracingChannel('dynamodb-sessions:read'),
  write: tracingChannel('dynamodb-sessions:write'),
  destroy: tracingChannel('dynamodb-sessions:destroy'),
  lock: tracingChannel('dynamodb-sessions:lock'),
}
const requests = tracingChannel<unknown, RequestTrace>('dynamodb-sessions:request')

/** The operation that is running. It is entered only where a channel has subscribers, and costs nothing before. */
const current = new AsyncLocalStorage<SessionTrace>()

/** What an operation works on. */
export interface Subject {
  readonly table: string
  /** Without it, keys are ids. */
  readonly hashIds: boolean
  readonly key: string | undefined
}

type OutcomeOf<Result> = (result: Result, trace: SessionTrace) => SessionTrace['outcome']

export function hasSubscribers(channel: keyof typeof channels): boolean {
  return channels[channel].hasSubscribers
}

/** Runs an operation, and publishes it where the channel has subscribers. `outcomeOf` names its outcome by its result. */
export async function traceOperation<Result>(
  channel: keyof typeof channels,
  operation: string,
  { table, hashIds, key }: Subject,
  work: () => Promise<Result>,
  outcomeOf: OutcomeOf<Result>,
): Promise<Result> {
  if (!channels[channel].hasSubscribers) return work()
  const shown = key === undefined || hashIds ? key : concealed(key)
  const trace: SessionTrace = { operation, table, key: shown, requests: 0, retries: 0, conflicts: 0, readUnits: 0, writeUnits: 0 }
  return publish(channels[channel], trace, () =>
    current.run(trace, async () => {
      try {
        const result = await work()
        trace.outcome = outcomeOf(result, trace)
        return result
      } catch (error) {
        trace.outcome = 'failed'
        // A subscriber gets the error before a handler does.
        if (!hashIds && error instanceof Error) conceal(error)
        throw error
      }
    }),
  )
}

export function readOutcome(result: unknown): SessionTrace['outcome'] {
  return result === null || result === undefined || result === false ? 'absent' : 'found'
}

/** The condition of a write failed since another request was first. */
export function noteConflict(): void {
  const trace = current.getStore()
  if (trace) trace.conflicts++
}

/** A request is sent again, after all of the SDK's attempts. */
export function noteRetry(): void {
  const trace = current.getStore()
  if (trace) trace.retries++
}

/** Sends a request; where somebody listens, `send` gets a function that it calls with what the request cost. */
export function traceRequest<Result>(
  action: string,
  table: string,
  send: (note?: (attempts: number, units: number, where?: Pick<RequestTrace, 'region' | 'requestId'>) => void) => Promise<Result>,
): Promise<Result> {
  const operation = current.getStore()
  if (!operation && !requests.hasSubscribers) return send()
  const trace: RequestTrace = { action, table, attempts: 0, units: 0 }
  const note = (attempts: number, units: number, where: Pick<RequestTrace, 'region' | 'requestId'> = {}): void => {
    Object.assign(trace, where)
    trace.attempts += attempts
    trace.units += units
    if (!operation) return
    operation.requests++
    operation.retries += attempts - 1
    operation[READS.test(action) ? 'readUnits' : 'writeUnits'] += units
  }
  return publish(requests, trace, () => send(note))
}

const READS = /:(?:Get|BatchGet|Query|Scan|Describe)/

/** Publishes that `work` runs and how it ends, but not its result, since results hold ids and data. */
async function publish<Trace extends { duration?: number }, Result>(
  channel: TracingChannel<unknown, Trace>,
  trace: Trace,
  work: () => Promise<Result>,
): Promise<Result> {
  const began = performance.now()
  let result: { readonly value: Result } | undefined
  await channel.tracePromise(async () => {
    try {
      result = { value: await work() }
    } finally {
      trace.duration = performance.now() - began
    }
  }, trace)
  return (result as unknown as { readonly value: Result }).value
}
