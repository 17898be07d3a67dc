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
import type { LogIn } from './record/log-in.ts'
import type { Outcome, Snapshot } from './record/snapshot.ts'
import type { Sessions } from './sessions.ts'
import { subject } from './tracing.ts'
import { currentKeyOf, isFresh, userSessionsOf } from './user-sessions.ts'
import { deleteItemsOfUser, itemsOfUser, userOf } from './users.ts'
import type { LockedSession, LogInOptions, SessionRecord, SessionStore } from './store-types.ts'

export type { LockedSession, LogInOptions, SessionRecord, SessionStore } from './store-types.ts'

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
    const { state } = snapshot
    const record = withHiddenIds<{ -readonly [Name in keyof SessionRecord<Data>]: SessionRecord<Data>[Name] }>(snapshot)
    record.data = data
    record.createdAt = toDate(state.createdAt)
    record.updatedAt = toDate(state.updatedAt)
    record.expiresAt = state.expireAt === undefined ? undefined : toDate(state.expireAt)
    if (state.authenticatedAt !== undefined) record.authenticatedAt = toDate(state.authenticatedAt)
    record.version = state.version ?? ''
    snapshots.set(record, snapshot)
    const shownKey = (): string => (options.hashIds ? state.key : concealed(state.key))
    return shownAs(record, () => ({ ...record, id: '(not shown)', key: shownKey() }))
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
    create: (data, { id, expiresAt, ...logIn } = {}) =>
      must('create', async () => {
        const asked = askedFor(expiresAt)
        return toRecord(await sessions.create(serialization.serialize(data), { id, asked, ...toLogIn(logIn) }))
      }),
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
    regenerate: (record, { data, grace = 0, resetAge = false, expiresAt, ...logIn } = {}) =>
      must('regenerate', async () => {
        const handle = hold(record)
        toDuration(grace, 'grace')
        const asked = askedFor(expiresAt)
        return orNull(await handle.regenerate(serialization.serialize(data ?? record.data), { grace, resetAge, asked, ...toLogIn(logIn) }))
      }),
    isFresh: (record, seconds) => isFresh(snapshotOf(record).state.authenticatedAt, seconds),
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
    userSessions: (userId, { current, ...list } = {}) =>
      userSessionsOf(sessions, userOf(sessions, userId), currentKeyOf(sessions, current), list),
    destroyByUser: (userId, { exceptId } = {}) =>
      must('destroyByUser', async () => {
        if (exceptId !== undefined && !isId(exceptId)) throw new InvalidIDError('`exceptId`')
        const exceptKey = exceptId === undefined ? undefined : sessions.keyOf(exceptId)
        const work = (): Promise<number> => deleteItemsOfUser(sessions, userOf(sessions, userId), exceptKey)
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

/** What the getters of a record read. It holds a function, which is printed as one where hidden properties are asked for. */
const HELD = Symbol('held')
type Held = { readonly [HELD]: () => Snapshot }

const ID = property((snapshot) => snapshot.id)
const KEY = property((snapshot) => snapshot.state.key)

/** Getters are not printed as what they return. Made anew for each record, they would cost more than all the rest of it. */
function property(valueIn: (snapshot: Snapshot) => string): PropertyDescriptor & ThisType<Held> {
  return {
    get() {
      return valueIn(this[HELD]())
    },
    enumerable: true,
    configurable: true,
  }
}

/** An object with the `id` and the `key` of a snapshot, to which the rest is added. */
function withHiddenIds<Shape extends object>(snapshot: Snapshot): Shape {
  const record = Object.defineProperty({}, HELD, { value: () => snapshot })
  Object.defineProperty(record, 'id', ID)
  return Object.defineProperty(record, 'key', KEY) as Shape
}

/** What each record was when it was read: its data may be changed in place since. */
const snapshots = new WeakMap<object, Snapshot>()

function snapshotOf(record: object): Snapshot {
  const snapshot = typeof record === 'object' && record !== null ? snapshots.get(record) : undefined
  if (!snapshot) throw new InvalidArgumentError('record', 'must be a record that a session store returned, not a copy of one')
  return snapshot
}

function toLogIn({ authenticated = false, device }: LogInOptions): LogIn {
  return { authenticated, device: () => device }
}

function askedFor(expiresAt: Date | undefined): number | undefined {
  return expiresAt === undefined ? undefined : toEpoch(expiresAt, 'expiresAt')
}
