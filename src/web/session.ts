// The session of one request, written through at every call; a face gives it cookies.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { toDate, toDuration } from '../core/base/time.ts'
import { holdGone, openHandle } from '../core/sessions/handle.ts'
import type { Handle, Opened } from '../core/sessions/handle.ts'
import { flashKey } from '../core/sessions/record/flash.ts'
import type { Outcome, Snapshot } from '../core/sessions/record/snapshot.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import type { DynamoSession } from './types.ts'

type Values = Record<string, unknown>

/** What the face has in hand beside the session. */
export interface ManagedSession {
  readonly session: DynamoSession
  readonly handle: Handle
  /** Extends the life of the session when that is due. */
  touch(): Promise<void>
  /** Shows what the handle holds by now, after its lock was acquired or could not be had; changes in memory stay. */
  follow(): void
}

/** Gets what the cookie must say: `null` removes it. */
export type Stage = (snapshot: Snapshot | null) => void

/** Reads the session `id`; without one nothing is asked for. */
export async function loadSession(sessions: Sessions, id: string | undefined, stage: Stage): Promise<ManagedSession> {
  return manage(sessions, await openHandle(sessions, id, sessions.serialization.parseObject), stage, id !== undefined)
}

/** An empty session that is never stored, whatever is done to it. */
export function hiddenSession(sessions: Sessions): ManagedSession {
  return manage(sessions, { handle: holdGone(sessions), data: undefined }, () => {}, false, true)
}

