import { SessionConflictError } from '../../base/errors.ts'
import { generateToken } from '../../base/id.ts'
import { now } from '../../base/time.ts'
import { WRITABLE } from '../../items/schema.ts'
import { LOCK_ATTRIBUTES, logInNames, numeric } from '../../items/state.ts'
import { emptied, kinAttribute, kinOf } from '../../items/tombstone.ts'
import type { Tombstone } from '../../items/tombstone.ts'
import { decodeForWriter } from '../context.ts'
import type { Context } from '../context.ts'
import { boundOf, writeTime } from '../record/lifetime.ts'
import { keptOf, ownLogIn } from '../record/log-in.ts'
import type { LogIn } from '../record/log-in.ts'
import { rebase } from '../record/merge.ts'
import type { Draft, Intent } from '../record/merge.ts'
import type { Content } from '../record/serialize.ts'
import { movedTo } from '../record/snapshot.ts'
import type { Outcome, Snapshot, WriteOptions } from '../record/snapshot.ts'
import { CONFLICT_ATTEMPTS, checkLock, unchanged } from './conditions.ts'
import { create } from './create.ts'
import { isLogin, linkSibling } from './sibling.ts'
import { update } from './update.ts'

/** What a regeneration asks for; times in seconds. */
export interface RegenerationOptions extends WriteOptions, LogIn {
  /** How long the old id stays readable. Default 0. */
  readonly grace?: number
  /** Whether the absolute lifetime starts anew. Default `false`. */
  readonly resetAge?: boolean
  /** The new id, in place of a random one. */
  readonly id?: string
  /** Whether a random one may take its place after all, where an attempt of the creation may arrive late. */
  readonly isExchangeable?: boolean
}

/** Seconds that a tombstone is kept at least, for late requests with the old id and late retries of the move itself. */
const TOMBSTONE_LIFE = 60

/**
 * Puts the new record, then makes the old one a tombstone, on condition that it is as it was read. Where the session ended meanwhile,
 * it stays so; where another request moved it, a log-in becomes a sibling of that one, and anything else is refused.
 */
export async function regenerate(context: Context, intent: Intent, start: Snapshot, options: RegenerationOptions): Promise<Outcome> {
  const { items, serialization } = context
  const { key } = start.state
  const { asked, endsWithBrowser, grace = 0, resetAge = false, id, isExchangeable, lock } = options
  const token = generateToken()
  const whole: Draft = { base: intent.before ?? intent.base, content: intent.content }
  const contentOn = (current: Snapshot): Content => {
    const content = rebase(intent, current, serialization, context.options)
    // What is taken as it stands was never asked for its user.
    return content.text === current.text ? serialization.contentOf(key, content.text) : content
  }
  const isReadable = grace > 0
  const empty = emptied(context.options)
  // The old id in its grace time ends with the new one, and so does what ended with the old one.
  const kinAfter = ({ state }: Snapshot): string[] => [...(isReadable ? [key] : []), ...kinOf({ kin: state.rawKin })]
  // A session that asks for a lifetime has no other any more.
  const bound = ({ state }: Snapshot): number | undefined => boundOf(state, options)
  let old = start
  const content = contentOn(old)
  let fresh = await create(context, content, {
    id,
    isExchangeable,
    asked: bound(old),
    kept: {
      ...(await keptOf(context, old, content)),
      ...(asked === undefined ? {} : { endsWithBrowser: false }),
      ...ownLogIn(options, now(), isLogin(context, whole)),
    },
    createdAt: resetAge ? undefined : old.state.createdAt,
    notBefore: writeTime(old.state),
    kin: kinAfter(old),
  })
  try {
    for (let attempt = 0; attempt < CONFLICT_ATTEMPTS; attempt++) {
      const at = writeTime(old.state)
      const { clauses, values } = unchanged(old.state, { lock }, context.options.hashIds, true)
      const answer = await items.change(key, {
        set: {
          ...(isReadable ? {} : empty.set),
          moved: { S: token },
          moved_to: { S: fresh.state.key },
          updated_at: numeric(at),
          expire_at: numeric(Math.ceil(at + Math.max(grace, TOMBSTONE_LIFE))),
          ...(isReadable ? { max_expire_at: numeric(Math.min(at + grace, old.state.expireAt ?? Infinity)) } : {}),
        },
        remove: [...LOCK_ATTRIBUTES, 'user_id', ...logInNames(old.state), ...(isReadable ? [] : empty.remove)],
        condition: [WRITABLE, ...clauses].join(' AND '),
        values: { ':now': numeric(now()), ...values },
        isOurs: (item) => item?.moved?.S === token,
      })
      if (answer.done) return { did: 'regenerated', snapshot: fresh }
      const latest = await decodeForWriter(context, start, answer.item)
      if (!latest.snapshot) {
        if (latest.tombstone && isLogin(context, whole)) return await linkSibling(context, whole, latest.tombstone, fresh, options)
        await items.delete(fresh.state.key)
        return latest
      }
      checkLock(key, answer.item, options)
      const kin = kinAttribute(kinAfter(latest.snapshot))
      if (kin && kin.S !== kinAttribute(kinAfter(old))?.S)
        await items.change(fresh.state.key, { set: { kin }, condition: WRITABLE, values: { ':now': numeric(now()) } })
      old = latest.snapshot
      const merged = contentOn(old)
      const saved = await update(context, fresh, () => merged, { asked: bound(old), endsWithBrowser })
      if (!saved.snapshot) return saved
      fresh = saved.snapshot
    }
    throw new SessionConflictError(key, `was changed by others during ${CONFLICT_ATTEMPTS} attempts to regenerate it`)
  } catch (error) {
    // Nobody will ever know this id, so the record would only wait for its expiry.
    await items.discard(fresh.state.key)
    throw error
  }
}

/** A regeneration of a session that was found moved: a log-in becomes a sibling of what it moved to. */
export async function regenerateMoved(
  context: Context,
  draft: Draft,
  tombstone: Tombstone,
  options: RegenerationOptions,
): Promise<Outcome> {
  if (!isLogin(context, draft)) return movedTo(tombstone)
  const { id, isExchangeable, asked } = options
  // Of what the old id had nothing goes on: a log-in that it shows is not this one.
  const kept = ownLogIn(options, now(), true)
  const fresh = await create(context, draft.content, { id, isExchangeable, asked, kept, kin: [tombstone.to] })
  try {
    return await linkSibling(context, draft, tombstone, fresh, { ...options, isLinked: true })
  } catch (error) {
    await context.items.discard(fresh.state.key)
    throw error
  }
}
