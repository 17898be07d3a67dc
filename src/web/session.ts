// The session of one request, written through at every call; h3's face gives it cookies.
import { InvalidArgumentError, SessionDataError } from '../core/base/errors.ts'
import { handleError, isUnreadable } from '../core/sessions/failure.ts'
import type { DynamoSession } from './types.ts'
import { applyChanges, changesBetween, flashKey } from '../core/sessions/record/merge.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import type { Snapshot } from '../core/sessions/record/snapshot.ts'
import { toDate, toDuration } from '../core/base/time.ts'

type Values = Record<string, unknown>

type State =
  /** With the `id` of a record that cannot be decoded, and which ends with the session. */
  | { readonly is: 'new'; readonly id?: string | undefined }
  /** The data was `base`, as text, when it and `snapshot` last agreed. */
  | { readonly is: 'stored'; readonly snapshot: Snapshot; readonly base: string }
  /** Destroyed or vanished, or it could not be read: it must never be written. */
  | { readonly is: 'gone' }

/** What the face has in hand beside the session. */
export interface ManagedSession {
  readonly session: DynamoSession
  /** Extends the life of the session when that is due. */
  touch(): Promise<void>
  /** Goes on from the session as it was when its lock was acquired; changes in memory stay. */
  lock(snapshot: Snapshot, token: string): void
  unlock(): void
  /** Makes it an empty session that is never written, since what is stored could not be had. */
  lose(): void
  readonly isLocked: boolean
}

/** Reads the session `id`; without one nothing is asked for. `stage` gets what the cookie must say: `null` removes it. */
export async function loadSession(
  sessions: Sessions,
  id: string | undefined,
  stage: (snapshot: Snapshot | null) => void,
): Promise<ManagedSession> {
  if (id === undefined) return manage(sessions, undefined, stage)
  try {
    const snapshot = await sessions.open(id)()
    return manage(sessions, id, stage, snapshot ?? undefined)
  } catch (error) {
    handleError(error, 'read', sessions.options)
    // A record that cannot be decoded is as good as absent; one that could not be read must not be replaced.
    return manage(sessions, id, stage, isUnreadable(error) ? 'undecoded' : 'unread')
  }
}

/**
 * The session of a snapshot that is there already. `undecoded`: its record cannot be read and ends with it; `unread`: nothing is written
 * before `clear()`; `hidden`: nothing ever is.
 */
