// A session as one request holds it: its states, its reads and writes, its lock, and what a failure does. What an adapter adds is its
// framework's cookie and the shape of its session.
import type { Deadline } from '../base/deadline.ts'
import { now } from '../base/time.ts'
import { createQueue } from '../base/queue.ts'
import { isOldMove, kinOf } from '../items/tombstone.ts'
import type { Tombstone } from '../items/tombstone.ts'
import { guarded } from './failure.ts'
import type { Handle } from './held.ts'
import { GONE, movedTo } from './record/snapshot.ts'
import type { HeldLock, Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'

export type { Handle } from './held.ts'

type State =
  /**
   * Nothing is stored yet. `id`: of a record that ends with the session, because it cannot be decoded or moved long ago; `tombstone`: where
   * that went.
   */
  | { readonly is: 'new'; readonly id?: string | undefined; readonly tombstone?: Tombstone | undefined }
  /** The data of the framework's session was `base`, as text, when it and the record last agreed. */
  | { readonly is: 'stored'; readonly id: string; readonly snapshot: Snapshot; readonly base: string }
  /** It goes on under another id. In its grace time the record is still readable. `base`: the text of the data before the move, where it was read. */
  | {
      readonly is: 'moved'
      readonly id: string
      readonly tombstone: Tombstone
      readonly base: string
      readonly snapshot?: Snapshot | undefined
    }
  /** It ended, or it could not be read: it must never be written. */
  | { readonly is: 'gone'; readonly id?: string | undefined }

/** Holds a record that is known. `base`: the text of the framework's data, where that is not what the record holds. */
export function holdSnapshot(sessions: Sessions, snapshot: Snapshot, base: string = snapshot.text): Handle {
  const { id, state, tombstone } = snapshot
  if (state.moved === undefined) return createHandle(sessions, { is: 'stored', id, snapshot, base })
  return createHandle(sessions, tombstone ? { is: 'moved', id, tombstone, base, snapshot } : { is: 'gone', id })
}

/** Holds a session that moved, and whose data cannot be had by its old id. After a while, a request with that begins anew. */
export function holdMoved(sessions: Sessions, id: string, tombstone: Tombstone): Handle {
  return createHandle(sessions, isOldMove(tombstone, now()) ? { is: 'new', id, tombstone } : { is: 'moved', id, tombstone, base: '' })
}

/** Holds a session that is not stored yet. `id` is that of a record which ends with it, since it cannot be decoded. */
export function holdNew(sessions: Sessions, id?: string): Handle {
  return createHandle(sessions, { is: 'new', id })
}

/** Holds a session that must never be written. `id` is that of the record which ends with it. */
export function holdGone(sessions: Sessions, id?: string): Handle {
  return createHandle(sessions, { is: 'gone', id })
}

/** What a handle knows. */
interface Cell {
  state: State
  /** The text of the data as this request found it. What it stored since counts as its own change, for whether it logs in. */
  readonly before: string
  lock: HeldLock | undefined
  /** Whether this request gave the session its id. */
  isOwnId: boolean
  /** Of the work that has its turn. */
  deadline: Deadline | undefined
}

function createHandle(sessions: Sessions, found: State): Handle {
  const queue = createQueue<Handle, 'served'>()
  const read = 'snapshot' in found ? found.snapshot?.state : undefined
  const before = 'base' in found ? found.base : ''
  const cell: Cell = { state: found, before, lock: undefined, isOwnId: false, deadline: undefined }
  let others: readonly Handle[] = []

  const handle: Handle = {
    get state() {
      return cell.state.is
    },
    get snapshot() {
      return 'snapshot' in cell.state ? cell.state.snapshot : undefined
    },
    get id() {
      return cell.state.is === 'stored' ? cell.state.id : undefined
    },
    get base() {
      return 'base' in cell.state ? cell.state.base : ''
    },
    get isLocked() {
      return cell.lock !== undefined
    },
    get deadline() {
      return cell.deadline
    },

    inTurn(operation, work, otherwise) {
      const deadline = sessions.items.begin()
      return queue.run(handle, async (turn) => {
        const saves = cell.state.is === 'new' ? 'create' : 'update'
        // While others were served, waiting for them was no sign of trouble.
        cell.deadline = turn.last === 'served' ? sessions.items.begin() : deadline
        turn.last = undefined
        const served = async (): Promise<Awaited<ReturnType<typeof work>>> => {
          const result = await work()
          turn.last = 'served'
          return result
        }
        return guarded(operation === 'save' ? saves : operation, sessions.options, served, otherwise).finally(() => {
          cell.deadline = undefined
        })
      })
    },

    ...writesOf(sessions, cell),

    async end(after = 'gone') {
      const { id } = cell.state
      const rawKin = handle.snapshot?.state.rawKin
      const deadline = cell.deadline ?? sessions.items.begin()
      const own = id === undefined ? undefined : sessions.destroy(sessions.keyOf(id), rawKin && kinOf({ kin: rawKin }), deadline)
      // Each, also where one of them fails.
      for (const ended of await Promise.allSettled([own, ...others.map((other) => other.end())])) {
        if (ended.status === 'rejected') throw ended.reason
      }
      others = []
      Object.assign(cell, { state: { is: after }, isOwnId: false, lock: undefined } satisfies Partial<Cell>)
      return id
    },

    renewsCookie({ did, snapshot, tombstone }, { isPersistent, isAsked = false }) {
      if (!snapshot || tombstone) return false
      // The browser may not have it yet.
      if (cell.isOwnId) return true
      if (did === 'unchanged') return false
      if (isAsked) return true
      return (
        isPersistent &&
        !snapshot.state.endsWithBrowser &&
        (read === undefined || sessions.lifetime.isFirstUse(read, snapshot.state.updatedAt))
      )
    },
    caughtUp() {
      const { state } = cell
      if (state.is === 'stored') cell.state = { ...state, base: state.snapshot.text }
    },
    lock({ snapshot, lock }) {
      const { state } = cell
      cell.lock = lock
      cell.state = { is: 'stored', id: snapshot.id, snapshot, base: state.is === 'stored' ? state.base : snapshot.text }
    },
    unlock() {
      cell.lock = undefined
    },
    lose() {
      cell.state = { is: 'gone', id: cell.state.id }
    },
    alsoEnds(brought) {
      others = brought
    },
  }
  return handle
}

type Writes = Pick<Handle, 'save' | 'edit' | 'touch' | 'regenerate'>

function writesOf(sessions: Sessions, cell: Cell): Writes {
  function settle(outcome: Outcome, base: string): Outcome {
    const { id } = cell.state
    const { snapshot, tombstone } = outcome
    cell.isOwnId ||= outcome.did === 'created' || outcome.did === 'regenerated'
    // What was read before the move counts in a log-in that comes after it.
    if (tombstone && id !== undefined) cell.state = { is: 'moved', id, tombstone, base: cell.before }
    else cell.state = snapshot ? { is: 'stored', id: snapshot.id, snapshot, base } : { is: 'gone', id }
    return outcome
  }

  const writes: Writes = {
    async save(given, options = {}) {
      const { state, lock, deadline } = cell
      if (state.is === 'new')
        return settle({ did: 'created', snapshot: await sessions.create(given, { ...options, deadline }) }, given.text)
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      const content = sessions.serialization.keeping(given, base)
      return settle(
        await sessions.save({ from, base, content }, { asked: options.asked, endsWithBrowser: options.endsWithBrowser, lock, deadline }),
        content.text,
      )
    },

    async edit(given, change, options = {}) {
      const { state, lock, deadline } = cell
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      const content = sessions.serialization.keeping(given, base)
      return settle(await sessions.edit({ from, base, content }, change, { ...options, lock, deadline }), content.text)
    },

    async touch(options = {}) {
      const { state, deadline } = cell
      if (state.is !== 'stored') return refusal(state)
      return settle(await sessions.touch(state.snapshot, { ...options, deadline }), state.base)
    },

    async regenerate(given, options = {}) {
      const { state, lock, deadline } = cell
      if (state.is === 'gone') return GONE
      const content = sessions.serialization.keeping(given, 'base' in state ? state.base : '')
      if (state.is === 'moved' || (state.is === 'new' && state.tombstone)) {
        const { tombstone, base = '' } = state as { tombstone: Tombstone; base?: string }
        const outcome = await sessions.regenerateMoved({ base, content }, tombstone, { ...options, deadline })
        if (outcome.snapshot) return settle(outcome, content.text)
        if (state.is === 'moved') return outcome
      }
      if (state.is === 'new') return writes.save(content, options)
      const { snapshot: from, base } = state
      const outcome = await sessions.regenerate({ from, base, content, before: cell.before }, { ...options, lock, deadline })
      cell.lock = undefined
      return settle(outcome, content.text)
    },
  }
  return writes
}

/** What a write does to a session that cannot be written. */
function refusal(state: State): Outcome {
  return state.is === 'moved' ? movedTo(state.tombstone) : GONE
}
