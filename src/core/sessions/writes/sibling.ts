// A log-in that was sent twice: the second finds the session moved by the first, and either answer must log the visitor in.
import { now } from '../../base/time.ts'
import { WRITABLE } from '../../items/schema.ts'
import type { Item } from '../../dynamodb/dynamo.ts'
import { isLive, isUnremembered, numeric, timeOf, UNREMEMBERED } from '../../items/state.ts'
import { isOldMove, kinAttribute, kinOf, withKin } from '../../items/tombstone.ts'
import type { Tombstone } from '../../items/tombstone.ts'
import { contentAttributes } from '../context.ts'
import type { Context } from '../context.ts'
import { boundOf, times } from '../record/lifetime.ts'
import type { LogIn } from '../record/log-in.ts'
import { ownChanges } from '../record/merge.ts'
import type { Draft } from '../record/merge.ts'
import { GONE, movedTo } from '../record/snapshot.ts'
import type { Life, Outcome, Snapshot } from '../record/snapshot.ts'
import { CONFLICT_ATTEMPTS, asRead } from './conditions.ts'

interface LinkOptions extends LogIn, Life {
  readonly resetAge?: boolean
  /** Whether the sibling names its successor already. */
  readonly isLinked?: boolean
}

/** Whether this very request logged the visitor in: it set the user or, where options name none, changed any data. */
export function isLogin({ options, serialization }: Context, { base, content }: Draft): boolean {
  if (options.userIdKey === undefined) return content.text !== base
  const before = base === '' ? undefined : serialization.contentOf('', base).userId
  return content.userId !== undefined && content.userId.S !== before?.S
}

/**
 * Has the record that a log-in has put end with the one that the session moved to, and the other way round. Refused where that one is
 * not live, belongs to another user, or has as many such records as may be.
 */
export async function linkSibling(
  context: Context,
  draft: Draft,
  tombstone: Tombstone,
  sibling: Snapshot,
  options: LinkOptions,
): Promise<Outcome> {
  const { items } = context
  const { userId } = draft.content
  const { key } = sibling.state
  const isOld = isOldMove(tombstone, now())
  let kin: readonly string[] = []
  for (let attempt = 0; attempt < CONFLICT_ATTEMPTS; attempt++) {
    const values: Item = { ':now': numeric(now()), ...(userId ? { ':user_id': userId } : {}) }
    const asFound = asRead('kin', kinAttribute(kin), values)
    const answer = await items.change(tombstone.to, {
      set: { kin: kinAttribute([...kin, key]) as Item[string] },
      condition: [WRITABLE, ...(userId ? ['#user_id = :user_id'] : []), asFound].join(' AND '),
      values,
      isOurs: (item) => kinOf(item).includes(key),
      returnNew: true,
    })
    if (answer.done) return { did: 'regenerated', snapshot: await settle(context, tombstone, sibling, answer.item, options) }
    const { item } = answer
    const isThere = isLive(tombstone.to, item, now()) && item.moved === undefined
    if (isThere && userId && item.user_id?.S !== userId.S) return unlink(context, draft, sibling, options)
    const more = isThere ? withKin(kinOf(item), key) : undefined
    if (!more) {
      // What moved long ago is none for a request with the old id, which then begins anew.
      if (!isThere && isOld) return unlink(context, draft, sibling, options)
      break
    }
    kin = kinOf(item)
  }
  await items.delete(key)
  return movedTo(tombstone)
}

/** Names the successor, and takes over its lifetimes where this request asked for none. */
async function settle(
  { items, lifetime, options: { maxAge } }: Context,
  tombstone: Tombstone,
  sibling: Snapshot,
  successor: Item | undefined,
  options: LinkOptions,
): Promise<Snapshot> {
  const { asked, resetAge, isLinked = false } = options
  const { key, createdAt, updatedAt, rawMaxExpireAt } = sibling.state
  const bound = boundOf({ maxExpireAt: successor && timeOf(tombstone.to, successor, 'max_expire_at') }, options)
  const ends = options.endsWithBrowser || (asked === undefined && successor !== undefined && isUnremembered(successor)) || undefined
  const born = (!resetAge && maxAge !== undefined && successor && timeOf(tombstone.to, successor, 'created_at')) || createdAt
  if (isLinked && bound === sibling.state.maxExpireAt && born === createdAt && ends === sibling.state.endsWithBrowser) return sibling
  const expireAt = lifetime.expiry(born, updatedAt, bound)
  const kin = kinAttribute([...kinOf({ kin: sibling.state.rawKin }), tombstone.to]) as Item[string]
  await items.change(key, {
    set: { ...times(updatedAt, expireAt, bound), kin, created_at: numeric(born), ...(ends ? UNREMEMBERED : {}) },
    remove: [
      ...(expireAt === undefined ? ['expire_at'] : []),
      ...(bound === undefined && rawMaxExpireAt ? ['max_expire_at'] : []),
      ...(!ends && sibling.state.endsWithBrowser ? ['remember'] : []),
      ...alien(sibling, options),
    ],
    condition: WRITABLE,
    values: { ':now': numeric(now()) },
  })
  return {
    ...sibling,
    state: {
      ...sibling.state,
      createdAt: born,
      expireAt,
      maxExpireAt: bound,
      rawMaxExpireAt: bound === undefined ? undefined : numeric(bound),
      rawKin: kin,
      endsWithBrowser: ends,
      ...(options.authenticated ? {} : { authenticatedAt: undefined }),
    },
  }
}

/** The time of a log-in that was not this request's: its session went on elsewhere. */
function alien({ state }: Snapshot, { authenticated }: LogIn): string[] {
  return state.authenticatedAt === undefined || authenticated ? [] : ['authenticated_at']
}

/** A session of its own, with what this request itself changed and nothing of what was there before. */
async function unlink(context: Context, draft: Draft, sibling: Snapshot, options: LinkOptions): Promise<Outcome> {
  const { items } = context
  const content = ownChanges(draft, context.serialization)
  const set = await contentAttributes(context, sibling.state.key, content)
  const answer = await items.change(sibling.state.key, {
    set,
    remove: ['kin', ...['encoding', 'user_id'].filter((name) => set[name] === undefined), ...alien(sibling, options)],
    condition: WRITABLE,
    values: { ':now': numeric(now()) },
  })
  const state = { ...sibling.state, rawKin: undefined, ...(options.authenticated ? {} : { authenticatedAt: undefined }) }
  return answer.done ? { did: 'regenerated', snapshot: { ...sibling, text: content.text, state } } : GONE
}
