// A session as one request holds it: its states, its reads and writes, its lock, and what a failure does. What an adapter adds is its
// framework's cookie and the shape of its session.
import { now } from '../base/time.ts'
import { createQueue } from '../base/queue.ts'
import { isOldMove, kinOf } from '../items/tombstone.ts'
import type { Tombstone } from '../items/tombstone.ts'
import type { SessionOperation } from '../options/options.ts'
import { guarded } from './failure.ts'
import type { Lease } from './lock.ts'
import type { Content } from './record/serialize.ts'
import { GONE, movedTo } from './record/snapshot.ts'
import type { HeldLock, Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'
import type { CreateOptions } from './writes/create.ts'
import type { RegenerationOptions } from './writes/regenerate.ts'

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

export interface Handle {
  readonly state: State['is']
  /** The record as last known: of a stored session, and of one that moved while it is still readable. */
  readonly snapshot: Snapshot | undefined
  /** What the browser holds; `undefined` unless the session is stored. */
  readonly id: string | undefined
  /** The text of the framework's data when it and the record last agreed; `''` where nothing is stored. */
  readonly base: string
  readonly isLocked: boolean
  /**
   * Runs work on the session after all that was begun before it, since each write goes on from what the one before it stored.
   * @param operation what `errorHandler` is told; `save` stands for `create` or `update`.
   * @param otherwise what is returned where a failure is not to be raised.
   */
  inTurn<Result>(operation: SessionOperation | 'save', work: () => Promise<Result>, otherwise?: Result): Promise<Result>
  /** Stores the data: as a new record, or what changed in it. */
  save(content: Content, options?: Pick<CreateOptions, 'asked' | 'id'>): Promise<Outcome>
  /** Stores the data with `change` on top, which may run several times. The session must be stored. */
  edit(content: Content, change: (data: Record<string, unknown>) => void, options?: Pick<CreateOptions, 'asked'>): Promise<Outcome>
  /** Extends the life of the session when that is due. */
  touch(options?: Pick<CreateOptions, 'asked'>): Promise<Outcome>
  /**
   * Stores the data under a new id. The lock stays with the old one. Of a session that moved, only a log-in gets one; one that is not
   * stored yet gets its first.
   */
  regenerate(content: Content, options?: Omit<RegenerationOptions, 'lock'>): Promise<Outcome>
  /**
   * Ends the session, whose record is deleted even where it could not be read, and what else the request brought.
   * @returns the id of that record; `undefined` where there was none.
   */
  end(after?: 'new' | 'gone'): Promise<string | undefined>
  /**
   * Whether the browser's cookie should follow what this request did: it made the session or its id, gave it a lifetime, or is the first
   * to use it in a while and the cookie has a lifetime that goes on. What others did meanwhile does not count.
   */
  renewsCookie(outcome: Outcome, cookie: { readonly isPersistent: boolean; readonly isAsked?: boolean }): boolean
  /** The framework's data was filled anew with what is stored, so that its changes count from there. */
  caughtUp(): void
  lock(lease: Lease): void
  unlock(): void
  /** What is stored could not be had: nothing may be written. */
  lose(): void
  /** What else the request brought, and which ends with this session. */
  alsoEnds(others: readonly Handle[]): void
}

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
}

function createHandle(sessions: Sessions, found: State): Handle {
  const queue = createQueue<Handle>()
  const read = 'snapshot' in found ? found.snapshot?.state : undefined
  const cell: Cell = { state: found, before: 'base' in found ? found.base : '', lock: undefined, isOwnId: false }
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

    inTurn: (operation, work, otherwise) =>
      queue.run(handle, () => {
        const saves = cell.state.is === 'new' ? 'create' : 'update'
        return guarded(operation === 'save' ? saves : operation, sessions.options, work, otherwise)
      }),

    ...writesOf(sessions, cell),

    async end(after = 'gone') {
      const { id } = cell.state
      const rawKin = handle.snapshot?.state.rawKin
      const own = id === undefined ? undefined : sessions.destroy(sessions.keyOf(id), rawKin && kinOf({ kin: rawKin }))
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
      return isPersistent && (read === undefined || sessions.lifetime.isFirstUse(read, snapshot.state.updatedAt))
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
  const { keeping } = sessions.serialization

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
      const { state, lock } = cell
      if (state.is === 'new') return settle({ did: 'created', snapshot: await sessions.create(given, options) }, given.text)
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      const content = keeping(given, base)
      return settle(await sessions.save({ from, base, content }, { asked: options.asked, lock }), content.text)
    },

    async edit(given, change, options = {}) {
      const { state, lock } = cell
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      const content = keeping(given, base)
      return settle(await sessions.edit({ from, base, content }, change, { ...options, lock }), content.text)
    },

    async touch(options = {}) {
      const { state } = cell
      if (state.is !== 'stored') return refusal(state)
      return settle(await sessions.touch(state.snapshot, options), state.base)
    },

    async regenerate(given, options = {}) {
      const { state, lock } = cell
      if (state.is === 'gone') return GONE
      const content = keeping(given, 'base' in state ? state.base : '')
      if (state.is === 'moved' || (state.is === 'new' && state.tombstone)) {
        const { tombstone, base = '' } = state as { tombstone: Tombstone; base?: string }
        const outcome = await sessions.regenerateMoved({ base, content }, tombstone, options)
        if (outcome.snapshot) return settle(outcome, content.text)
        if (state.is === 'moved') return outcome
      }
      if (state.is === 'new') return writes.save(content, options)
      const { snapshot: from, base } = state
      const outcome = await sessions.regenerate({ from, base, content, before: cell.before }, { ...options, lock })
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
