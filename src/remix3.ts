import { createSession } from '@remix-run/session'
import type { Session, SessionStorage } from '@remix-run/session'
import { handleError, isUnreadable } from './core/sessions/failure.ts'
import { isId } from './core/base/id.ts'
import { flashKey, flashName } from './core/sessions/record/merge.ts'
import type { SessionOptions } from './core/options/options.ts'
import type { Snapshot } from './core/sessions/record/snapshot.ts'
import { openSessions } from './core/sessions/open.ts'

type Values = Record<string, unknown>

/** What is known of a Session: as stored, with the text that its data was when the two last agreed; or that it must not be written. */
type Stored = { readonly snapshot: Snapshot; readonly base: string }
/**
 * Gone, or not to be had (`id`): it must never be written, unless the record was there and cannot be decoded (`isNew`). That
 * record ends with the session.
 */
type Gone = { readonly snapshot: undefined; readonly id?: string; readonly isNew?: boolean }

const GONE: Gone = { snapshot: undefined }

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
  const states = new WeakMap<Session, Stored | Gone>()

  function fresh(state?: Gone): Session {
    const session = createSession(sessions.options.generateId())
    if (state) states.set(session, state)
    return session
  }

  async function store(session: Session, known: Stored | undefined): Promise<Snapshot | null | undefined> {
    const values = join(session)
    if (!known) {
      const isWorthIt = session.dirty && Object.keys(values).length > 0
      return isWorthIt ? sessions.create(values, { id: session.id }) : undefined
    }
    const { snapshot, base } = known
    if (session.id === snapshot.id) {
      const saved = await sessions.save(snapshot, base, values)
      // Nothing was due, so that the cookie need not be renewed.
      return saved === snapshot && !session.dirty ? undefined : saved
    }
    if (session.deleteId !== undefined) return sessions.regenerate(snapshot, base, values, { id: session.id })
    if (!(await sessions.latest(snapshot.id))) return null
    return sessions.create(values, { id: session.id, createdAt: snapshot.state.createdAt })
  }

  return {
    async read(cookie) {
      if (!isId(cookie)) return fresh()
      try {
        const snapshot = await sessions.open(cookie)()
        if (!snapshot) return fresh()
        const session = createSession(cookie, split(sessions.parseObject(snapshot)))
        states.set(session, { snapshot, base: snapshot.text })
        return session
      } catch (error) {
        handleError(error, 'read', sessions.options)
        return fresh({ snapshot: undefined, id: cookie, isNew: isUnreadable(error) })
      }
    },

    async save(session) {
      const known = states.get(session)
      if (known && !known.snapshot && !known.isNew && !session.destroyed) return null
      const stored = known?.snapshot ? known : undefined
      try {
        if (session.destroyed) {
          for (const id of new Set([known?.snapshot?.id ?? (known as Gone | undefined)?.id ?? session.id, session.deleteId]))
            if (isId(id)) await sessions.destroy(sessions.keyOf(id))
          states.set(session, GONE)
          return ''
        }
        const base = sessions.stringifyObject(join(session))
        const snapshot = await store(session, stored)
        if (snapshot === undefined) return null
        states.set(session, snapshot ? { snapshot, base } : GONE)
        return snapshot && session.id
      } catch (error) {
        handleError(error, session.destroyed ? 'destroy' : session.deleteId === undefined ? 'commit' : 'regenerate', sessions.options)
        throw error
      }
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
