import { SessionConflictError } from '../../base/errors.ts'
import { now } from '../../base/time.ts'
import { numeric } from '../../items/state.ts'
import type { ItemState } from '../../items/state.ts'
import { decodeForWriter } from '../context.ts'
import type { Context } from '../context.ts'
import { birth, boundOf, cookieLife, stateAfter, times, writeTime } from '../record/lifetime.ts'
import type { Outcome, Snapshot, WriteOptions } from '../record/snapshot.ts'
import { CONFLICT_ATTEMPTS, touchable } from './conditions.ts'

/** Extends the life of a record without its data, where that is due. */
export async function touch(context: Context, start: Snapshot, options: WriteOptions): Promise<Outcome> {
  const { items } = context
  const { key } = start.state
  const { asked } = options
  let current = start
  for (let attempt = 0; attempt < CONFLICT_ATTEMPTS; attempt++) {
    const { state } = current
    const { at, expireAt, life, isDue } = touchOf(context, state, options)
    if (!isDue) return { did: 'unchanged', snapshot: current }
    const { clauses, values } = touchable(state, asked)
    const answer = await items.change(key, {
      set: { ...birth(state), ...times(at, expireAt, asked), ...life.set },
      remove: [...(expireAt === undefined ? ['expire_at'] : []), ...life.remove],
      condition: clauses.join(' AND '),
      values: { ':now': numeric(now()), ...values },
    })
    if (answer.done) return { did: 'touched', snapshot: { ...current, state: stateAfter(state, at, expireAt, options) } }
    const latest = await decodeForWriter(context, start, answer.item)
    if (!latest.snapshot) return latest
    current = latest.snapshot
  }
  throw new SessionConflictError(key, `was touched by others during ${CONFLICT_ATTEMPTS} attempts to extend it`)
}

/** Whether a touch would write nothing: who reads a session need not wait then for what others write. */
export function isAtRest(context: Context, { state }: Snapshot, options: WriteOptions): boolean {
  return state.moved === undefined && !context.lifetime.isOver(state, now()) && !touchOf(context, state, options).isDue
}

interface Touch {
  readonly at: number
  readonly expireAt: number | undefined
  readonly life: ReturnType<typeof cookieLife>
  readonly isDue: boolean
}

/** The touch of a record now, in seconds since the epoch. */
function touchOf({ lifetime }: Context, state: ItemState, options: WriteOptions): Touch {
  const at = writeTime(state)
  const life = cookieLife(state, options)
  const expireAt = lifetime.expiry(state.createdAt, at, boundOf(state, options))
  const isAnother = life.remove.length > 0 || life.set.remember !== undefined
  return { at, expireAt, life, isDue: isAnother || lifetime.isTouchDue(state, at, expireAt, options.asked) }
}