export function manage(
  sessions: Sessions,
  sentId: string | undefined,
  stage: (snapshot: Snapshot | null) => void,
  found?: Snapshot | 'unread' | 'undecoded' | 'hidden',
): ManagedSession {
  let state: State = { is: 'new' }
  let data: Values = {}
  let lockToken: string | undefined
  let isNew = true
  /** Whether the browser has, or is about to get, a cookie to remove. */
  let hasCookie = sentId !== undefined
  if (found === 'unread' || found === 'hidden') {
    state = { is: 'gone' }
  } else if (found === 'undecoded') {
    state = { is: 'new', id: sentId }
  } else if (found) {
    data = valuesOf(sessions, found)
    state = { is: 'stored', snapshot: found, base: found.text }
    isNew = false
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One after the other, so that each write starts from what the one before it left. */
  function inTurn<Result>(operation: string, work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work).catch((error: unknown) => {
      handleError(error, operation, sessions.options)
      throw error
    })
    last = turn.catch(() => {})
    return turn
  }

  /** Takes over what is stored now; `sent` is what the data was when that began, and what changed since stays. */
  function settle(snapshot: Snapshot | null, sent: string): void {
    if (!snapshot) {
      // No cookie: it could remove that of a log-in that happened meanwhile.
      state = { is: 'gone' }
      refill(data, {}, sessions.stringify)
      return
    }
    state = { is: 'stored', snapshot, base: snapshot.text }
    hasCookie = true
    adopt(snapshot, sent)
    stage(snapshot)
  }

  function adopt(snapshot: Snapshot, sent: string): void {
    const text = sessions.stringify(data)
    if (text === snapshot.text) return
    const latest = valuesOf(sessions, snapshot)
    const changes = text === sent ? undefined : changesBetween(copyOf(sent), copyOf(text), sessions.stringify)
    refill(data, changes ? (applyChanges(latest, changes, sessions.stringify) as Values) : latest, sessions.stringify)
  }

  const copyOf = (text: string): Values => sessions.parse('', text) as Values

  async function write(change: (draft: Values) => void, { isRerun = false, storesEmpty = true } = {}): Promise<void> {
    if (state.is === 'gone') return
    if (state.is === 'stored' && isMoved(state)) return restore(state.snapshot)
    const sent = sessions.stringifyObject(data)
    const draft = copyOf(sent)
    if (state.is === 'stored' && isRerun) {
      const edit = (latest: unknown): unknown => {
        change(latest as Values)
        sessions.stringifyObject(latest as Values)
        return latest
      }
      return settle(await sessions.edit(state.snapshot, state.base, draft, edit, { lockToken }), sent)
    }
    change(draft)
    sessions.stringifyObject(draft)
    if (state.is === 'stored') return settle(await sessions.save(state.snapshot, state.base, draft, { lockToken }), sent)
    if (storesEmpty || Object.keys(draft).length > 0) settle(await sessions.create(draft), sent)
  }

  /** What an old id in its grace time shows is what there was, whatever a handler made of it. */
  function restore(snapshot: Snapshot): void {
    refill(data, valuesOf(sessions, snapshot), sessions.stringify)
  }

  /** Ends the session, whose record is deleted even where it could not be read. */
  async function end(after: State): Promise<void> {
    const id = state.is === 'stored' ? state.snapshot.id : state.is === 'gone' ? sentId : state.id
    if (id !== undefined) await sessions.destroy(sessions.keyOf(id))
    state = found === 'hidden' ? { is: 'gone' } : after
    lockToken = undefined
    isNew = true
    data = {}
    if (hasCookie) stage(null)
    hasCookie = false
  }

  async function touchNow(): Promise<void> {
    if (state.is !== 'stored' || isMoved(state)) return
    const { snapshot, base } = state
    try {
      const touched = await sessions.touch(snapshot)
      if (touched === snapshot) return
      if (!touched) return settle(null, base)
      state = { is: 'stored', snapshot: touched, base }
      stage(touched)
    } catch (error) {
      handleError(error, 'touch', sessions.options)
    }
  }

  /** In its turn as well: it must not put back what a write left meanwhile. */
  function touch(): Promise<void> {
    const turn = last.then(touchNow)
    last = turn.catch(() => {})
    return turn
  }

  const session: DynamoSession = {
    get id() {
      return state.is === 'stored' ? state.snapshot.id : undefined
    },
    get data() {
      return data
    },
    get isNew() {
      return isNew
    },
    get createdAt() {
      return state.is === 'stored' ? toDate(state.snapshot.state.createdAt) : undefined
    },
    get expiresAt() {
      const expireAt = state.is === 'stored' ? state.snapshot.state.expireAt : undefined
      return expireAt === undefined ? undefined : toDate(expireAt)
    },
    async update(change) {
      if (change !== undefined && typeof change !== 'function' && !isValues(change))
        throw new InvalidArgumentError('change', 'must be an object with keys to set, or a function')
      await inTurn('update', () =>
        typeof change === 'function'
          ? write((draft) => apply(change, draft), { isRerun: true })
          : write((draft) => refill(draft, { ...draft, ...change }), { storesEmpty: change !== undefined }),
      )
      return session
    },
    async replace(values) {
      if (!isValues(values)) throw new InvalidArgumentError('data', 'must be an object')
      await inTurn('update', () => write((draft) => refill(draft, values)))
      return session
    },
    async unset(...keys) {
      const remove = (draft: Values): void => {
        for (const key of keys) delete draft[key]
      }
      await inTurn('update', () => write(remove, { storesEmpty: false }))
      return session
    },
    // One name for both, as in React Router's `flash` and `get`: the number of arguments tells.
    flash: (async (...given: [string, unknown?]) => {
      const [name, value] = given
      const key = flashKey(name)
      if (given.length > 1) {
        await inTurn('update', () => write((draft) => void (draft[key] = value)))
        return session
      }
      return inTurn('update', async () => {
        const shown = data[key]
        if (shown !== undefined) await write((draft) => void delete draft[key], { storesEmpty: false })
        return shown
      })
    }) as DynamoSession['flash'],
    async regenerate({ grace = 0, resetAge = false } = {}) {
      toDuration(grace, 'grace')
      await inTurn('regenerate', async () => {
        // A session without a record gets its first id by being stored.
        if (state.is !== 'stored' || isMoved(state)) return write(() => {}, { storesEmpty: false })
        const sent = sessions.stringifyObject(data)
        const moved = await sessions.regenerate(state.snapshot, state.base, copyOf(sent), { grace, resetAge, lockToken })
        // The lock stays with the old id.
        lockToken = undefined
        settle(moved, sent)
      })
      return session
    },
    async clear() {
      await inTurn('destroy', () => end({ is: 'new' }))
      return session
    },
    async destroy() {
      await inTurn('destroy', () => end({ is: 'gone' }))
    },
    toJSON() {
      const { data, isNew, createdAt, expiresAt } = session
      return { data, isNew, createdAt, expiresAt }
    },
  }

  return {
    session,
    get isLocked() {
      return lockToken !== undefined
    },
    touch,
    lock(snapshot, token) {
      lockToken = token
      if (state.is === 'stored') adopt(snapshot, state.base)
      state = { is: 'stored', snapshot, base: snapshot.text }
    },
    unlock() {
      lockToken = undefined
    },
    lose() {
      state = { is: 'gone' }
      isNew = true
      refill(data, {})
    },
  }
}

/** Whether the session goes on under another id, so that this one is read-only. */
function isMoved({ snapshot }: State & { readonly is: 'stored' }): boolean {
  return snapshot.state.moved !== undefined
}

function apply(change: (data: Values) => Values | undefined | void, draft: Values): void {
  const patch: unknown = change(draft)
  if (patch === undefined || patch === null) return
  if (!isValues(patch) || typeof patch.then === 'function')
    throw new InvalidArgumentError('change', 'must answer an object with keys to set or nothing, and no promise: it may run again')
  refill(draft, { ...draft, ...patch })
}

/** Makes `target` hold what `source` holds, in place. Values that are the same as text keep their identity. */
function refill(target: Values, source: Values, stringify?: (value: unknown) => string | undefined): void {
  const next = { ...source }
  for (const key of Object.keys(target)) if (!Object.hasOwn(next, key)) delete target[key]
  for (const [key, value] of Object.entries(next)) {
    const isSame = stringify !== undefined && Object.hasOwn(target, key) && textOf(target[key]) === textOf(value)
    // Assignment to the key `__proto__` would set the prototype.
    if (!isSame) Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  }

  function textOf(value: unknown): string | undefined {
    return value === undefined || typeof value === 'function' || typeof value === 'symbol' ? undefined : stringify?.(value)
  }
}

function valuesOf(sessions: Sessions, { state, text }: Snapshot): Values {
  const values = sessions.parse(state.key, text)
  if (!isValues(values)) throw new SessionDataError(state.key, 'holds no object, which sessions of h3 need')
  return values
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
