// The session that a handler gets: written through at every call, one call after the other.
import { InvalidArgumentError } from '../core/base/errors.ts'
import { csrfTokenOf } from '../core/csrf/token.ts'
import { shownAs } from '../core/base/shown.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { toDate, toDuration } from '../core/base/time.ts'
import { lifetimeAsked } from '../core/sessions/record/lifetime.ts'
import { authenticatedAtOf, authenticatedDate, heldKey, heldUser, isFresh, userSessionsOf } from '../core/sessions/user-sessions.ts'
import { FreshLogInRequiredError } from './unauthorized.ts'
import { flashKey } from '../core/sessions/record/flash-key.ts'
import type { DynamoSession } from './types.ts'
import { refill } from './values.ts'
import type { Values } from './values.ts'
import type { Writer } from './writer.ts'

/** A request's session, and what is behind it. */
export interface RequestSession {
  readonly session: DynamoSession
  readonly writer: Writer
}

/** @param secrets of the cookie, of which the first signs. */
export function createSession(writer: Writer, [secret]: readonly string[]): RequestSession {
  const { handle, sessions, write } = writer
  const session: DynamoSession = {
    get id() {
      return handle.id
    },
    get data() {
      return writer.data
    },
    get state() {
      return handle.state
    },
    get isNew() {
      return writer.isNew
    },
    get createdAt() {
      return handle.snapshot && toDate(handle.snapshot.state.createdAt)
    },
    get expiresAt() {
      const expireAt = handle.snapshot?.state.expireAt
      return expireAt === undefined ? undefined : toDate(expireAt)
    },
    get authenticatedAt() {
      return authenticatedDate(handle)
    },
    isFresh: (seconds) => isFresh(authenticatedAtOf(handle), seconds),
    requireFresh(seconds) {
      if (!session.isFresh(seconds)) throw new FreshLogInRequiredError(seconds)
    },
    userSessions: (options) => userSessionsOf(sessions, heldUser(sessions, handle), heldKey(handle), options),
    async update(change, options = {}) {
      const life = lifetimeAsked(options, sessions.options)
      if (change !== undefined && typeof change !== 'function' && !isPlainObject(change))
        throw new InvalidArgumentError('change', 'must be an object with keys to set, or a function')
      await handle.inTurn('save', () => {
        if (change === undefined) return write({ storesEmpty: false, ...life })
        if (typeof change === 'function') return write({ apply: (draft) => apply(change, draft), isRerun: true, ...life })
        return write({ apply: (draft) => refill(draft, { ...draft, ...change }), ...life })
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
        const shown = writer.data[key]
        if (shown !== undefined) await write({ apply: (draft) => void delete draft[key], storesEmpty: false })
        return shown
      })
    }) as DynamoSession['flash'],
    async regenerate({ grace = 0, resetAge = false, authenticated = false, ...lifetime } = {}) {
      toDuration(grace, 'grace')
      const life = lifetimeAsked(lifetime, sessions.options)
      await handle.inTurn('regenerate', () => writer.regenerate({ grace, resetAge, authenticated, ...life }))
      return session
    },
    async csrfToken() {
      if (handle.state === 'new') await handle.inTurn('save', async () => (handle.state === 'new' ? write({}) : undefined))
      return handle.id === undefined || secret === undefined ? '' : csrfTokenOf(handle.id, secret)
    },
    async clear() {
      await handle.inTurn('destroy', () => writer.end('new'))
      return session
    },
    async destroy() {
      await handle.inTurn('destroy', () => writer.end('gone'))
    },
    toJSON() {
      const { data, isNew, createdAt, expiresAt } = session
      return { data, isNew, createdAt, expiresAt }
    },
  }
  shownAs(session, () => ({ data: session.data, state: session.state, expiresAt: session.expiresAt }))
  return { session, writer }
}

function apply(change: (data: Values) => Values | undefined | void, draft: Values): void {
  const patch: unknown = change(draft)
  if (patch === undefined || patch === null) return
  if (!isPlainObject(patch) || typeof patch.then === 'function')
    throw new InvalidArgumentError('change', 'must return an object with keys to set or nothing, and no promise: it may run again')
  refill(draft, { ...draft, ...patch })
}
