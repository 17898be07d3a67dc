import { InvalidArgumentError, InvalidIDError } from '../base/errors.ts'
import { concealed } from '../base/conceal.ts'
import { isId } from '../base/id.ts'
import { shownAs } from '../base/shown.ts'
import { toDate, toDuration, toEpoch } from '../base/time.ts'
import { traceOperation } from '../base/tracing.ts'
import type { SessionOperation, SessionOptions } from '../options/options.ts'
import { withProvided } from '../options/provided.ts'
import { guarded, handleError, isUnreadable } from './failure.ts'
import { holdSnapshot } from './handle.ts'
import { openHandle, openItem, whileLocked } from './open-handle.ts'
import type { Handle } from './handle.ts'
import { openSessions } from './open.ts'
import type { Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'
import { subject } from './tracing.ts'
import { deleteItemsOfUser, itemsOfUser } from './users.ts'
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
  readonly version: string
}

/** Sessions in DynamoDB, for frameworks that have no adapter here. */
export interface SessionStore<Data> {
  /**
   * Stores a new session; one request.
   * @param options `id`: 16 to 128 of `A-Z a-z 0-9 _ -` in place of a random one; `expiresAt`: the latest expiry.
   * @throws SessionConflictError when a session of that `id` exists; SessionTooLargeError; InvalidArgumentError.
   */
  create(data: Data, options?: { id?: string | undefined; expiresAt?: Date | undefined }): Promise<SessionRecord<Data>>
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
   * `resetAge`: restart the absolute lifetime.
   * @returns the record under its new id; `null`: the session was destroyed meanwhile and stays so.
   */
  regenerate(
    record: SessionRecord<Data>,
    options?: { data?: Data | undefined; grace?: number | undefined; resetAge?: boolean | undefined; expiresAt?: Date | undefined },
  ): Promise<SessionRecord<Data> | null>
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

/**
 * A session store on a DynamoDB table. Nothing is read, made or checked with AWS before the first call, and stores of
 * equal options share one client, so that it may be called anywhere.
 *
 * @throws InvalidOptionError for an unknown, ill-typed or contradicting option.
 * @example
 * const store = createSessionStore<{ userId?: string }>({ maxStale: 3600 })
 * const record = await store.create({ userId: '42' })
 */
export function createSessionStore<Data = Record<string, unknown>>(options: SessionOptions = {}): SessionStore<Data> {
  return publicStore<Data>(openSessions(withProvided(options)))
}

function publicStore<Data>(sessions: Sessions): SessionStore<Data> {
  const { options, serialization } = sessions
  const dataOf = ({ state, text }: Snapshot): Data => serialization.parse(state.key, text) as Data

  function toRecord(snapshot: Snapshot, data = dataOf(snapshot)): SessionRecord<Data> {
    const { id, state } = snapshot
    // Getters are not printed as what they return.
    const record: SessionRecord<Data> = {
      get id() {
        return id
      },
      get key() {
        return state.key
      },
      data,
      createdAt: toDate(state.createdAt),
      updatedAt: toDate(state.updatedAt),
      expiresAt: state.expireAt === undefined ? undefined : toDate(state.expireAt),
      version: state.version ?? '',
    }
    snapshots.set(record, snapshot)
    const key = options.hashIds ? state.key : concealed(state.key)
    return shownAs(record, () => ({ ...record, id: '(not shown)', key }))
  }

  const orNull = ({ snapshot }: Pick<Handle, 'snapshot'> | Outcome): SessionRecord<Data> | null => (snapshot ? toRecord(snapshot) : null)
  /** Nothing was sent where nothing was due, so that nothing new is known. */
  const sameOr = (record: SessionRecord<Data>, outcome: Outcome): SessionRecord<Data> | null =>
    outcome.did === 'unchanged' && outcome.snapshot === snapshots.get(record) ? record : orNull(outcome)
  /** A record stays what it was, so that each call on it starts from there. */
  const hold = (record: SessionRecord<Data>): Handle => holdSnapshot(sessions, snapshotOf(record))

  const must = <Result>(operation: SessionOperation, work: () => Promise<Result>): Promise<Result> => guarded(operation, options, work)

  return {
    keyOf(id) {
      if (!isId(id)) throw new InvalidIDError()
      return sessions.keyOf(id)
    },
    create: (data, { id, expiresAt } = {}) =>
      must('create', async () => toRecord(await sessions.create(serialization.serialize(data), { id, asked: askedFor(expiresAt) }))),
    async read(id) {
      const { handle, data } = await openHandle(sessions, [id], (snapshot) => ({ found: dataOf(snapshot) }))
      return handle.snapshot && data ? toRecord(handle.snapshot, data.found) : null
    },
    update: (record, data, { expiresAt } = {}) =>
      must('update', async () => sameOr(record, await hold(record).save(serialization.serialize(data), { asked: askedFor(expiresAt) }))),
    touch: (record, { expiresAt } = {}) =>
      guarded('touch', options, async () => sameOr(record, await hold(record).touch({ asked: askedFor(expiresAt) })), record),
    destroy: (id) => must('destroy', async () => (isId(id) ? sessions.destroy(sessions.keyOf(id)) : undefined)),
    destroyByKey: (key) => must('destroyByKey', async () => sessions.destroy(sessions.requireKey(key))),
    regenerate: (record, { data, grace = 0, resetAge = false, expiresAt } = {}) =>
      must('regenerate', async () => {
        const handle = hold(record)
        toDuration(grace, 'grace')
        const asked = askedFor(expiresAt)
        return orNull(await handle.regenerate(serialization.serialize(data ?? record.data), { grace, resetAge, asked }))
      }),
    withLock: (id, fn) =>
      must('lock', () =>
        whileLocked(
          sessions,
          id,
          undefined,
          dataOf,
          ({ handle, data }) => fn(lockedSession(sessions, handle, toRecord(handle.snapshot as Snapshot, data), toRecord)),
          async (error) => {
            // What cannot be decoded is as good as absent.
            if (isUnreadable(error)) handleError(error, 'read', options)
            else if (error !== undefined) throw error
            return null
          },
        ),
      ),
    async *listByUser(userId, listOptions = {}) {
      let left = listOptions.limit ?? Infinity
      for await (const [key, item] of itemsOfUser(sessions, userId, listOptions)) {
        const { data } = await openItem(sessions, key, item, (snapshot) => toRecord(snapshot))
        if (!data) continue
        const { id: _none, ...rest } = data
        yield rest
        if (--left <= 0) return
      }
    },
    destroyByUser: (userId, { exceptId } = {}) =>
      must('destroyByUser', async () => {
        if (exceptId !== undefined && !isId(exceptId)) throw new InvalidIDError('`exceptId`')
        const exceptKey = exceptId === undefined ? undefined : sessions.keyOf(exceptId)
        const work = (): Promise<number> => deleteItemsOfUser(sessions, userId, exceptKey)
        return traceOperation('destroy', 'destroyByUser', { ...subject(sessions), key: undefined }, work, () => 'destroyed')
      }),
  }
}

function lockedSession<Data>(
  { serialization }: Sessions,
  handle: Handle,
  locked: SessionRecord<Data>,
  toRecord: (snapshot: Snapshot) => SessionRecord<Data>,
): LockedSession<Data> {
  let record = locked
  return {
    get record() {
      return record
    },
    update: (data) =>
      handle.inTurn('update', async () => {
        const { snapshot } = await handle.save(serialization.serialize(data))
        handle.caughtUp()
        if (snapshot) record = toRecord(snapshot)
        return snapshot ? record : null
      }),
  }
}

/** What each record was when it was read: its data may be changed in place since. */
const snapshots = new WeakMap<object, Snapshot>()

function snapshotOf(record: object): Snapshot {
  const snapshot = typeof record === 'object' && record !== null ? snapshots.get(record) : undefined
  if (!snapshot) throw new InvalidArgumentError('record', 'must be a record that a session store returned, not a copy of one')
  return snapshot
}

function askedFor(expiresAt: Date | undefined): number | undefined {
  return expiresAt === undefined ? undefined : toEpoch(expiresAt, 'expiresAt')
}
