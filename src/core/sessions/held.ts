// A session as one request holds it: what an adapter can ask of it.
import type { Deadline } from '../base/deadline.ts'
import type { SessionOperation } from '../options/options.ts'
import type { Lease } from './lock.ts'
import type { LogIn } from './record/log-in.ts'
import type { Content } from './record/serialize.ts'
import type { Life, Outcome, Snapshot } from './record/snapshot.ts'
import type { CreateOptions } from './writes/create.ts'
import type { RegenerationOptions } from './writes/regenerate.ts'

export interface Handle {
  readonly state: 'new' | 'stored' | 'moved' | 'gone'
  /** The record as last known: of a stored session, and of one that moved while it is still readable. */
  readonly snapshot: Snapshot | undefined
  /** What the browser holds; `undefined` unless the session is stored. */
  readonly id: string | undefined
  /** The text of the framework's data when it and the record last agreed; `''` where nothing is stored. */
  readonly base: string
  readonly isLocked: boolean
  /** Of the work that has its turn: by when it must have ended. */
  readonly deadline: Deadline | undefined
  /**
   * Runs work on the session after all that was begun before it, since each write goes on from what the one before it stored.
   * @param operation what `errorHandler` is told; `save` stands for `create` or `update`.
   * @param otherwise what is returned where a failure is not to be raised.
   */
  inTurn<Result>(operation: SessionOperation | 'save', work: () => Promise<Result>, otherwise?: Result): Promise<Result>
  /** Stores the data: as a new record, or what changed in it. */
  save(content: Content, options?: Pick<CreateOptions, 'id' | 'isExchangeable'> & Life & LogIn): Promise<Outcome>
  /** Stores the data with `change` on top, which may run several times. The session must be stored. */
  edit(content: Content, change: (data: Record<string, unknown>) => void, options?: Life): Promise<Outcome>
  /** Extends the life of the session when that is due. */
  touch(options?: Life): Promise<Outcome>
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
