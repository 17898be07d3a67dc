// What a write of the framework's session does to the stored one.
import { InvalidIDError, SessionConflictError, SessionGoneError } from '../core/base/errors.ts'
import { isId } from '../core/base/id.ts'
import { now } from '../core/base/time.ts'
import { holdGone, holdNew, holdSnapshot } from '../core/sessions/handle.ts'
import type { Handle } from '../core/sessions/handle.ts'
import { openHandle } from '../core/sessions/open-handle.ts'
import type { Content } from '../core/sessions/record/serialize.ts'
import type { Outcome } from '../core/sessions/record/snapshot.ts'
import type { Sessions } from '../core/sessions/sessions.ts'
import { lifetimeOf, storedCookie } from './cookie.ts'
import type { CookieLike } from './cookie.ts'
import { valuesOf } from './held.ts'
import type { Held } from './held.ts'
import type { Predecessor } from './predecessor.ts'

export interface Writes {
  /** All of a session at once: it may be changed before its turn comes. */
  contentOf(session: object, held?: Held): Content
  /** The expiry that its cookie asks for, in seconds since the epoch. */
  askedBy(session: object): number | undefined
  /** Stores it, under a new id or from another store where that is due. */
  write(held: Held, content: Content, asked: number | undefined): Promise<Outcome>
  /** Stores a session that was not read here. What this process saw end must not come back by it. */
  adopt(id: string, isKnown: boolean, content: Content, asked: number | undefined): Promise<Handle>
  /** Nobody who calls `set` looks at what it did. */
  tell(outcome: Outcome, changed?: boolean): void
}

/** @param idle seconds that a session lives after each use whose cookie ends with the browser; `undefined` where `maxStale` says that. */
export function createWrites(sessions: Sessions, predecessor: Predecessor | undefined, idle: number | undefined): Writes {
  const { serialization } = sessions

  function contentOf(session: object, held?: Held): Content {
    const { cookie, ...values } = valuesOf(session)
    const kept = storedCookie(cookie as CookieLike | undefined, held?.maxAge)
    return serialization.serializeObject(kept === undefined ? values : { cookie: kept, ...values })
  }

  function askedBy(session: object): number | undefined {
    const lifetime = lifetimeOf((session as { cookie?: CookieLike }).cookie) ?? idle
    return lifetime === undefined ? undefined : now() + lifetime
  }

  function tell({ did }: Outcome, changed = true): void {
    if (changed && (did === 'moved' || did === 'gone')) sessions.options.errorHandler?.(new SessionGoneError(did), { operation: 'update' })
  }

  async function write(held: Held, content: Content, asked: number | undefined): Promise<Outcome> {
    const { handle, id, isRenamed, foreign } = held
    if (foreign !== undefined && handle.state === 'new') return move(held, foreign, content, asked)
    if (isRenamed && handle.id !== id) return handle.regenerate(content, { id, asked })
    return handle.save(content, { id, asked })
  }

  /** What another store holds comes into the table, and goes from there. A log-out that came in between counts. */
  async function move({ handle, id }: Held, base: string, content: Content, asked: number | undefined): Promise<Outcome> {
    try {
      const outcome = await handle.save(content, { id, asked })
      if (await predecessor?.read(id)) await predecessor?.remove(id)
      else await handle.end()
      return handle.state === 'gone' ? { did: 'gone', snapshot: undefined } : outcome
    } catch (error) {
      if (!(error instanceof SessionConflictError)) throw error
      // Another request has moved it.
      const { snapshot } = await sessions.latest(id)
      return snapshot ? holdSnapshot(sessions, snapshot, base).save(content, { asked }) : { did: 'gone', snapshot: undefined }
    }
  }

  async function adopt(id: string, isKnown: boolean, content: Content, asked: number | undefined): Promise<Handle> {
    if (!isId(id)) throw new InvalidIDError('the id of the session')
    if (!isKnown) {
      const fresh = holdNew(sessions)
      try {
        await fresh.save(content, { id, asked })
        return fresh
      } catch (error) {
        if (!(error instanceof SessionConflictError)) throw error
      }
    }
    const { handle } = await openHandle(sessions, [id], serialization.parseObject)
    const found = handle.state === 'new' ? holdGone(sessions) : handle
    tell(await found.save(content, { asked }))
    return found
  }

  return { contentOf, askedBy, write, adopt, tell }
}
