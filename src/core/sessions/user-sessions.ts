// The sessions of one user as that user sees them, on a page of devices.
import { concealed } from '../base/conceal.ts'
import { InvalidArgumentError } from '../base/errors.ts'
import { isId } from '../base/id.ts'
import { shownAs } from '../base/shown.ts'
import { now, toDate, toDuration } from '../base/time.ts'
import { traceOperation } from '../base/tracing.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import { isLive, stateOf } from '../items/state.ts'
import type { ItemState } from '../items/state.ts'
import type { Device } from '../options/options.ts'
import { guarded, handleError, isUnreadable } from './failure.ts'
import type { Handle } from './held.ts'
import { createDeviceCodec, parseDevice } from './record/device.ts'
import type { Sessions } from './sessions.ts'
import { subject } from './tracing.ts'
import { deleteItemsOfUser, endItemOfUser, itemsOfUserId, requireUsers } from './users.ts'
import type { ListOptions } from './users.ts'

/** A session of a user, without its data. */
export interface UserSession {
  /** What `revoke` takes: useless as a cookie, and safe to show, unless `hashIds` is `false`, with which it is the id. */
  readonly key: string
  readonly createdAt: Date
  /** Its last use, up to `touchAfter` ago: a tenth of its lifetime, unless the options say otherwise. */
  readonly lastActiveAt: Date
  /** `undefined`: never. */
  readonly expiresAt: Date | undefined
  /** When its user authenticated, by `regenerate({ authenticated: true })`; `undefined` where no log-in said so. */
  readonly authenticatedAt: Date | undefined
  /** Whether it is the session that asks. */
  readonly isCurrent: boolean
  /** What the option `device` kept at its log-in. */
  readonly device: Device | undefined
}

/** The sessions of one user; each loop over them asks anew. */
export interface UserSessions extends AsyncIterable<UserSession> {
  /**
   * Ends one of them, with what a log-out there would end.
   * @param key as the list has it, or whatever a form sent.
   * @returns `false` where it is no live session of this user, and nothing was done: another user's key is refused like an unknown one.
   */
  revoke(key: string): Promise<boolean>
  /**
   * Ends all but the session that asks, as `destroyByUser` does: it takes a second or more.
   * @returns how many ended.
   * @throws InvalidArgumentError where no session asks.
   */
  revokeOthers(): Promise<number>
}

/** The session that asks, and how the others are listed. */
export interface UserSessionsOptions extends ListOptions {
  /** The session that asks, or its id: of React Router, h3, a record, express-session's `sessionID`. */
  readonly current?: string | { readonly id?: string | undefined } | undefined
}

/**
 * @param user the id as its `user_id` attribute has it; `undefined`: nobody, who has no sessions.
 * @param currentKey the key of the session that asks.
 */
export function userSessionsOf(
  sessions: Sessions,
  user: string | undefined,
  currentKey: string | undefined,
  list: ListOptions = {},
): UserSessions {
  const { options } = sessions
  const must = <Result>(operation: 'destroyByKey' | 'destroyByUser', work: () => Promise<Result>): Promise<Result> =>
    guarded(operation, options, work)

  return {
    async *[Symbol.asyncIterator]() {
      if (user === undefined) return
      let left = list.limit ?? Infinity
      // The index may not have the session that asks yet.
      for await (const [key, item] of itemsOfUserId(sessions, user, list, currentKey)) {
        const shown = await toUserSession(sessions, key, item, currentKey)
        if (!shown) continue
        yield shown
        if (--left <= 0) return
      }
    },
    revoke: (key) => must('destroyByKey', async () => user !== undefined && (await revoke(sessions, user, key))),
    revokeOthers: () =>
      must('destroyByUser', async () => {
        if (currentKey === undefined)
          throw new InvalidArgumentError('current', 'must be the session that asks, so that it is spared; `destroyByUser` ends all')
        if (user === undefined) return 0
        const work = (): Promise<number> => deleteItemsOfUser(sessions, user, currentKey)
        return traceOperation('destroy', 'destroyByUser', { ...subject(sessions), key: undefined }, work, () => 'destroyed')
      }),
  }
}

async function revoke(sessions: Sessions, user: string, key: unknown): Promise<boolean> {
  if (typeof key !== 'string' || !sessions.isKey(key)) return false
  const work = (): Promise<number> => endItemOfUser(sessions, user, key)
  return (await traceOperation('destroy', 'destroyByKey', { ...subject(sessions), key }, work, () => 'destroyed')) > 0
}

/** What its user sees of a session; `undefined` where it is over, or cannot be read. */
async function toUserSession(
  { options, lifetime }: Sessions,
  key: string,
  item: Item,
  currentKey: string | undefined,
): Promise<UserSession | undefined> {
  let state: ItemState
  try {
    const at = now()
    if (item.moved !== undefined || !isLive(key, item, at)) return undefined
    state = stateOf(key, item)
    if (lifetime.isOver(state, at)) return undefined
  } catch (error) {
    if (!isUnreadable(error)) throw error
    handleError(error, 'read', options)
    return undefined
  }
  const { createdAt, updatedAt, expireAt, authenticatedAt, rawDevice } = state
  const session: UserSession = {
    key,
    createdAt: toDate(createdAt),
    lastActiveAt: toDate(updatedAt),
    expiresAt: expireAt === undefined ? undefined : toDate(expireAt),
    authenticatedAt: authenticatedAt === undefined ? undefined : toDate(authenticatedAt),
    isCurrent: key === currentKey,
    device: parseDevice(await createDeviceCodec(options).unpack(key, rawDevice)),
  }
  return shownAs(session, () => ({ ...session, key: options.hashIds ? key : concealed(key) }))
}

/** The key of a session that an application names as its own. @throws InvalidArgumentError */
export function currentKeyOf(sessions: Sessions, current: UserSessionsOptions['current']): string | undefined {
  const id: unknown = typeof current === 'object' && current !== null ? current.id : current
  if (id === undefined || id === null || id === '') return undefined
  if (!isId(id)) throw new InvalidArgumentError('current', 'must be a session, or the id of one')
  return sessions.keyOf(id)
}

/** The key of a session that a request holds. In the grace time of an old id, that which it goes on under. */
export function heldKey({ snapshot }: Pick<Handle, 'snapshot'>): string | undefined {
  return snapshot?.tombstone?.to ?? snapshot?.state.key
}

/** The user that a session has which a request holds, as it is stored. @throws InvalidOptionError without `userIdKey`. */
export function heldUser(sessions: Sessions, { snapshot }: Pick<Handle, 'snapshot'>): string | undefined {
  requireUsers(sessions)
  const { serialization } = sessions
  return snapshot && serialization.contentOf(snapshot.state.key, snapshot.text).userId?.S
}

/** When the user of a session authenticated, in seconds since the epoch. Of a session that moved or is gone nobody can tell. */
export function authenticatedAtOf({ state, snapshot }: Pick<Handle, 'state' | 'snapshot'>): number | undefined {
  return state === 'stored' ? snapshot?.state.authenticatedAt : undefined
}

/** Whether that was within so many seconds. */
export function isFresh(authenticatedAt: number | undefined, seconds: number): boolean {
  toDuration(seconds, 'seconds')
  return authenticatedAt !== undefined && now() - authenticatedAt < seconds
}

/** The same as a Date. */
export function authenticatedDate(held: Pick<Handle, 'state' | 'snapshot'>): Date | undefined {
  const time = authenticatedAtOf(held)
  return time === undefined ? undefined : toDate(time)
}
