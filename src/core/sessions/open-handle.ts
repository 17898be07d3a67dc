// How a request comes to hold a session: by reading it, or by its lock.
import { LockWaitTimeoutError } from '../base/errors.ts'
import type { SessionOperation } from '../options/options.ts'
import { handleError, isUnreadable } from './failure.ts'
import { holdGone, holdNew, holdSnapshot } from './handle.ts'
import type { Handle } from './handle.ts'
import { withLease } from './lock.ts'
import type { Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'

/** A session that was looked for, and what it holds. */
export interface Opened<Data> {
  readonly handle: Handle
  /** A copy of its own; `undefined` where there is nothing to read. */
  readonly data: Data | undefined
}

type Parse<Data> = (snapshot: Snapshot) => Data

/** Reads a session. A failure counts by `raiseErrors`; without an id nothing is asked for. */
export async function openHandle<Data>(
  sessions: Sessions,
  id: string | undefined,
  parse: Parse<Data>,
  read?: () => Promise<Snapshot | null>,
): Promise<Opened<Data>> {
  if (id === undefined) return { handle: holdNew(sessions), data: undefined }
  try {
    const snapshot = await (read ?? sessions.open(id))()
    return snapshot ? openSnapshot(sessions, snapshot, parse) : { handle: holdNew(sessions), data: undefined }
  } catch (error) {
    return withoutRecord(sessions, id, error, 'read')
  }
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
  work: (opened: Opened<Data>) => Promise<Result>,
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

/** The same for an adapter, whose request goes on without the lock where there is none to be had, by `raiseErrors`. */
export function underLock<Data, Result>(
  sessions: Sessions,
  id: string,
  held: Handle | undefined,
  parse: Parse<Data>,
  work: (opened: Opened<Data>) => Promise<Result>,
): Promise<Result> {
  return whileLocked(sessions, id, held, parse, work, async (error) => {
    if (error !== undefined) {
      const opened = withoutRecord<Data>(sessions, id, error, error instanceof LockWaitTimeoutError ? 'lock' : 'read')
      held?.lose()
      return work(held ? { handle: held, data: undefined } : opened)
    }
    // What cannot be locked may still be readable, as the old id of a regenerated session in its grace time is.
    return work(held ? { handle: held, data: undefined } : await openHandle(sessions, id, parse))
  })
}

function openSnapshot<Data>(sessions: Sessions, snapshot: Snapshot, parse: Parse<Data>): Opened<Data> {
  return { handle: holdSnapshot(sessions, snapshot), data: parse(snapshot) }
}

/** The session where the record could not be had, unless that is to be raised. */
function withoutRecord<Data>(sessions: Sessions, id: string, error: unknown, operation: SessionOperation): Opened<Data> {
  handleError(error, operation, sessions.options)
  // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
  return { handle: isUnreadable(error) ? holdNew(sessions, id) : holdGone(sessions, id), data: undefined }
}
