// Locks are leases: a holder that dies loses its lock by time, as each waiter measures it on its own clock.
import type { Deadline } from '../base/deadline.ts'
import type { AttributeValue, Item } from '../dynamodb/dynamo.ts'
import { deferred } from '../base/deferred.ts'
import { isRetryable, LockWaitTimeoutError } from '../base/errors.ts'
import { createQueue } from '../base/queue.ts'
import type { Queue } from '../base/queue.ts'
import { generateToken, isId } from '../base/id.ts'
import { LOCK_ATTRIBUTES, numeric } from '../items/state.ts'
import { WRITABLE } from '../items/schema.ts'
import type { Items } from '../items/items.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Sessions } from './sessions.ts'
import type { HeldLock, Snapshot } from './record/snapshot.ts'
import { asRead, holding, isHeld } from './writes/conditions.ts'
import { isDoneWithin, sleep } from '../base/wait.ts'
import { now } from '../base/time.ts'
import { traceOperation } from '../base/tracing.ts'
import { subject } from './tracing.ts'

/** A session while its lock is held. */
export interface Lease {
  readonly snapshot: Snapshot
  /** What a holder's write requires; it changes with each renewal. */
  readonly lock: HeldLock
}

/** A lock that this process holds, or tries to get. */
interface OwnLock extends HeldLock {
  lockedAt: AttributeValue[]
}

/** The Ruby gem takes away nothing else when it gives a lock back, whosever that was. */
const FREE_LOCK = 'attribute_not_exists(#locked_at)'
/** Times of locking that a holder goes on to know: what is older is long replaced, or the lease is lost. */
const MOST_KNOWN = 6
/** A lease that another program wrote may be nonsense; nobody waits longer than this, in milliseconds. */
const LONGEST_LEASE = 3_600_000

/** The lock that a waiter saw, and since when it has not changed. */
interface Watched {
  readonly lock: Item
  readonly since: number
  /** Milliseconds after which, unchanged, its holder is taken for dead. */
  readonly lease: number
}

/**
 * Runs `fn` while holding the session's lock, which is renewed meanwhile and released after, whatever happens.
 * @returns what `fn` returns; `null` when there is no such session.
 * @throws LockWaitTimeoutError after `lockMaxWaitTime`.
 */
export async function withLease<Result>(sessions: Sessions, id: string, fn: (lease: Lease) => Promise<Result>): Promise<Result | null> {
  if (!isId(id)) return null
  const { items, options } = sessions
  const key = sessions.keyOf(id)
  const until = performance.now() + options.lockMaxWaitTime * 1000
  // As long as the waiting for others may last, and one attempt more.
  const deadline = items.begin(options.lockMaxWaitTime * 1000 + items.options.requestTimeout)
  const lock: OwnLock = { token: generateToken(), lockedAt: [] }
  let leave: (() => void) | undefined
  const acquired = async (): Promise<Item | undefined> => {
    leave = await enter(items, key, until, options.lockMaxWaitTime)
    return acquire(sessions, key, lock, until, deadline).catch((error: unknown) => {
      // The lock may be ours all the same.
      if (isRetryable(error)) release(sessions, key, lock).catch(() => {})
      throw error
    })
  }
  try {
    const item = await traceOperation('lock', 'lock', { ...subject(sessions), key }, acquired, (found) => (found ? 'locked' : 'absent'))
    if (!item) return null
    const stopRenewing = renewRegularly(items, key, lock, options.lockExpiryTime)
    try {
      const snapshot = await sessions.decode(id, item)
      return snapshot && (await fn({ snapshot, lock }))
    } finally {
      stopRenewing()
      // An unreachable table does not keep the caller for longer than the lease, which ends by itself.
      const released = release(sessions, key, lock).catch((error: unknown) => options.errorHandler?.(error, { operation: 'unlock' }))
      await isDoneWithin(options.lockExpiryTime, released)
    }
  } finally {
    leave?.()
  }
}

/** Returns the item with our lock on it; `undefined` when there is no such session. */
async function acquire(sessions: Sessions, key: string, lock: OwnLock, until: number, deadline: Deadline): Promise<Item | undefined> {
  const { options } = sessions
  const items = sessions.items.within(deadline)
  let watched: Watched | undefined
  for (;;) {
    const set = nextLock(lock, options.lockExpiryTime)
    const mine = holding(lock)
    const steal = watched && performance.now() - watched.since >= watched.lease ? sameLock(watched.lock) : undefined
    const answer = await items.change(key, {
      set,
      condition: `${WRITABLE} AND (${[FREE_LOCK, mine.clause, ...(steal ? [steal.condition] : [])].map((clause) => `(${clause})`).join(' OR ')})`,
      values: { ':now': numeric(now()), ...mine.values, ...steal?.values },
      returnNew: true,
      until,
    })
    if (answer.done) return answer.item
    if (!answer.item || !(await sessions.decodeByKey(key, answer.item))) return undefined
    watched = watch(watched, answer.item, options)
    // Released between the failed condition and the look at the item, where that takes a request of its own.
    if (!watched.lock.locked_at && performance.now() < until) continue
    do {
      const at = performance.now()
      if (at >= until) throw new LockWaitTimeoutError(key, options.lockMaxWaitTime)
      const wait = Math.min(options.lockRetryDelay, until - at, Math.max(0, watched.since + watched.lease - at))
      await sleep(wait)
      watched = watch(watched, await peek(items, key, deadline), options)
    } while (watched.lock.locked_at && performance.now() - watched.since < watched.lease)
  }
}

