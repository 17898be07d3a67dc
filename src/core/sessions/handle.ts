// A session as one request holds it: its states, its reads and writes, its lock, and what a failure does. What an adapter adds is its
// framework's cookie and the shape of its session.
import type { Deadline } from '../base/deadline.ts'
import { now } from '../base/time.ts'
import { createQueue } from '../base/queue.ts'
import type { Queue } from '../base/queue.ts'
import type { ItemState } from '../items/state.ts'
import { isOldMove, kinOf } from '../items/tombstone.ts'
import type { Tombstone } from '../items/tombstone.ts'
import type { SessionOperation } from '../options/options.ts'
import { guarded } from './failure.ts'
import type { Handle } from './held.ts'
import type { Lease } from './lock.ts'
import type { Content } from './record/serialize.ts'
import { GONE, movedTo } from './record/snapshot.ts'
import type { HeldLock, Life, Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'
import type { RegenerationOptions } from './writes/regenerate.ts'

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
  if (state.moved === undefined) return new RequestHandle(sessions, { is: 'stored', id, snapshot, base })
  return new RequestHandle(sessions, tombstone ? { is: 'moved', id, tombstone, base, snapshot } : { is: 'gone', id })
}

/** Holds a session that moved, and whose data cannot be had by its old id. After a while, a request with that begins anew. */
export function holdMoved(sessions: Sessions, id: string, tombstone: Tombstone): Handle {
  return new RequestHandle(sessions, isOldMove(tombstone, now()) ? { is: 'new', id, tombstone } : { is: 'moved', id, tombstone, base: '' })
}

/** Holds a session that is not stored yet. `id` is that of a record which ends with it, since it cannot be decoded. */
export function holdNew(sessions: Sessions, id?: string): Handle {
  return new RequestHandle(sessions, { is: 'new', id })
}

/** Holds a session that must never be written. `id` is that of the record which ends with it. */
export function holdGone(sessions: Sessions, id?: string): Handle {
  return new RequestHandle(sessions, { is: 'gone', id })
}

/** A class, since V8 makes the getters of a literal anew for each object: that took a third of what a handle costs. */
class RequestHandle implements Handle {
  readonly #sessions: Sessions
  /** What the request read. */
  readonly #read: ItemState | undefined
  /** The text of the data as this request found it. What it stored since counts as its own change, for whether it logs in. */
  readonly #before: string
  #queue: Queue<Handle, 'served'> | undefined
  #state: State
  #lock: HeldLock | undefined
  /** Whether this request gave the session its id. */
  #isOwnId = false
  #deadline: Deadline | undefined
  #others: readonly Handle[] = NO_OTHERS

  constructor(sessions: Sessions, found: State) {
    this.#sessions = sessions
    this.#state = found
    this.#read = 'snapshot' in found ? found.snapshot?.state : undefined
    this.#before = 'base' in found ? found.base : ''
  }

  get state(): State['is'] {
    return this.#state.is
  }
  get snapshot(): Snapshot | undefined {
    return 'snapshot' in this.#state ? this.#state.snapshot : undefined
  }
  get id(): string | undefined {
    return this.#state.is === 'stored' ? this.#state.id : undefined
  }
  get base(): string {
    return 'base' in this.#state ? this.#state.base : ''
  }
  get isLocked(): boolean {
    return this.#lock !== undefined
  }
  get deadline(): Deadline | undefined {
    return this.#deadline
  }

