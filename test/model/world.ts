// What stands in for DynamoDB, the network, the clock and chance, so that one schedule of requests runs the same each time.
import { hashId } from '../../src/core/base/id.ts'
import type { InputOf, Operation, OutputOf } from '../../src/core/dynamodb/model.ts'
import { TransportError } from '../../src/core/dynamodb/transport-error.ts'
import type { Hooks, Sent, Transport } from '../../src/core/dynamodb/transport.ts'
import { createTable } from '../../src/testing/table.ts'
import type { Table } from '../../src/testing/table.ts'

/** A request of DynamoDB that has left, or a pause of a host. */
export interface Pending {
  readonly host: string
  readonly label: string
  /** Of a pause, milliseconds. */
  readonly pause?: number
  readonly operation?: Operation
  readonly input?: object
  readonly hooks?: Hooks | undefined
  attempts: number
  answer(result: unknown): void
  fail(error: Error): void
}

export interface World {
  table: Table
  /** Seconds since the epoch, by a clock that is right. */
  clock: number
  /** Seconds by which a host's clock is ahead. */
  skew: Readonly<Record<string, number>>
  /** Whose code runs. */
  host: string
  pending: Pending[]
  /** The schedule is over, and what is under way must end. */
  isOver: boolean
  /** What was drawn, by host. */
  readonly drawn: Map<string, number>
}

export const START = 1_800_000_000

export const SCHEMA: Table['schema'] = { keys: ['session_id'], index: { name: 'user_id-index', keys: ['user_id'] } }

export const world: World = {
  table: createTable(SCHEMA),
  clock: START,
  skew: {},
  host: '',
  pending: [],
  isOver: false,
  drawn: new Map(),
}

/** Something that no other call returns, and that is the same in each run of a schedule. */
export function draw(kind: string): string {
  const name = `${kind}${world.host}`
  const count = (world.drawn.get(name) ?? 0) + 1
  world.drawn.set(name, count)
  return `${name}_${count}`
}

/** By the record's key, without a prefix. */
export const ids: Map<string, string> = new Map()

export function drawId(): string {
  const id = draw('i').padEnd(16, '-')
  ids.set(hashId(id), id)
  return id
}

/** Tells the requests of one host apart. */
function number(host: string): number {
  const count = (world.drawn.get(`#${host}`) ?? 0) + 1
  world.drawn.set(`#${host}`, count)
  return count
}

export function pause(milliseconds: number): Promise<void> {
  if (world.isOver) return Promise.resolve()
  const { host } = world
  return new Promise((resolve, reject) => {
    world.pending.push({
      host,
      label: `${host}: pause ${number(host)}`,
      pause: milliseconds,
      attempts: 0,
      answer: () => resolve(),
      fail: reject,
    })
  })
}

export function over(): Error {
  return new TransportError('other', 'Over', 'the schedule is over')
}

/** The port of one host, whose requests wait for the schedule. */
export function openTransport({ region: host = '' }: { readonly region?: string | undefined }): Transport {
  return {
    send<Name extends Operation>(operation: Name, input: InputOf<Name>, hooks?: Hooks) {
      if (world.isOver) return Promise.reject(over())
      // Reads that are asked for in the same turn share a request: it leaves a little later.
      void Promise.resolve().then(() => hooks?.onSend?.())
      return new Promise<Sent<OutputOf<Name>>>((resolve, reject) => {
        const answer = (result: unknown): void => resolve({ output: result as OutputOf<Name>, attempts: 1, requestId: undefined })
        world.pending.push({
          host,
          label: `${host}: ${operation} ${number(host)}`,
          operation,
          input,
          hooks,
          attempts: 0,
          answer,
          fail: reject,
        })
      })
    },
    region: async () => 'nowhere',
    endpoint: async () => undefined,
    credentials: async () => ({ sources: [], expiration: undefined }),
    way: async () => ({ name: 'http', why: 'of the model' }),
    client: async () => ({}),
    clock: () => performance.now(),
    dispose() {},
  }
}

/** All that can run without the schedule has run: everything here is promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

// Set once: the model has a process of its own.
Date.now = () => Math.round((world.clock + (world.skew[world.host] ?? 0)) * 1000)
Math.random = () => 0.5
// A schedule that is played again must go the same way on a busy machine, where a round trip takes longer. What is bounded by time ends all
// the same: each look at this clock takes a microsecond.
let looks = 0
performance.now = () => looks++ / 1000
Error.stackTraceLimit = 0
// Remix 3 draws ids by itself.
Object.defineProperty(globalThis.crypto, 'randomUUID', { value: drawId })