/** The session that a handle holds. `hasCookie`: whether the browser has, or is about to get, a cookie to remove. */
export function manage(sessions: Sessions, opened: Opened<Values>, stage: Stage, hasCookie: boolean, isHidden = false): ManagedSession {
  const { handle } = opened
  const { serialization } = sessions
  let data = opened.data ?? {}
  let isNew = opened.data === undefined

  /** Takes over what is stored now; `sent` is what the data was when that began, and what changed since stays. */
  function settle({ snapshot }: Outcome, sent: string): void {
    // No cookie where the session is gone: it could remove that of a log-in that happened meanwhile.
    if (!snapshot) return refill(data, {})
    hasCookie = true
    adopt(snapshot, sent)
    stage(snapshot)
  }

  /** Values that are the same as text keep their identity, and those that were changed in place since `sent` stay as they are. */
  function adopt(snapshot: Snapshot, sent: string): void {
    handle.caughtUp()
    if (snapshot.text === sent) return
    const textOf = serialization.stringify
    const latest = serialization.parseObject(snapshot)
    let was: Values | undefined
    for (const key of new Set([...Object.keys(data), ...Object.keys(latest)])) {
      const [mine, theirs] = [data, latest].map((values) => (Object.hasOwn(values, key) ? textOf(values[key]) : undefined))
      if (mine === theirs && Object.hasOwn(data, key)) continue
      was ??= copyOf(sent)
      if (mine !== (Object.hasOwn(was, key) ? textOf(was[key]) : undefined)) continue
      if (Object.hasOwn(latest, key)) put(data, key, latest[key])
      else delete data[key]
    }
  }

  const copyOf = (text: string): Values => serialization.parse('', text) as Values

  interface Change {
    /** Without it, only what was changed in place is stored. */
    readonly apply?: (draft: Values) => void
    /** Whether it depends on the data, so that it runs again on the latest. */
    readonly isRerun?: boolean
    readonly storesEmpty?: boolean
  }

  async function write({ apply, isRerun = false, storesEmpty = true }: Change): Promise<void> {
    if (handle.state === 'gone') return
    if (handle.state === 'moved') return restore()
    const sent = serialization.serializeObject(data)
    if (isRerun && apply && handle.state === 'stored') return settle(await handle.edit(sent, apply), sent.text)
    let draft = data
    if (apply) apply((draft = isRerun ? copyOf(sent.text) : { ...data }))
    const content = apply ? serialization.serializeObject(draft) : sent
    if (handle.state === 'new' && !storesEmpty && Object.keys(draft).length === 0) return
    settle(await handle.save(content), sent.text)
  }

  /** What an old id in its grace time shows is what there was, whatever a handler made of it. */
  function restore(): void {
    refill(data, handle.snapshot ? serialization.parseObject(handle.snapshot) : {}, serialization.stringify)
  }

  async function end(after: 'new' | 'gone'): Promise<void> {
    await handle.end(isHidden ? 'gone' : after)
    isNew = true
    data = {}
    if (hasCookie) stage(null)
    hasCookie = false
  }

  /** In its turn as well: it must not put back what a write left meanwhile. */
  async function touch(): Promise<void> {
    await handle.inTurn('touch', async () => {
      if (handle.state !== 'stored') return
      const { did, snapshot } = await handle.touch()
      if (!snapshot) refill(data, {})
      else if (did === 'touched') stage(snapshot)
    })
  }

  const session: DynamoSession = {
    get id() {
      return handle.snapshot?.id
    },
    get data() {
      return data
    },
    get isNew() {
      return isNew
    },
    get createdAt() {
      return handle.snapshot && toDate(handle.snapshot.state.createdAt)
    },
    get expiresAt() {
      const expireAt = handle.snapshot?.state.expireAt
      return expireAt === undefined ? undefined : toDate(expireAt)
    },
    async update(change) {
      if (change !== undefined && typeof change !== 'function' && !isPlainObject(change))
        throw new InvalidArgumentError('change', 'must be an object with keys to set, or a function')
      await handle.inTurn('save', () => {
        if (change === undefined) return write({ storesEmpty: false })
        if (typeof change === 'function') return write({ apply: (draft) => apply(change, draft), isRerun: true })
        return write({ apply: (draft) => refill(draft, { ...draft, ...change }) })
      })
      return session
    },
    async replace(values) {
      if (!isPlainObject(values)) throw new InvalidArgumentError('data', 'must be an object')
      await handle.inTurn('save', () => write({ apply: (draft) => refill(draft, values) }))
      return session
    },
    async unset(...keys) {
      const remove = (draft: Values): void => {
        for (const key of keys) delete draft[key]
      }
      await handle.inTurn('save', () => write({ apply: remove, storesEmpty: false }))
      return session
    },
    // One name for both, as in React Router's `flash` and `get`: the number of arguments tells.
    flash: (async (...given: [string, unknown?]) => {
      const [name, value] = given
      const key = flashKey(name)
      if (given.length > 1) {
        await handle.inTurn('save', () => write({ apply: (draft) => void (draft[key] = value) }))
        return session
      }
      return handle.inTurn('save', async () => {
        const shown = data[key]
        if (shown !== undefined) await write({ apply: (draft) => void delete draft[key], storesEmpty: false })
        return shown
      })
    }) as DynamoSession['flash'],
    async regenerate({ grace = 0, resetAge = false } = {}) {
      toDuration(grace, 'grace')
      await handle.inTurn('regenerate', async () => {
        // A session without a record gets its first id by being stored.
        if (handle.state !== 'stored') return write({ storesEmpty: false })
        const sent = serialization.serializeObject(data)
        settle(await handle.regenerate(sent, { grace, resetAge }), sent.text)
      })
      return session
    },
    async clear() {
      await handle.inTurn('destroy', () => end('new'))
      return session
    },
    async destroy() {
      await handle.inTurn('destroy', () => end('gone'))
    },
    toJSON() {
      const { data, isNew, createdAt, expiresAt } = session
      return { data, isNew, createdAt, expiresAt }
    },
  }

  return {
    session,
    handle,
    touch,
    follow() {
      const { snapshot, base, state } = handle
      if (snapshot && state === 'stored') adopt(snapshot, base)
      if (snapshot) return
      isNew = true
      refill(data, {})
    },
  }
}

function apply(change: (data: Values) => Values | undefined | void, draft: Values): void {
  const patch: unknown = change(draft)
  if (patch === undefined || patch === null) return
  if (!isPlainObject(patch) || typeof patch.then === 'function')
    throw new InvalidArgumentError('change', 'must answer an object with keys to set or nothing, and no promise: it may run again')
  refill(draft, { ...draft, ...patch })
}

/** Makes `target` hold what `source` holds, in place. Values that are the same as text keep their identity. */
function refill(target: Values, source: Values, textOf?: (value: unknown) => string | undefined): void {
  const next = { ...source }
  for (const key of Object.keys(target)) if (!Object.hasOwn(next, key)) delete target[key]
  for (const [key, value] of Object.entries(next)) {
    if (!textOf || !Object.hasOwn(target, key) || textOf(target[key]) !== textOf(value)) put(target, key, value)
  }
}

/** Assignment to the key `__proto__` would set the prototype. */
function put(target: Values, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
