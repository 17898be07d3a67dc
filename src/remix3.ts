import { createSession } from '@remix-run/session'
import type { Session, SessionStorage } from '@remix-run/session'

import { SessionGoneError } from './core/base/errors.ts'
import { isId } from './core/base/id.ts'
import { shownAs } from './core/base/shown.ts'
import type { SessionOptions } from './core/options/options.ts'
import { holdGone, holdNew, holdSnapshot } from './core/sessions/handle.ts'
import { openHandle } from './core/sessions/open-handle.ts'
import type { Handle } from './core/sessions/handle.ts'
import { openSessions } from './core/sessions/open.ts'
import type { Outcome } from './core/sessions/record/snapshot.ts'
import { flashKey, flashName } from './core/sessions/record/flash-key.ts'

type Values = Record<string, unknown>

/**
 * A session storage for Remix 3 that keeps sessions in DynamoDB. The cookie and its signature are the session
 * middleware's: give that a cookie with `secrets`.
 *
 * Nothing is read, made or checked with AWS before the first call. An unchanged session is not written; changes of
 * concurrent requests are merged by key.
 *
 * @throws InvalidOptionError for an unknown or ill-typed option.
 * @see https://github.com/remix-run/remix/tree/main/packages/session
 * @example
 * const router = createRouter({ middleware: [session(sessionCookie, createDynamoSessionStorage({ maxStale: 3600 }))] })
 */
export function createDynamoSessionStorage(options: SessionOptions = {}): SessionStorage {
  const sessions = openSessions(options)
  const { serialization } = sessions
  const handles = new WeakMap<Session, Handle>()
  /** The ids of records that have another than their Session, which cannot be told. */
  const exchanged = new WeakMap<Session, { readonly from: string; readonly to: string }>()
  const idOf = (session: Session): string => {
    const known = exchanged.get(session)
    return known?.from === session.id ? known.to : session.id
  }

  function make(handle: Handle, id: string, data?: [Values, Values]): Session {
    const session = data ? createSession(id, data) : createSession(id)
    handles.set(session, handle)
    return shownAs(session, () => ({ data: session.data, state: handle.state }))
  }

  async function store(session: Session, handle: Handle): Promise<string | null> {
    const values = join(session)
    if (handle.state === 'new' && !(session.dirty && Object.keys(values).length > 0)) return null
    const { snapshot, base } = handle
    const content = serialization.keeping(serialization.serializeObject(values), base)
    const id = idOf(session)
    // Another one may take its place, where an attempt of the creation may arrive late.
    const made = { id, isExchangeable: true }
    const told = (stored: string): string => {
      if (stored !== session.id) exchanged.set(session, { from: session.id, to: stored })
      return stored
    }
    const cookieFor = (outcome: Outcome): string | null => {
      // Nobody calls `save` who could look at what it did.
      const isLost = outcome.did === 'moved' ? session.dirty : base !== '' && content.text !== base
      if (!outcome.snapshot && isLost) sessions.options.errorHandler?.(new SessionGoneError(outcome.did), { operation: 'update' })
      if (outcome.snapshot) told(outcome.snapshot.id)
      return handle.renewsCookie(outcome, { isPersistent: true }) ? idOf(session) : null
    }
    if (id !== handle.id && session.deleteId !== undefined) return cookieFor(await handle.regenerate(content, made))
    if (!snapshot || id === snapshot.id || handle.state === 'moved') return cookieFor(await handle.save(content, made))
    if (!(await sessions.latest(snapshot.id, handle.deadline)).snapshot) {
      handles.set(session, holdGone(sessions))
      return null
    }
    const copy = await sessions.create(content, { ...made, createdAt: snapshot.state.createdAt, deadline: handle.deadline })
    handles.set(session, holdSnapshot(sessions, copy, content.text))
    return told(copy.id)
  }

  async function end({ id, deleteId }: Session, handle: Handle): Promise<string> {
    const ended = await handle.end()
    // Of a session that this storage has not read, only the Session itself knows the ids.
    for (const other of new Set([ended ?? id, deleteId]))
      if (other !== ended && isId(other)) await sessions.destroy(sessions.keyOf(other), undefined, handle.deadline)
    return ''
  }

  return {
    async read(cookie) {
      const id = isId(cookie) ? cookie : undefined
      const { handle, data } = await openHandle(sessions, id === undefined ? [] : [id], serialization.parseObject)
      // An id that is not known here is never adopted.
      return data && id !== undefined ? make(handle, id, split(data)) : make(handle, sessions.options.generateId())
    },

    async save(session) {
      const handle = handles.get(session) ?? holdNew(sessions)
      handles.set(session, handle)
      if (session.destroyed) return handle.inTurn('destroy', () => end(session, handle))
      return handle.inTurn(session.deleteId === undefined ? 'save' : 'regenerate', () => store(session, handle))
    },
  }
}

/** Values and flash as one set of top-level keys, so that concurrent requests are merged per key. */
function join({ data: [values, flash] }: Session): Values {
  return Object.fromEntries([...Object.entries(values), ...Object.entries(flash).map(([name, value]) => [flashKey(name), value])])
}

function split(data: Values): [Values, Values] {
  const values: [string, unknown][] = []
  const flash: [string, unknown][] = []
  for (const [key, value] of Object.entries(data)) {
    const name = flashName(key)
    if (name === undefined) values.push([key, value])
    else flash.push([name, value])
  }
  return [Object.fromEntries(values), Object.fromEntries(flash)]
}
