import { emptied, hasData, kinOf, tombstoneOf } from '../../items/tombstone.ts'
import type { Tombstone } from '../../items/tombstone.ts'
import { now } from '../../base/time.ts'
import type { Context } from '../context.ts'

/** Records that end by one log-out, at most: each is a request. */
const MOST = 16

/**
 * Ends a session with all that the removal of its cookie hides from the browser: the records that end with it, and where it moved to. A
 * tombstone stays, without data, for whoever comes late.
 * @param kin the keys that end with it, as they were read: the record may be gone by now.
 */
export async function end({ items, options }: Context, key: string, kin: readonly string[] = []): Promise<void> {
  const ended = new Set<string>()
  const due: { readonly key: string; readonly as: 'session' | 'kin' }[] = [{ key, as: 'session' }]
  for (const { key: each, as } of due) {
    if (ended.has(each) || ended.size >= MOST) continue
    ended.add(each)
    const { item } = await items.take(each, { expression: 'attribute_not_exists(#moved)' })
    const tombstone = tombstoneOf(each, item, now())
    // What another program wrote there is no tombstone.
    if (item?.moved && item.moved.S === undefined) await items.delete(each)
    // The old id of a session that ends here, in its grace time. A sibling that moved goes on elsewhere, and ends there.
    const isOldId = as === 'kin' && item?.moved !== undefined && (!tombstone || ended.has(tombstone.to))
    if (item?.moved?.S !== undefined && (hasData(item) || item.user_id) && (!isOldId || tombstone)) {
      await clearTombstone({ items, options }, { key: each, token: item.moved.S })
    }
    if (isOldId) continue
    for (const kinKey of new Set([...(as === 'session' && each === key ? kin : []), ...kinOf(item)])) due.push({ key: kinKey, as: 'kin' })
    if (tombstone) due.push({ key: tombstone.to, as: 'session' })
  }
}

/** Takes the data of a session in its grace time away. @returns whether it was there. */
export async function clearTombstone(
  { items, options }: Pick<Context, 'items' | 'options'>,
  { key, token }: Pick<Tombstone, 'key' | 'token'>,
): Promise<boolean> {
  const { set, remove } = emptied(options)
  const { done } = await items.change(key, {
    set,
    remove: [...remove, 'user_id'],
    condition: '#moved = :moved',
    values: { ':moved': { S: token } },
  })
  return done
}
