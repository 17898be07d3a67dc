// What a session is, without its public shape: lifetimes, identity and conflicts, on snapshots of stored records.
import type { Deadline } from '../base/deadline.ts'
import { isId } from '../base/id.ts'
import { now } from '../base/time.ts'
import type { Item } from '../dynamodb/dynamo.ts'
import type { Items } from '../items/items.ts'
import { isSessionKey, requireSessionKey } from '../items/own-keys.ts'
import type { Tombstone } from '../items/tombstone.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { createContext, decode, decodeForWriter, find, keyOf } from './context.ts'
import type { Context } from './context.ts'
import type { Lifetime } from './record/lifetime.ts'
import { rebase } from './record/merge.ts'
import type { Draft, Intent } from './record/merge.ts'
import type { Content, Serialization } from './record/serialize.ts'
import { movedTo, newer } from './record/snapshot.ts'
import type { Found, Outcome, Snapshot, WriteOptions } from './record/snapshot.ts'
import { create } from './writes/create.ts'
import type { CreateOptions } from './writes/create.ts'
import { end } from './writes/end.ts'
import { regenerate, regenerateMoved } from './writes/regenerate.ts'
import type { RegenerationOptions } from './writes/regenerate.ts'
import { isAtRest, touch } from './writes/touch.ts'
import { update } from './writes/update.ts'

export interface Sessions {
  readonly options: ResolvedOptions
  readonly items: Items
  readonly serialization: Serialization
  readonly lifetime: Lifetime
  keyOf(id: string): string
  /** Whether a key is that of a session of this application, and not of another in the same table. */
  isKey(key: string): boolean
  /** The key of a session. @throws InvalidArgumentError for any other. */
  requireKey(key: unknown): string
  /**
   * Starts reading a session; the function that it returns decodes a copy of its own at each call.
   * `onSent` runs when readers can no longer share the request, at once where no request is needed.
   */
  open(id: string, onSent?: () => void): () => Promise<Found>
  /** The latest state by a consistent read. */
  latest(id: string, deadline?: Deadline): Promise<Found>
  /** Stores a new session in one request. */
  create(content: Content, options?: CreateOptions): Promise<Snapshot>
  /** Stores what changed between the intent's base and its content; nothing when nothing did and no touch is due. */
  save(intent: Intent, options?: WriteOptions): Promise<Outcome>
  /** Like `save`, with `change` on top, which runs on a copy of the latest data at every attempt and changes it in place. */
  edit(intent: Intent, change: (data: Record<string, unknown>) => void, options?: WriteOptions): Promise<Outcome>
  /** Extends the life of the record without its data, when that is due. */
  touch(from: Snapshot, options?: WriteOptions): Promise<Outcome>
  /** Like `save`, under a new id; the old id is gone afterwards. `grace` in seconds. */
  regenerate(intent: Intent, options?: RegenerationOptions): Promise<Outcome>
  /** A regeneration of a session that was found moved. Only a log-in gets a session, which ends with the one that the other moved to. */
  regenerateMoved(draft: Draft, tombstone: Tombstone, options?: RegenerationOptions): Promise<Outcome>
  /** Ends a session, and whatever else its log-out must end. `kin`: the keys that end with it, as they were read. */
  destroy(key: string, kin?: readonly string[], deadline?: Deadline): Promise<void>
  /** A snapshot of an item that somebody else asked for; `null` when it is absent for readers. */
  decode(id: string, item: Item | undefined): Promise<Snapshot | null>
  /** The same where the id is not known, and for sessions that are not moved only. */
  decodeByKey(key: string, item: Item): Promise<Snapshot | null>
}

const NOTHING: Found = { snapshot: null }

/** What one writer of a key leaves for the next. */
interface Left {
  readonly snapshot?: Snapshot | undefined
  readonly isServed: boolean
}

