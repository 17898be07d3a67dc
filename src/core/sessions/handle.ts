// A session as one request holds it: its states, its reads and writes, its lock, and what a failure does. What an adapter adds is its
// framework's cookie and the shape of its session.
import { createQueue } from '../base/queue.ts'
import type { SessionOperation } from '../options/options.ts'
import { guarded } from './failure.ts'
import type { Lease } from './lock.ts'
import type { Content } from './record/serialize.ts'
import { GONE, MOVED } from './record/snapshot.ts'
import type { Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'
import type { CreateOptions } from './writes/create.ts'
import type { RegenerationOptions } from './writes/regenerate.ts'

type State =
  /** Nothing is stored yet. `id`: of a record that cannot be decoded, and which ends with the session. */
  | { readonly is: 'new'; readonly id?: string | undefined }
  /** The data of the framework's session was `base`, as text, when it and the record last agreed. */
  | { readonly is: 'stored'; readonly id: string; readonly snapshot: Snapshot; readonly base: string }
  /** It goes on under another id. In its grace time the record is still readable. */
  | { readonly is: 'moved'; readonly id: string; readonly snapshot?: Snapshot | undefined }
  /** It ended, or it could not be read: it must never be written. */
  | { readonly is: 'gone'; readonly id?: string | undefined }

export interface Handle {
  readonly state: State['is']
  /** The record as last known: of a stored session, and of one that moved while it is still readable. */
  readonly snapshot: Snapshot | undefined
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
  edit(content: Content, change: (data: Record<string, unknown>) => void): Promise<Outcome>
  /** Extends the life of the session when that is due. */
  touch(options?: Pick<CreateOptions, 'asked'>): Promise<Outcome>
  /** Stores the data under a new id. The lock stays with the old one. */
  regenerate(content: Content, options?: Omit<RegenerationOptions, 'lockToken'>): Promise<Outcome>
  /**
   * Ends the session, whose record is deleted even where it could not be read, and what else the request brought.
   * @returns the id of that record; `undefined` where there was none.
   */
  end(after?: 'new' | 'gone'): Promise<string | undefined>
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
  const { id, state } = snapshot
  return createHandle(sessions, state.moved === undefined ? { is: 'stored', id, snapshot, base } : { is: 'moved', id, snapshot })
}

/** Holds a session that is not stored yet. `id` is that of a record which ends with it, since it cannot be decoded. */
export function holdNew(sessions: Sessions, id?: string): Handle {
  return createHandle(sessions, { is: 'new', id })
}

/** Holds a session that must never be written. `id` is that of the record which ends with it. */
export function holdGone(sessions: Sessions, id?: string): Handle {
  return createHandle(sessions, { is: 'gone', id })
}

function createHandle(sessions: Sessions, found: State): Handle {
  const queue = createQueue<Handle>()
  let state = found
  let lockToken: string | undefined
  let others: readonly Handle[] = []

  function settle(outcome: Outcome, base: string): Outcome {
    const { id } = state
    if (outcome.snapshot) state = { is: 'stored', id: outcome.snapshot.id, snapshot: outcome.snapshot, base }
    else state = outcome.did === 'moved' && id !== undefined ? { is: 'moved', id } : { is: 'gone', id }
    return outcome
  }

  const handle: Handle = {
    get state() {
      return state.is
    },
    get snapshot() {
      return 'snapshot' in state ? state.snapshot : undefined
    },
    get base() {
      return state.is === 'stored' ? state.base : ''
    },
    get isLocked() {
      return lockToken !== undefined
    },

    inTurn: (operation, work, otherwise) =>
      queue.run(handle, () => {
        const saves = state.is === 'new' ? 'create' : 'update'
        return guarded(operation === 'save' ? saves : operation, sessions.options, work, otherwise)
      }),

    async save(content, options = {}) {
      if (state.is === 'new') return settle({ did: 'created', snapshot: await sessions.create(content, options) }, content.text)
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      return settle(await sessions.save({ from, base, content }, { asked: options.asked, lockToken }), content.text)
    },

    async edit(content, change) {
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      return settle(await sessions.edit({ from, base, content }, change, { lockToken }), content.text)
    },

    async touch(options = {}) {
      if (state.is !== 'stored') return refusal(state)
      return settle(await sessions.touch(state.snapshot, options), state.base)
    },

    async regenerate(content, options = {}) {
      if (state.is !== 'stored') return refusal(state)
      const { snapshot: from, base } = state
      const outcome = await sessions.regenerate({ from, base, content }, { ...options, lockToken })
      lockToken = undefined
      return settle(outcome, content.text)
    },

    async end(after = 'gone') {
      const { id } = state
      const own = id === undefined ? undefined : sessions.destroy(sessions.keyOf(id))
      // Each, also where one of them fails.
      for (const ended of await Promise.allSettled([own, ...others.map((other) => other.end())])) {
        if (ended.status === 'rejected') throw ended.reason
      }
      others = []
      state = { is: after }
      lockToken = undefined
      return id
    },

    caughtUp() {
      if (state.is === 'stored') state = { ...state, base: state.snapshot.text }
    },
    lock({ snapshot, token }) {
      lockToken = token
      state = { is: 'stored', id: snapshot.id, snapshot, base: state.is === 'stored' ? state.base : snapshot.text }
    },
    unlock() {
      lockToken = undefined
    },
    lose() {
      state = { is: 'gone', id: state.id }
    },
    alsoEnds(brought) {
      others = brought
    },
  }
  return handle
}

/** What a write does to a session that cannot be written. */
function refusal({ is }: State): Outcome {
  return is === 'moved' ? MOVED : GONE
}
