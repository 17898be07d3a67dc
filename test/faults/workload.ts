// Many users under faults, and what they were told.
import { createSessionStore, DynamoSessionError } from '../../src/index.ts'
import type { SessionOptions } from '../../src/index.ts'
import { itemKey } from '../support/proxy.ts'
import type { Fault, ProxiedRequest, Proxy } from '../support/proxy.ts'
import { isOutcomeUnknown, mayBeUnheard } from './doubt.ts'
import type { Line, LiveItem, Violation } from './checker.ts'
import { random } from './random.ts'
import { doors } from './visitors.ts'
import type { Door } from './visitors.ts'
import { TOURS, visit } from './visit.ts'

const KINDS = ['throttle', 'error', 'error after', 'reset', 'reset after', 'truncate', 'twice', 'late', 30] as const satisfies Fault[]
/** What an operation may report while DynamoDB fails; anything else is a fault of ours. */
const EXPECTED = new Set(['THROTTLED', 'SERVER_ERROR', 'UNREACHABLE', 'TIMEOUT', 'LOCK_WAIT_TIMEOUT', 'LOCK_LOST'])

/** The first users of each door begin with tours, until everything was acknowledged there once, but with no more than these. */
const MOST_TOURS = 10

export type Operation = Exclude<keyof Door, 'name' | 'idOf'>

export interface Outcome {
  readonly lines: Line[]
  readonly figures: { operations: number; acknowledged: number; errors: Record<string, number>; faults: Record<string, number> }
  /** Of each door and operation, those that were acknowledged and those that were begun. */
  readonly operations: Map<string, { acknowledged: number; begun: number }>
  /** Errors that no fault explains. */
  readonly unexpected: unknown[]
  /** Operations that found a session gone although nobody had ended it. */
  readonly refused: string[]
  /** What was wrong while it ran. */
  readonly violations: Violation[]
  /** Keys of records whose creation met a fault that leaves its outcome unknown. */
  readonly doubtful: Set<string>
}

/** What all users share. */
export interface Run {
  readonly outcome: Outcome
  /** By `performance.now()`. */
  readonly until: number
  /** Seconds that a write or touch gives. */
  readonly lifetime: number
  /** `undefined` where an error was reported, so that the outcome is unknown. */
  attempt<T>(door: Door, what: Operation, work: () => Promise<T>): Promise<{ answer: T } | undefined>
  keyOf(id: string): string
  /** What the table has under a key. */
  peek(key: string): Promise<LiveItem | undefined>
}

export async function runUsers(
  proxy: Proxy,
  options: SessionOptions & { secretKey: string; maxStale: number },
  { users, seconds, seed, rate }: { users: number; seconds: number; seed: number; rate: number },
  peek: Run['peek'],
): Promise<Outcome> {
  const figures: Outcome['figures'] = { operations: 0, acknowledged: 0, errors: {}, faults: {} }
  const outcome: Outcome = { lines: [], figures, operations: new Map(), unexpected: [], refused: [], violations: [], doubtful: new Set() }
  const all = doors(options)
  // Another host: writers of one process queue, so that only a second one makes conflicts.
  const elsewhere = doors({ ...options, maxAttempts: 4 })
  for (const door of all) {
    for (const [what, work] of Object.entries(door)) {
      if (typeof work === 'function' && what !== 'idOf') outcome.operations.set(`${door.name}: ${what}`, { acknowledged: 0, begun: 0 })
    }
  }
  const chance = random(seed)
  proxy.fault = (request) => {
    if (chance() >= rate) return undefined
    const drawn = KINDS[Math.floor(chance() * KINDS.length)] as Fault
    const fault = drawn === 'late' && !mayBeLate(request) ? 'reset' : drawn
    const name = typeof fault === 'number' ? 'delay' : String(fault)
    figures.faults[name] = (figures.faults[name] ?? 0) + 1
    // Of what came twice an engine that returns no item with a failed condition tells nothing: the store asks, and that may fail as well.
    if (request.operation === 'PutItem' && (isOutcomeUnknown(fault) || mayBeUnheard(fault))) outcome.doubtful.add(itemKey(request))
    return fault
  }

  const { keyOf } = createSessionStore(options)
  const run: Run = {
    outcome,
    peek,
    keyOf,
    until: performance.now() + seconds * 1000,
    lifetime: options.maxStale,
    async attempt(door, what, work) {
      const count = outcome.operations.get(`${door.name}: ${what}`) as { acknowledged: number; begun: number }
      figures.operations++
      count.begun++
      try {
        const answer = await work()
        figures.acknowledged++
        count.acknowledged++
        return { answer }
      } catch (error) {
        const code = error instanceof DynamoSessionError ? error.code : 'untyped'
        if (!EXPECTED.has(code)) outcome.unexpected.push(error)
        figures.errors[code] = (figures.errors[code] ?? 0) + 1
        return undefined
      }
    },
  }

  const hasUnacknowledged = ({ name }: Door): boolean =>
    [...outcome.operations].some(([what, { acknowledged }]) => what.startsWith(`${name}: `) && acknowledged === 0)

  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const own = random(seed + user + 1)
      const first = user % all.length
      const tour = TOURS[Math.floor(user / all.length)]
      for (let n = 0; ; n++) {
        const isTour = tour !== undefined && (n === 0 || (n < MOST_TOURS && hasUnacknowledged(all[first] as Door)))
        if (!isTour && performance.now() >= run.until) return
        const which = isTour ? first : (user + n) % all.length
        const line: Line = {
          name: `${user}.${n}`,
          retired: new Set(),
          id: undefined,
          current: undefined,
          state: 'live',
          failedCreations: 0,
          sent: [],
          done: [],
          renewed: 0,
        }
        outcome.lines.push(line)
        await visit(run, all[which] as Door, elsewhere[which] as Door, line, own, isTour ? tour : [])
      }
    }),
  )
  proxy.fault = () => undefined
  return outcome
}

/** What no condition on a version holds does its work again: a value, a touch, and a record that a creation has left for another. */
function mayBeLate({ operation, body }: ProxiedRequest): boolean {
  return operation === 'UpdateItem' && String(body.ConditionExpression).includes('#version = :was_version')
}
