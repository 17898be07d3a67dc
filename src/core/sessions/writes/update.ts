import { SessionConflictError } from '../../base/errors.ts'
import { generateToken } from '../../base/id.ts'
import { now } from '../../base/time.ts'
import { sleep } from '../../base/wait.ts'
import type { Item } from '../../dynamodb/dynamo.ts'
import { WRITABLE } from '../../items/schema.ts'
import { hasToken, nextVersion, numeric } from '../../items/state.ts'
import { contentAttributes, decodeForWriter } from '../context.ts'
import type { Context } from '../context.ts'
import { birth, boundOf, cookieLife, stateAfter, times, writeTime } from '../record/lifetime.ts'
import { isOtherUser } from '../record/log-in.ts'
import type { Content } from '../record/serialize.ts'
import type { Outcome, Snapshot, WriteOptions } from '../record/snapshot.ts'
import { CONFLICT_ATTEMPTS, CONFLICT_FOR, checkLock, notLater, unchanged } from './conditions.ts'
import { pausesAfter } from './contention.ts'
import { touch } from './touch.ts'

/**
 * Writes data in place of what `start` holds, and again on top of what others wrote meanwhile. Where nothing changes it is a touch.
 * @param contentOn what to store in place of a snapshot.
 */
export async function update(
  context: Context,
  start: Snapshot,
  contentOn: (current: Snapshot) => Content,
  options: WriteOptions,
): Promise<Outcome> {
  const { items, lifetime } = context
  const { hashIds, userIdKey } = context.options
  const { key } = start.state
  const { asked } = options
  const token = generateToken()
  const began = performance.now()
  let current = start
  for (let attempt = 0; attempt < CONFLICT_ATTEMPTS || performance.now() - began < CONFLICT_FOR; attempt++) {
    const next = contentOn(current)
    if (next.text === current.text) return touch(context, current, options)
    const { state } = current
    const at = writeTime(state)
    const expireAt = lifetime.expiry(state.createdAt, at, boundOf(state, options))
    const life = cookieLife(state, options)
    // Another user did not authenticate then, nor did nobody.
    const isOther = state.authenticatedAt !== undefined && isOtherUser(context, current, next)
    const version = nextVersion(state.version, token)
    const set: Item = {
      ...(await contentAttributes(context, key, next)),
      ...birth(state),
      ...times(at, expireAt, asked),
      ...life.set,
      version: { S: version },
    }
    const { clauses, values } = unchanged(state, options, hashIds)
    // A touch leaves the version alone, and may have been made by a host whose clock is ahead.
    const later = notLater(state)
    const sent = performance.now()
    const answer = await items.change(key, {
      set,
      remove: [
        ...['encoding', 'expire_at', ...(userIdKey === undefined ? [] : ['user_id'])].filter((name) => set[name] === undefined),
        ...life.remove,
        ...(isOther ? ['authenticated_at'] : []),
      ],
      condition: [WRITABLE, later.clause, ...clauses].join(' AND '),
      values: { ':now': numeric(now()), ...values, ...later.values },
      isOurs: (item) => hasToken(item, token),
    })
    const after = { ...stateAfter(state, at, expireAt, options), ...(isOther ? { authenticatedAt: undefined } : {}) }
    const written: Outcome = {
      did: 'written',
      snapshot: { id: start.id, text: next.text, state: { ...after, version } },
    }
    if (answer.done && !answer.item) return written
    const learnt = await decodeForWriter(context, start, answer.item)
    // Ours already, by an attempt whose response was lost; the session may have moved since.
    if (answer.done && learnt.tombstone) return { ...written, tombstone: learnt.tombstone }
    if (!learnt.snapshot) return learnt
    if (answer.done) return { did: 'written', snapshot: learnt.snapshot }
    checkLock(key, answer.item, options)
    current = learnt.snapshot
    const conflict = { before: attempt, roundTrip: performance.now() - sent, later: (at - current.state.updatedAt) * 1000 }
    for (const pause of pausesAfter(conflict)) {
      await sleep(pause)
      const item = await items.latest(key)
      const latest = await decodeForWriter(context, start, item)
      if (hasToken(item, token)) return { ...written, snapshot: latest.snapshot ?? written.snapshot, tombstone: latest.tombstone }
      if (!latest.snapshot) return latest
      const isAlone = latest.snapshot.state.version === current.state.version
      current = latest.snapshot
      if (isAlone) break
    }
  }
  throw new SessionConflictError(
    key,
    `was changed by others during ${CONFLICT_ATTEMPTS} attempts to write it; the last change was not stored`,
  )
}