/** `latestExpiry`: a bound in seconds since the epoch that no session of this adapter may outlive. */
export function createSessions(items: Items, options: ResolvedOptions, latestExpiry?: number): Sessions {
  const context = createContext(items, options, latestExpiry)
  const { lifetime, serialization } = context
  const key = (id: string): string => keyOf(context, id)
  const naming = { keyPrefix: items.options.keyPrefix, hashIds: options.hashIds }

  /** For the requests of one operation, which begins now unless it has begun already. */
  const within = (deadline: Deadline = items.begin()): Context => ({ ...context, items: items.within(deadline) })

  /** Queues writers of a key; each starts from what the one before it left. */
  async function queued(
    from: Snapshot,
    { deadline = items.begin() }: WriteOptions,
    write: (bounded: Context, start: Snapshot) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (from.state.moved !== undefined) return movedTo(from.tombstone)
    return items.queue(from.state.key, async (turn) => {
      const last = turn.last as Left | undefined
      // While others were served, waiting for them was no sign of trouble.
      const bounded = within(last?.isServed ? items.begin() : deadline)
      turn.last = { ...last, isServed: false } satisfies Left
      let start = last?.snapshot ? newer(from, last.snapshot) : from
      if (lifetime.isOver(start.state, now())) {
        const latest = await decodeForWriter(context, from, await bounded.items.latest(from.state.key))
        if (!latest.snapshot) return latest
        start = latest.snapshot
      }
      const outcome = await write(bounded, start)
      const snapshot = outcome.snapshot?.state.key === from.state.key ? outcome.snapshot : last?.snapshot
      turn.last = { snapshot, isServed: true } satisfies Left
      return outcome
    })
  }

  return {
    options,
    items,
    serialization,
    lifetime,
    keyOf: key,
    isKey: (itemKey) => isSessionKey(itemKey, naming),
    requireKey: (itemKey) => requireSessionKey(itemKey, naming),

    open(id, onSent) {
      if (!isId(id)) {
        onSent?.()
        return async () => NOTHING
      }
      const itemKey = key(id)
      const answer = items.read(itemKey, onSent)
      answer.catch(() => {}) // reported to whoever decodes
      return async () => find(context, id, itemKey, await answer)
    },
    async latest(id, deadline) {
      if (!isId(id)) return NOTHING
      const itemKey = key(id)
      return find(context, id, itemKey, await within(deadline).items.latest(itemKey))
    },

    create: (content, createOptions) => create(within(createOptions?.deadline), content, createOptions),
    async save(intent, writeOptions = {}) {
      const { from, base, content } = intent
      if (content.text === base && isAtRest(context, from, writeOptions)) return { did: 'unchanged', snapshot: from }
      const contentOn = (current: Snapshot): Content => rebase(intent, current, serialization, options)
      return queued(from, writeOptions, (bounded, start) => update(bounded, start, contentOn, writeOptions))
    },
    edit(intent, change, writeOptions = {}) {
      const contentOn = (current: Snapshot): Content => {
        const { text } = rebase(intent, current, serialization, options)
        const data = serialization.parseObject({ ...current, text })
        change(data)
        return serialization.keeping(serialization.serializeObject(data), text)
      }
      return queued(intent.from, writeOptions, (bounded, start) => update(bounded, start, contentOn, writeOptions))
    },
    touch: async (from, writeOptions = {}) =>
      isAtRest(context, from, writeOptions)
        ? { did: 'unchanged', snapshot: from }
        : queued(from, writeOptions, (bounded, start) => touch(bounded, start, writeOptions)),
    regenerate: (intent, regenerationOptions = {}) =>
      queued(intent.from, regenerationOptions, (bounded, start) => regenerate(bounded, intent, start, regenerationOptions)),
    regenerateMoved: (draft, tombstone, regenerationOptions = {}) =>
      regenerateMoved(within(regenerationOptions.deadline), draft, tombstone, regenerationOptions),
    destroy: (itemKey, kin, deadline) => end(within(deadline), itemKey, kin),

    decode: (id, item) => decode(context, id, key(id), item),
    decodeByKey: async (itemKey, item) => (item.moved === undefined ? decode(context, '', itemKey, item) : null),
  }
}
