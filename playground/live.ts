// The tracing channels of docs/tracing.md as server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html
import { tracingChannel } from 'node:diagnostics_channel'
import type { Channel } from 'node:diagnostics_channel'
import type { RequestTrace, SessionTrace } from '../src/index.ts'
import { currentVisit, isUnnoticed } from './requests.ts'
import type { Visit } from './requests.ts'

export interface Live {
  /** What happened lately while somebody listened, and then what happens; ends when the browser leaves. */
  listen(): ReadableStream<string>
  /** Shows every onlooker a visit that is over. */
  show(visit: Visit): void
  /** Ends all streams. */
  close(): void
}

/** What client/ shows: the end of an operation, of a request to DynamoDB or of a visit. Nothing in it is secret. */
interface Message {
  readonly channel: 'read' | 'write' | 'destroy' | 'lock' | 'request' | 'visit'
  readonly visit: number
  readonly label: string
  readonly operation?: string
  readonly key?: string | undefined
  readonly outcome?: string | undefined
  /** When it began, in milliseconds since the epoch. */
  readonly at: number
  readonly milliseconds: number
  readonly requests?: number
  readonly units?: number
  readonly conflicts?: number
  readonly retries?: number
}

/** Messages that a new listener gets, and that a slow one may be behind. */
const KEPT = 200

export function createLive(): Live {
  const listeners = new Set<ReadableStreamDefaultController<string>>()
  const history: string[] = []

  function publish(message: Message): void {
    if (listeners.size === 0 || isUnnoticed()) return
    const text = `data: ${JSON.stringify(message)}\n\n`
    history.push(text)
    if (history.length > KEPT) history.shift()
    for (const listener of listeners) {
      // It has stopped reading; its browser asks again when it goes on.
      if ((listener.desiredSize ?? 0) <= 0) leave(listener)
      else listener.enqueue(text)
    }
  }

  const channels: (readonly [Channel, (trace: unknown) => void])[] = [
    ...(['read', 'write', 'destroy', 'lock'] as const).map(
      (channel) => [endsOf(channel), (trace: unknown) => publish(ofOperation(channel, trace as SessionTrace))] as const,
    ),
    [endsOf('request'), (trace) => publish(ofRequest(trace as RequestTrace))],
  ]

  function join(listener: ReadableStreamDefaultController<string>): void {
    if (listeners.size === 0) for (const [channel, hear] of channels) channel.subscribe(hear)
    listeners.add(listener)
    listener.enqueue(`retry: 1000\n\n${history.join('')}`)
  }

  function leave(listener: ReadableStreamDefaultController<string>, isOver = false): void {
    if (!listeners.delete(listener)) return
    if (!isOver) listener.close()
    if (listeners.size === 0) for (const [channel, hear] of channels) channel.unsubscribe(hear)
  }

  return {
    listen() {
      let own: ReadableStreamDefaultController<string>
      return new ReadableStream(
        {
          start: (controller) => join((own = controller)),
          cancel: () => leave(own, true),
        },
        { highWaterMark: KEPT },
      )
    },
    show: ({ number, label, operations, at = Date.now(), milliseconds }) =>
      publish({ channel: 'visit', visit: number, label, at, milliseconds, requests: operations.length }),
    close() {
      for (const listener of listeners) leave(listener)
    },
  }
}

/** Both an operation that succeeds and one that fails end there. */
function endsOf(name: string): Channel {
  return tracingChannel(`dynamodb-sessions:${name}`).asyncEnd
}

function ofVisit(): Pick<Message, 'visit' | 'label'> {
  // What goes on behind a visit, as the renewal of a lock may, belongs to it all the same.
  const { number, label } = currentVisit() ?? { number: 0, label: 'outside of a visit' }
  return { visit: number, label }
}

function ofOperation(channel: Message['channel'], trace: SessionTrace): Message {
  const { operation, key, requests, conflicts, retries, readUnits, writeUnits, duration = 0, outcome, error } = trace
  const units = readUnits + writeUnits
  const counts = { at: Date.now() - duration, milliseconds: duration, requests, units, conflicts, retries }
  return { channel, ...ofVisit(), operation, key, outcome: error === undefined ? outcome : codeOf(error), ...counts }
}

function ofRequest({ action, attempts, units, duration = 0, error }: RequestTrace): Message {
  const outcome = error === undefined ? undefined : codeOf(error)
  return {
    channel: 'request',
    ...ofVisit(),
    operation: action.replace('dynamodb:', ''),
    outcome,
    at: Date.now() - duration,
    milliseconds: duration,
    units,
    retries: attempts - 1,
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return String(code ?? name ?? 'failed')
}