  inTurn<Result>(operation: SessionOperation | 'save', work: () => Promise<Result>, otherwise?: Result): Promise<Result> {
    const { items, options } = this.#sessions
    const deadline = items.begin()
    this.#queue ??= createQueue()
    return this.#queue.run(this, async (turn) => {
      const saves = this.#state.is === 'new' ? 'create' : 'update'
      // While others were served, waiting for them was no sign of trouble.
      this.#deadline = turn.last === 'served' ? items.begin() : deadline
      turn.last = undefined
      try {
        const served = async (): Promise<Result> => {
          const result = await work()
          turn.last = 'served'
          return result
        }
        return await guarded(operation === 'save' ? saves : operation, options, served, otherwise)
      } finally {
        this.#deadline = undefined
      }
    })
  }

  async save(given: Content, options: SaveOptions = {}): Promise<Outcome> {
    const sessions = this.#sessions
    const state = this.#state
    const lock = this.#lock
    const deadline = this.#deadline
    if (state.is === 'new')
      return this.#settle({ did: 'created', snapshot: await sessions.create(given, { ...options, deadline }) }, given.text)
    if (state.is !== 'stored') return refusal(state)
    const { snapshot: from, base } = state
    const content = sessions.serialization.keeping(given, base)
    const { asked, endsWithBrowser } = options
    return this.#settle(await sessions.save({ from, base, content }, { asked, endsWithBrowser, lock, deadline }), content.text)
  }

  async edit(given: Content, change: (data: Record<string, unknown>) => void, options: Life = {}): Promise<Outcome> {
    const sessions = this.#sessions
    const state = this.#state
    if (state.is !== 'stored') return refusal(state)
    const { snapshot: from, base } = state
    const content = sessions.serialization.keeping(given, base)
    const within = { ...options, lock: this.#lock, deadline: this.#deadline }
    return this.#settle(await sessions.edit({ from, base, content }, change, within), content.text)
  }

  async touch(options: Life = {}): Promise<Outcome> {
    const state = this.#state
    if (state.is !== 'stored') return refusal(state)
    return this.#settle(await this.#sessions.touch(state.snapshot, { ...options, deadline: this.#deadline }), state.base)
  }

  async regenerate(given: Content, options: Omit<RegenerationOptions, 'lock'> = {}): Promise<Outcome> {
    const sessions = this.#sessions
    const state = this.#state
    const lock = this.#lock
    const deadline = this.#deadline
    if (state.is === 'gone') return GONE
    const content = sessions.serialization.keeping(given, 'base' in state ? state.base : '')
    if (state.is === 'moved' || (state.is === 'new' && state.tombstone)) {
      const { tombstone, base = '' } = state as { tombstone: Tombstone; base?: string }
      const outcome = await sessions.regenerateMoved({ base, content }, tombstone, { ...options, deadline })
      if (outcome.snapshot) return this.#settle(outcome, content.text)
      if (state.is === 'moved') return outcome
    }
    if (state.is === 'new') return this.save(content, options)
    const { snapshot: from, base } = state
    const outcome = await sessions.regenerate({ from, base, content, before: this.#before }, { ...options, lock, deadline })
    this.#lock = undefined
    return this.#settle(outcome, content.text)
  }

  async end(after: 'new' | 'gone' = 'gone'): Promise<string | undefined> {
    const sessions = this.#sessions
    const { id } = this.#state
    const rawKin = this.snapshot?.state.rawKin
    const deadline = this.#deadline ?? sessions.items.begin()
    const own = id === undefined ? undefined : sessions.destroy(sessions.keyOf(id), rawKin && kinOf({ kin: rawKin }), deadline)
    // Each, also where one of them fails.
    for (const ended of await Promise.allSettled([own, ...this.#others.map((other) => other.end())])) {
      if (ended.status === 'rejected') throw ended.reason
    }
    this.#others = NO_OTHERS
    this.#state = { is: after }
    this.#isOwnId = false
    this.#lock = undefined
    return id
  }

  renewsCookie({ did, snapshot, tombstone }: Outcome, { isPersistent, isAsked = false }: Cookie): boolean {
    if (!snapshot || tombstone) return false
    // The browser may not have it yet.
    if (this.#isOwnId) return true
    if (did === 'unchanged') return false
    if (isAsked) return true
    const read = this.#read
    return (
      isPersistent &&
      !snapshot.state.endsWithBrowser &&
      (read === undefined || this.#sessions.lifetime.isFirstUse(read, snapshot.state.updatedAt))
    )
  }
  caughtUp(): void {
    const state = this.#state
    if (state.is === 'stored') this.#state = { ...state, base: state.snapshot.text }
  }
  lock({ snapshot, lock }: Lease): void {
    const state = this.#state
    this.#lock = lock
    this.#state = { is: 'stored', id: snapshot.id, snapshot, base: state.is === 'stored' ? state.base : snapshot.text }
  }
  unlock(): void {
    this.#lock = undefined
  }
  lose(): void {
    this.#state = { is: 'gone', id: this.#state.id }
  }
  alsoEnds(brought: readonly Handle[]): void {
    this.#others = brought
  }

  #settle(outcome: Outcome, base: string): Outcome {
    const { id } = this.#state
    const { snapshot, tombstone } = outcome
    this.#isOwnId ||= outcome.did === 'created' || outcome.did === 'regenerated'
    // What was read before the move counts in a log-in that comes after it.
    if (tombstone && id !== undefined) this.#state = { is: 'moved', id, tombstone, base: this.#before }
    else this.#state = snapshot ? { is: 'stored', id: snapshot.id, snapshot, base } : { is: 'gone', id }
    return outcome
  }
}

type SaveOptions = NonNullable<Parameters<Handle['save']>[1]>
type Cookie = Parameters<Handle['renewsCookie']>[1]

const NO_OTHERS: readonly Handle[] = []

/** What a write does to a session that cannot be written. */
function refusal(state: State): Outcome {
  return state.is === 'moved' ? movedTo(state.tombstone) : GONE
}
