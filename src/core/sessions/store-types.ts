// What users of the store see.
import type { Device } from '../options/options.ts'
import type { UserSessions, UserSessionsOptions } from './user-sessions.ts'
import type { ListOptions } from './users.ts'

/** A stored session. */
export interface SessionRecord<Data> {
  /** What the browser holds. Never show or log it. */
  readonly id: string
  /** What the table holds: safe to show, useless as a cookie. */
  readonly key: string
  /** A copy of its own; changes take effect when it is passed to `update`. */
  readonly data: Data
  readonly createdAt: Date
  readonly updatedAt: Date
  /** `undefined`: never. */
  readonly expiresAt: Date | undefined
  /** When its user authenticated, by `authenticated: true`; no data sets it. `undefined` where no log-in said so, and by an old id. */
  readonly authenticatedAt?: Date | undefined
  readonly version: string
}

/** What a log-in says of itself. */
export interface LogInOptions {
  /** Whether this request authenticated the user, by a password or the like: `authenticatedAt` is now. Default `false`. */
  authenticated?: boolean | undefined
  /** What to keep of its browser, for `userSessions`. Kept of what authenticates, or sets the user. */
  device?: Device | undefined
}

/** Sessions in DynamoDB, for frameworks that have no adapter here. */
export interface SessionStore<Data> {
  /**
   * Stores a new session; one request.
   * @param options `id`: 16 to 128 of `A-Z a-z 0-9 _ -` in place of a random one; `expiresAt`: the latest expiry;
   * `authenticated` and `device` for a session that begins with a log-in.
   * @throws SessionConflictError when a session of that `id` exists; SessionTooLargeError; InvalidArgumentError.
   */
  create(data: Data, options?: LogInOptions & { id?: string | undefined; expiresAt?: Date | undefined }): Promise<SessionRecord<Data>>
  /** `null` when there is none: unknown, malformed, destroyed or expired. Parallel reads of one id share a request. */
  read(id: string): Promise<SessionRecord<Data> | null>
  /**
   * Stores what `data` changes against `record` as it was read; nothing when nothing changed and no touch is due.
   * @returns the record as stored, with the changes of concurrent requests; `null`: the session is gone and nothing was written.
   * @throws SessionConflictError, by `onConflict`; SessionTooLargeError.
   */
  update(record: SessionRecord<Data>, data: Data, options?: { expiresAt?: Date | undefined }): Promise<SessionRecord<Data> | null>
  /** Extends the session's life when that is due (`touchAfter`), without writing data. `null`: it is gone. */
  touch(record: SessionRecord<Data>, options?: { expiresAt?: Date | undefined }): Promise<SessionRecord<Data> | null>
  /** Deletes the session; harmless when there is none. Always raises what fails. */
  destroy(id: string): Promise<void>
  /** The key under which the table holds a session. */
  keyOf(id: string): string
  /**
   * Deletes a session by its key, for operators and "your devices" pages.
   * @throws InvalidArgumentError for what is no key of a session of this store.
   */
  destroyByKey(key: string): Promise<void>
  /**
   * Moves the session to a new id, as after every log-in; the old id is gone.
   * @param options `data` in place of the record's; `grace`: seconds in which the old id stays readable, default 0;
   * `resetAge`: restart the absolute lifetime; `authenticated` and `device` for a log-in.
   * @returns the record under its new id; `null`: the session was destroyed meanwhile and stays so.
   */
  regenerate(
    record: SessionRecord<Data>,
    options?: LogInOptions & {
      data?: Data | undefined
      grace?: number | undefined
      resetAge?: boolean | undefined
      expiresAt?: Date | undefined
    },
  ): Promise<SessionRecord<Data> | null>
  /**
   * Whether the user of a record authenticated within so many seconds, as before a new password is taken.
   * @param seconds at most 400 days.
   */
  isFresh(record: SessionRecord<Data>, seconds: number): boolean
  /**
   * Runs `fn` while holding the session's lock, which other `withLock` calls wait for. A lock is a lease of
   * `lockExpiryTime`, renewed while `fn` runs; writes outside `withLock` neither wait for nor remove it.
   * @returns what `fn` returns; `null` when there is no such session.
   * @throws LockWaitTimeoutError after `lockMaxWaitTime`; LockLostError from `update` when another holds the lock by now.
   */
  withLock<Result>(id: string, fn: (session: LockedSession<Data>) => Promise<Result>): Promise<Result | null>
  /**
   * The live sessions of a user, by the index on `userIdKey`; a session that logged in within the last second may be missing.
   * @param options `limit`: how many at most; `order`: 'newest' or 'oldest' by `updatedAt`, for which all are read first. Without an order
   * the first come as soon as a hundred are read.
   * @throws InvalidOptionError without `userIdKey`; TableMismatchError without the index; InvalidArgumentError.
   */
  listByUser(userId: string | number | bigint, options?: ListOptions): AsyncIterable<Omit<SessionRecord<Data>, 'id'>>
  /**
   * The sessions of a user as that user sees them, on a page of devices: without data, and with what ends one of them or all others.
   * @param options `current`: the session that asks, or its id; `limit` and `order` as for `listByUser`.
   * @throws InvalidOptionError without `userIdKey`; InvalidArgumentError. Where they are read: TableMismatchError without the index.
   */
  userSessions(userId: string | number | bigint, options?: UserSessionsOptions): UserSessions
  /**
   * Destroys the sessions of a user but `exceptId` and what that moves on to. Looks at least twice, a second apart, and until none is
   * found: the index lags.
   * @returns how many were destroyed; a deletion whose response was lost is done, but not counted.
   */
  destroyByUser(userId: string | number | bigint, options?: { exceptId?: string | undefined }): Promise<number>
}

/** A session while its lock is held. */
export interface LockedSession<Data> {
  /** As it was when the lock was acquired, or as last updated here. */
  readonly record: SessionRecord<Data>
  /** `null`: the session was destroyed meanwhile. Throws LockLostError when another holds the lock. */
  update(data: Data): Promise<SessionRecord<Data> | null>
}
