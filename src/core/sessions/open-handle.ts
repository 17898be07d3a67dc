// How a request comes to hold a session: by reading it, or by its lock.
import { inTime } from '../base/deadline.ts'
import type { Deadline } from '../base/deadline.ts'
import { MOST_IDS } from '../base/cookie-header.ts'
import { DynamoDBRequestError, LockWaitTimeoutError } from '../base/errors.ts'
import type { SessionOperation } from '../options/options.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import { handleError, isUnreadable } from './failure.ts'
import { holdGone, holdMoved, holdNew, holdSnapshot } from './handle.ts'
import type { Handle } from './handle.ts'
import { withLease } from './lock.ts'
import type { Found, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'

/** A session that was looked for, and what it holds. */
export interface OpenHandle<Data> {
  readonly handle: Handle
  /** A copy of its own; `undefined` where there is nothing to read. */
  readonly data: Data | undefined
}

type Parse<Data> = (snapshot: Snapshot) => Data

/**
 * Reads the session of a request. A failure counts by `raiseErrors`; without an id nothing is asked for. Of several ids, as cookies of
 * other paths and domains bring them, each is tried until one is live; else one counts that is in its grace time, or that has moved.
 * @param first reads the first id, where that has begun.
 */
export async function openHandle<Data>(
  sessions: Sessions,
  ids: readonly string[],
  parse: Parse<Data>,
  first?: () => Promise<Found>,
): Promise<OpenHandle<Data>> {
  const [only] = ids
  if (only === undefined) return { handle: holdNew(sessions), data: undefined }
  // As nearly always, and each parallel loader of a page comes by here.
  if (ids.length === 1) return openOne(sessions, only, parse, first ?? (() => sessions.open(only)()))
  const deadline = sessions.items.begin()
  const tried: Tried<Data>[] = []
  for (const id of ids.slice(0, MOST_IDS)) {
    const read = tried.length === 0 ? (first ?? (() => sessions.open(id)())) : () => readInTime(deadline, sessions, id)
    const opened = await openOne(sessions, id, parse, read)
    tried.push(opened)
    if (opened.rank === BEST) break
  }
  const best = tried.reduce((found, other) => (other.rank > found.rank ? other : found))
  const others = tried.filter((other) => other !== best).map(({ handle }) => handle)
  best.handle.alsoEnds([...others, ...holdUnread(sessions, ids.slice(tried.length))])
  return best
}

/** What is better to go on with has a higher rank. */
interface Tried<Data> extends OpenHandle<Data> {
  readonly rank: number
}

const BEST = 4

async function openOne<Data>(sessions: Sessions, id: string, parse: Parse<Data>, read: () => Promise<Found>): Promise<Tried<Data>> {
  try {
    const { snapshot, tombstone } = await read()
    if (snapshot) {
      const rank = snapshot.state.moved === undefined ? BEST : 3
      return { handle: holdSnapshot(sessions, snapshot), data: parse(snapshot), rank }
    }
    if (!tombstone) return { handle: holdNew(sessions), data: undefined, rank: 0 }
    const handle = holdMoved(sessions, id, tombstone)
    // One that moved long ago is a new session, which knows where the old one went.
    return { handle, data: undefined, rank: handle.state === 'moved' ? 2 : 1 }
  } catch (error) {
    const opened = withoutRecord<Data>(sessions, id, error, 'read')
    // After a failed read nobody knows whether that one was live, so that no other takes its place.
    return { ...opened, rank: opened.handle.state === 'gone' ? BEST : 0 }
  }
}

/** What a scan or a query found, whose id is not known. One that cannot be decoded is reported, and reads as absent. */
export async function openItem<Data>(sessions: Sessions, key: string, item: Item, parse: Parse<Data>): Promise<OpenHandle<Data>> {
  return openOne(sessions, '', parse, async () => ({ snapshot: await sessions.decodeByKey(key, item) }))
}

function readInTime(deadline: Deadline, sessions: Sessions, id: string): Promise<Found> {
  return inTime(deadline, () => sessions.open(id)(), notFoundInTime)
}

function notFoundInTime(): Error {
  return new DynamoDBRequestError('TIMEOUT', 'dynamodb:GetItem', 'the cookies of one request were not looked up in time')
}

/** Sessions that only their end needs. */
function holdUnread(sessions: Sessions, ids: readonly string[]): Handle[] {
  return ids.map((id) => holdGone(sessions, id))
}

/**
 * Runs `work` on a session while holding its lock.
 * @param held its handle, where the request has one already.
 * @param instead takes the place of `work` where the lock is not had: `error` says why, and without one there is no such session.
 */
export async function whileLocked<Data, Result>(
  sessions: Sessions,
  id: string,
  held: Handle | undefined,
  parse: Parse<Data>,
  work: (opened: OpenHandle<Data>) => Promise<Result>,
  instead: (error?: unknown) => Promise<Result>,
): Promise<Result> {
  let isInside = false
  let locked: { readonly value: Result } | null
  try {
    locked = await withLease(sessions, id, async (lease) => {
      const opened = openSnapshot(sessions, lease.snapshot, parse)
      const handle = held ?? opened.handle
      handle.lock(lease)
      isInside = true
      try {
        return { value: await work({ ...opened, handle }) }
      } finally {
        // A later write is one without the lock.
        handle.unlock()
      }
    })
  } catch (error) {
    if (isInside) throw error
    return instead(error)
  }
  return locked ? locked.value : instead()
}

/**
 * The same for an adapter, whose request goes on without the lock where there is none to be had, by `raiseErrors`.
 * @param ids what the request brought, of which the live one is locked; that of `held`, where there is one.
 */
export async function underLock<Data, Result>(
  sessions: Sessions,
  ids: readonly string[],
  held: Handle | undefined,
  parse: Parse<Data>,
  work: (opened: OpenHandle<Data>) => Promise<Result>,
): Promise<Result> {
  // With one cookie, as nearly always, the lock itself tells what is stored.
  const found = ids.length === 1 ? undefined : await openHandle(sessions, ids, parse)
  if (found && found.handle.state !== 'stored') return work(found)
  const id = found?.handle.snapshot?.id ?? (ids[0] as string)
  const handle = held ?? found?.handle
  const run = (opened: OpenHandle<Data>): Promise<Result> => {
    if (found) opened.handle.caughtUp()
    return work(opened)
  }
  return whileLocked(sessions, id, handle, parse, run, async (error) => {
    if (error !== undefined) {
      const opened = withoutRecord<Data>(sessions, id, error, error instanceof LockWaitTimeoutError ? 'lock' : 'read')
      handle?.lose()
      return work(handle ? { handle, data: undefined } : opened)
    }
    // What cannot be locked may still be readable, as the old id of a regenerated session in its grace time is.
    return work(held ? { handle: held, data: undefined } : await openHandle(sessions, ids, parse))
  })
}

function openSnapshot<Data>(sessions: Sessions, snapshot: Snapshot, parse: Parse<Data>): OpenHandle<Data> {
  return { handle: holdSnapshot(sessions, snapshot), data: parse(snapshot) }
}

/** The session where the record could not be had, unless that is to be raised. */
function withoutRecord<Data>(sessions: Sessions, id: string, error: unknown, operation: SessionOperation): OpenHandle<Data> {
  handleError(error, operation, sessions.options)
  // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
  return { handle: isUnreadable(error) ? holdNew(sessions, id) : holdGone(sessions, id), data: undefined }
}
