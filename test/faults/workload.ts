// Many users under faults, and what they were told.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createSessionStore, DynamoSessionError } from '../../src/index.ts'
import type { SessionOptions } from '../../src/index.ts'
import type { Fault, Proxy } from '../support/proxy.ts'
import type { Line, LiveItem } from './checker.ts'
import { doors } from './visitors.ts'
import type { Door } from './visitors.ts'

const KINDS = ['throttle', 'error', 'error after', 'reset', 'reset after', 'truncate', 30] as const satisfies Fault[]

export interface Outcome {
  readonly lines: Line[]
  readonly figures: { operations: number; acknowledged: number; errors: Record<string, number>; faults: Record<string, number> }
  /** Errors that are none of the package's. */
  readonly untyped: unknown[]
  /** Operations that found a session gone although nobody had ended it. */
  readonly refused: string[]
  /** The ids of the table's keys. */
  readonly ids: Map<string, string>
}

export async function runUsers(
  proxy: Proxy,
  options: SessionOptions & { secretKey: string },
  { users, seconds, seed, rate }: { users: number; seconds: number; seed: number; rate: number },
): Promise<Outcome> {
  const figures: Outcome['figures'] = { operations: 0, acknowledged: 0, errors: {}, faults: {} }
  const outcome: Outcome = { lines: [], figures, untyped: [], refused: [], ids: new Map() }
  const all = doors(options)
  // Another host: writers of one process queue, so that only a second one makes conflicts.
  const elsewhere = doors({ ...options, maxAttempts: 4 })
  const { keyOf } = createSessionStore(options)
  const until = performance.now() + seconds * 1000
  const chance = random(seed)
  proxy.fault = () => {
    if (chance() >= rate) return undefined
    const fault = KINDS[Math.floor(chance() * KINDS.length)] as Fault
    const name = typeof fault === 'number' ? 'delay' : String(fault)
    figures.faults[name] = (figures.faults[name] ?? 0) + 1
    return fault
  }

  async function keyFor(door: Door, cookie: string): Promise<string> {
    const id = await door.idOf(cookie)
    outcome.ids.set(keyOf(id), id)
    return keyOf(id)
  }

  /** `undefined` where an error was reported, so that the outcome is unknown. */
  async function attempt<T>(work: () => Promise<T>): Promise<{ answer: T } | undefined> {
    figures.operations++
    try {
      const answer = await work()
      figures.acknowledged++
      return { answer }
    } catch (error) {
      const isTyped = error instanceof DynamoSessionError && typeof error.code === 'string'
      if (!isTyped) outcome.untyped.push(error)
      const code = isTyped ? error.code : 'untyped'
      figures.errors[code] = (figures.errors[code] ?? 0) + 1
      return undefined
    }
  }

  async function use(door: Door, line: Line, chance: () => number): Promise<void> {
    const logIn = await attempt(() => door.logIn({ line: line.name }))
    if (!logIn) {
      line.state = 'open'
      line.failedCreations++
      return
    }
    let cookie = logIn.answer
    line.current = await keyFor(door, cookie)
    let n = 0
    const change = async (name: string): Promise<void> => {
      const value = ++n
      const possible = line.values.get(name) ?? new Set<unknown>([undefined])
      line.values.set(name, possible.add(value))
      const at = value % 2 === 0 ? door : (elsewhere[all.indexOf(door)] as Door)
      const done = await attempt(() => at.change(cookie, name, value))
      if (done?.answer) line.values.set(name, new Set([value]))
      else if (done) outcome.refused.push(`${door.name}: change`)
    }
    while (performance.now() < until) {
      const what = chance()
      if (what < 0.4) await change(`key${Math.floor(chance() * 4)}`)
      else if (what < 0.65) await Promise.all(['key0', 'key1', 'key2'].map(change))
      else if (what < 0.8) {
        const touched = await attempt(() => door.touch(cookie))
        if (touched?.answer === false) outcome.refused.push(`${door.name}: touch`)
      } else {
        const left = line.current
        const isLogOut = what >= 0.93
        // A change that was begun before may end after: whatever it is told, it must not bring the session back.
        const late = isLogOut ? attempt(() => door.change(cookie, 'late', ++n)) : undefined
        const moved = await attempt(async () => (isLogOut ? await door.logOut(cookie) : await door.regenerate(cookie)))
        await late
        if (!moved) {
          line.state = 'open'
          if (!isLogOut) line.failedCreations++
          return
        }
        if (!isLogOut && moved.answer === undefined) return void outcome.refused.push(`${door.name}: regenerate`)
        line.retired.add(left)
        if (isLogOut) {
          line.state = 'ended'
          line.current = undefined
          return
        }
        cookie = moved.answer as string
        line.current = await keyFor(door, cookie)
      }
    }
  }

  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const own = random(seed + user + 1)
      for (let visit = 0; performance.now() < until; visit++) {
        const name = `${user}.${visit}`
        const line: Line = { name, retired: new Set(), current: undefined, state: 'live', failedCreations: 0, values: new Map() }
        outcome.lines.push(line)
        await use(all[(user + visit) % all.length] as Door, line, own)
      }
    }),
  )
  proxy.fault = () => undefined
  return outcome
}

/** What readers would find, past the proxy and past the package's own reading. */
export async function liveItems(client: DynamoDBClient, TableName: string): Promise<LiveItem[]> {
  const live: LiveItem[] = []
  let ExclusiveStartKey
  do {
    const page: { Items?: Record<string, { S?: string; N?: string }>[]; LastEvaluatedKey?: never } = (await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey }),
    )) as never
    for (const { session_id, data, moved, lock_expires_at } of page.Items ?? []) {
      if (moved) continue
      if (!data?.S) throw new Error(`an item without data was made: ${session_id?.S}`)
      const lockedUntil = lock_expires_at?.N === undefined ? {} : { lockedUntil: Number(lock_expires_at.N) * 1000 }
      live.push({ key: String(session_id?.S), data: JSON.parse(data.S) as Record<string, unknown>, ...lockedUntil })
    }
    ExclusiveStartKey = page.LastEvaluatedKey
  } while (ExclusiveStartKey)
  return live
}

/** Mulberry32. */
export function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