/** Gives the lock back, until the lease ends by itself. Another's there is no error. */
function release({ items, options }: Sessions, key: string, lock: HeldLock): Promise<unknown> {
  const until = performance.now() + options.lockExpiryTime
  const { clause, values } = holding(lock)
  return items.change(key, { remove: LOCK_ATTRIBUTES, condition: clause, values, until })
}

/** The attributes of a lease that begins now, which counts as the holder's from here on: it may arrive although nobody hears of it. */
function nextLock(lock: OwnLock, lease: number): Item & { readonly locked_at: AttributeValue } {
  const at = now()
  const lockedAt = numeric(at)
  lock.lockedAt = [...lock.lockedAt.filter(({ N }) => N !== lockedAt.N), lockedAt].slice(-MOST_KNOWN)
  return { locked_at: lockedAt, lock_token: { S: lock.token }, lock_expires_at: numeric(at + lease / 1000) }
}

/** Looks at the lock as cheaply as DynamoDB allows. */
async function peek(items: Items, key: string, deadline: Deadline): Promise<Item> {
  const ProjectionExpression = LOCK_ATTRIBUTES.map((name) => `#${name}`).join(', ')
  const input = { Key: items.primaryKey(key), ProjectionExpression, ExpressionAttributeNames: items.names(ProjectionExpression) }
  return (await items.dynamo.get(input, { deadline })) ?? {}
}

function watch(before: Watched | undefined, item: Item, { lockExpiryTime, hashIds }: ResolvedOptions): Watched {
  const lock: Item = {}
  for (const name of LOCK_ATTRIBUTES) if (item[name]) lock[name] = item[name]
  if (before && JSON.stringify(before.lock) === JSON.stringify(lock)) return before
  // Both times are by the holder's clock, so their difference is its lease. The Ruby gem stores no end, and leaves that of the lease that
  // it took over: its own is taken to be ours.
  const [start, end] = [lock.locked_at?.N, lock.lock_expires_at?.N].map(Number) as [number, number]
  const told = end > start ? Math.min(LONGEST_LEASE, (end - start) * 1000) : lockExpiryTime
  const lease = hashIds ? told : Math.max(told, lockExpiryTime)
  return { lock, since: performance.now(), lease }
}

function sameLock(lock: Item): { condition: string; values: Item } {
  const values: Item = {}
  const clauses = LOCK_ATTRIBUTES.map((name) => asRead(name, lock[name], values))
  return { condition: clauses.join(' AND '), values }
}

/** Renews the lease every third of it, and returns a function that stops that. What is under way then finds no lock of ours once that is released. */
function renewRegularly(items: Items, key: string, lock: OwnLock, lease: number): () => void {
  let isRenewing = false
  const timer = setInterval(() => {
    if (isRenewing) return
    isRenewing = true
    const { clause, values } = holding(lock)
    const set = nextLock(lock, lease)
    // What fails is found by the holder's next write, which requires the lock.
    const until = performance.now() + lease / 3
    void items
      .change(key, {
        set,
        condition: `attribute_exists(#data) AND ${clause}`,
        values,
        isOurs: (item) => isHeld(item, { ...lock, lockedAt: [set.locked_at] }),
        until,
      })
      .then(({ done }) => done || clearInterval(timer))
      .catch(() => {})
      .finally(() => (isRenewing = false))
  }, lease / 3)
  timer.unref()
  return () => clearInterval(timer)
}

const queues = new WeakMap<Items, Queue<string, never>>()

/** Waits for this process's turn at a key, without requests; returns the function that ends the turn. */
async function enter(items: Items, key: string, until: number, seconds: number): Promise<() => void> {
  const queue = queues.get(items) ?? createQueue<string>()
  queues.set(items, queue)
  const [turn, end] = [deferred(), deferred()]
  void queue.run(key, () => {
    turn.resolve()
    return end.promise
  })
  if (await isDoneWithin(Math.max(0, until - performance.now()), turn.promise)) return end.resolve
  end.resolve()
  throw new LockWaitTimeoutError(key, seconds)
}
