// What a session is, without its public shape: lifetimes, identity and conflicts, on snapshots of stored records.
import type { Item } from '../dynamodb/dynamo.ts'
import { InvalidArgumentError, InvalidIDError, InvalidOptionError, SessionConflictError, SessionDataError } from '../base/errors.ts'
import { generateToken, hashId, isId } from '../base/id.ts'
import { createCodec } from '../items/codec.ts'
import { isWellFormed } from '../items/size.ts'
import { hasToken, isLive, nextVersion, numeric, stateOf } from '../items/state.ts'
import type { ItemState } from '../items/state.ts'
import { applyChanges, changesBetween } from './record/merge.ts'
import { regenerate } from './writes/regenerate.ts'
import type { Parts, RegenerationOptions } from './writes/regenerate.ts'
import { boundOf, checkLock, isDue, newer, times, unchanged } from './record/snapshot.ts'
import type { Snapshot, WriteOptions } from './record/snapshot.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { WRITABLE } from '../items/items.ts'
import type { Records } from '../items/items.ts'
import { backOff } from '../base/wait.ts'
import { expiryOf, now } from '../base/time.ts'
import { userIdAttribute } from './users.ts'

export interface Sessions {
  readonly options: ResolvedOptions
  readonly records: Records
  keyOf(id: string): string
  /**
   * Starts reading a session; the function it answers decodes a copy of its own at each call, `null` when there is none.
   * `onSent` runs when readers can no longer share the request, at once where no request is needed.
   */
  open(id: string, onSent?: () => void): () => Promise<Snapshot | null>
  /** Stores a new session in one request. */
  create(data: unknown, options?: WriteOptions & { readonly id?: string | undefined; readonly createdAt?: number }): Promise<Snapshot>
  /**
   * Stores `data`, which was made from the text `base`. Only what changed between the two is written; nothing when
   * nothing did and no touch is due. `null`: the session is gone and nothing was written.
   */
  save(from: Snapshot, base: string, data: unknown, options?: WriteOptions): Promise<Snapshot | null>
  /** Like `save`, with `change` on top, which is run on the latest data at every attempt and answers what to store. */
  edit(from: Snapshot, base: string, data: unknown, change: (data: unknown) => unknown, options?: WriteOptions): Promise<Snapshot | null>
  /** Extends the life of the record without its data, when that is due. `null`: it is gone. */
  touch(from: Snapshot, options?: WriteOptions): Promise<Snapshot | null>
  /** Like `save`, under a new id; the old id is gone afterwards. `grace` in seconds. */
  regenerate(from: Snapshot, base: string, data: unknown, options?: RegenerationOptions): Promise<Snapshot | null>
  /** The latest state by a consistent read. */
  latest(id: string): Promise<Snapshot | null>
  destroy(key: string): Promise<void>
  /** A snapshot of an item that was answered to somebody else; `null` when it is absent for readers. */
  decode(id: string, item: Item | undefined): Promise<Snapshot | null>
  /** The same where the id is not known, and for sessions that are not moved only. */
  decodeByKey(key: string, item: Item): Promise<Snapshot | null>
  stringify(data: unknown): string
  /** The same for an adapter, which has to read an object back; throws `InvalidArgumentError` where a `toJSON` makes it something else. */
  stringifyObject(data: object): string
  parse(key: string, text: string): unknown
  /** The data of a session of values by name; throws `SessionDataError` where it is something else. */
  parseObject(snapshot: Snapshot): Record<string, unknown>
}

/** A conflict is given up when both are exceeded. */
const CONFLICT_ATTEMPTS = 16
const CONFLICT_FOR = 5000
const ID_ATTEMPTS = 5

/** `latestExpiry`: a bound in seconds since the epoch that no session of this adapter may outlive. */
export function createSessions(records: Records, options: ResolvedOptions, latestExpiry?: number): Sessions {
  const { maxAge, maxStale, touchAfter, onConflict, serializer, userIdKey } = options
  const { keyPrefix } = records.options
  const codec = createCodec(options)

  const keyOf = (id: string): string => keyPrefix + (options.hashIds ? hashId(id) : id)
  const newExpiry = (createdAt: number, at: number, asked: number | undefined): number | undefined =>
    expiryOf(createdAt, at, { maxAge, maxStale, latest: latestExpiry }, asked)

  function stringify(data: unknown): string {
    let text: unknown
    try {
      text = serializer.stringify(data)
    } catch (error) {
      throw new InvalidArgumentError('data', 'cannot be serialized; session data must be plain values, without cycles and bigints', {
        cause: error,
      })
    }
    if (typeof text !== 'string')
      throw new InvalidArgumentError('data', `cannot be serialized: it is ${data === undefined ? 'undefined' : `a ${typeof data}`}`)
    // JSON escapes it; another serializer may not.
    if (serializer !== JSON && !isWellFormed(text))
      throw new InvalidArgumentError('data', 'must serialize to well-formed Unicode: the text holds half of a surrogate pair')
    return text
  }

  function parse(key: string, text: string): unknown {
    try {
      return serializer.parse(text)
    } catch {
      // Not even as a cause: a parser's message quotes the text.
      throw new SessionDataError(key, 'has data that the serializer cannot parse')
    }
  }

  /** The state of a record that exists for readers: by its own expiry, and by today's `maxAge` and `maxStale`. */
  function readable(key: string, item: Item | undefined): ItemState | undefined {
    const at = now()
    if (!isLive(key, item, at)) return undefined
    const state = stateOf(key, item)
    return isOver(state, at) ? undefined : state
  }

  function isOver(state: ItemState, at: number): boolean {
    return (maxAge !== undefined && state.createdAt + maxAge <= at) || (maxStale > 0 && state.updatedAt + maxStale <= at)
  }

  async function decode(id: string, key: string, item: Item | undefined): Promise<Snapshot | null> {
    const state = readable(key, item)
    if (!state) return null
    const text = (await codec.unpack(key, item as Item)).toString()
    return { id, state, text }
  }

  /** The latest snapshot after a failed condition; `null` when the record is gone for writers. */
  async function decodeWritable(from: Snapshot, item: Item | undefined): Promise<Snapshot | null> {
    const latest = await decode(from.id, from.state.key, item)
    return latest?.state.moved === undefined ? latest : null
  }

  /** The attributes that depend on data. */
  async function content(key: string, text: string, userId: Item[string] | undefined): Promise<Item> {
    const { data: packed, encoding } = await codec.pack(key, text)
    return { data: packed, ...(encoding === undefined ? {} : { encoding: { S: encoding } }), ...(userId ? { user_id: userId } : {}) }
  }

  const userIdOf = (data: unknown): Item[string] | undefined =>
    userIdKey === undefined ? undefined : userIdAttribute(data, userIdKey, keyPrefix)

  async function create(data: unknown, { id: given, asked, createdAt }: Parameters<Sessions['create']>[1] = {}): Promise<Snapshot> {
    if (given !== undefined && !isId(given)) throw new InvalidIDError('`id`')
    const text = stringify(data)
    // At once, like the text: the caller may change the data while the request is under way.
    const userId = userIdOf(data)
    const version = generateToken()
    for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
      const id = given ?? options.generateId()
      if (!isId(id)) throw new InvalidOptionError('generateId', 'must answer 16 to 128 characters of A-Z a-z 0-9 _ -')
      const key = keyOf(id)
      const at = now()
      const born = createdAt ?? at
      const expireAt = newExpiry(born, at, asked)
      const item: Item = {
        ...(await content(key, text, userId)),
        ...times(at, expireAt, asked),
        created_at: numeric(born),
        version: { S: version },
      }
      const outcome = await records.create(key, item)
      if (outcome === 'lingering' && given === undefined && attempt < ID_ATTEMPTS - 1) {
        // Whoever ended this session might see it come back. Nobody knows its id yet, so that another takes its place.
        await records.delete(key).catch(() => {})
        continue
      }
      if (outcome !== 'taken') {
        return {
          id,
          text,
          state: {
            key,
            createdAt: born,
            updatedAt: at,
            expireAt,
            ...boundOf({}, asked),
            version,
            moved: undefined,
            rawUpdatedAt: item.updated_at as Item[string],
          },
        }
      }
      if (given !== undefined) throw new SessionConflictError(key, 'exists already')
    }
    throw new InvalidOptionError('generateId', `drew ${ID_ATTEMPTS} ids in a row that are taken`)
  }

  /** `text`, made from `base`, on top of what `current` holds now. */
  function rebase(from: Snapshot, current: Snapshot, base: string, text: string): string {
    if (text === base) return current.text
    // The text as well, because the Ruby gem never changes `version`.
    if (current.state.version !== from.state.version || current.text !== from.text) {
      if (onConflict === 'error')
        throw new SessionConflictError(from.state.key, "was changed by another request, and `onConflict` is 'error'")
      if (onConflict === 'overwrite') return text
    }
    // Another program may write the same data as another text, so that only a comparison by key tells.
    if (current.text === base && options.hashIds) return text
    const { key } = from.state
    const changes = changesBetween(parse(key, base), parse(key, text), stringify)
    if (!changes) return text
    if (changes.set.size === 0 && changes.removed.size === 0) return current.text
    return stringify(applyChanges(parse(key, current.text), changes, stringify))
  }

  /** `textOn` answers what to store in place of a snapshot; `own` is the caller's text, whose user is known. */
  async function write(
    from: Snapshot,
    start: Snapshot,
    textOn: (current: Snapshot) => string,
    writeOptions: WriteOptions,
    own?: { readonly text: string; readonly userId: Item[string] | undefined },
  ): Promise<Snapshot | null> {
    const { key } = from.state
    const { asked } = writeOptions
    const token = generateToken()
    const began = performance.now()
    let current = start
    for (let attempt = 0; attempt < CONFLICT_ATTEMPTS || performance.now() - began < CONFLICT_FOR; attempt++) {
      const next = textOn(current)
      if (next === current.text) return extend(current, { asked })
      const at = now()
      const { state } = current
      const expireAt = newExpiry(state.createdAt, at, asked ?? state.maxExpireAt)
      const version = nextVersion(state.version, token)
      const userId = userIdKey === undefined ? undefined : own?.text === next ? own.userId : userIdOf(parse(key, next))
      const set: Item = {
        ...(await content(key, next, userId)),
        ...times(at, expireAt, asked),
        version: { S: version },
      }
      const { clauses, values } = unchanged(state, writeOptions, options.hashIds)
      const answer = await records.change(key, {
        set,
        remove: ['encoding', 'expire_at', ...(userIdKey === undefined ? [] : ['user_id'])].filter((name) => set[name] === undefined),
        condition: [WRITABLE, ...clauses].join(' AND '),
        values: { ':now': numeric(at), ...values },
        isOurs: (item) => hasToken(item, token),
      })
      if (answer.done && !answer.item) {
        return {
          id: from.id,
          text: next,
          state: {
            ...state,
            updatedAt: at,
            expireAt,
            ...boundOf(state, asked),
            version,
            rawUpdatedAt: set.updated_at as Item[string],
          },
        }
      }
      const latest = await decodeWritable(from, answer.item)
      if (!latest || answer.done) return latest
      checkLock(key, answer.item, writeOptions)
      current = latest
      if (attempt > 0) await backOff(Math.min(attempt, 4), 10)
    }
    throw new SessionConflictError(
      key,
      `was changed by others during ${CONFLICT_ATTEMPTS} attempts to write it; the last change was not stored`,
    )
  }

  async function extend(from: Snapshot, { asked }: WriteOptions): Promise<Snapshot | null> {
    const { key } = from.state
    let current = from
    for (let attempt = 0; attempt < CONFLICT_ATTEMPTS; attempt++) {
      const { state } = current
      // A host whose clock is ahead may have touched last; an expiry that was asked for is set all the same.
      const at = asked === undefined ? now() : Math.max(now(), state.updatedAt)
      const expireAt = newExpiry(state.createdAt, at, asked ?? state.maxExpireAt)
      const idleEnd = maxStale > 0 ? Math.ceil(state.updatedAt + maxStale) : Infinity
      const end = Math.min(state.expireAt ?? Infinity, idleEnd)
      if (!isDue({ ...state, expireAt: end === Infinity ? undefined : end }, at, expireAt, asked, touchAfter)) return current
      const set = times(at, expireAt, asked)
      const isText = state.rawUpdatedAt.S !== undefined
      const clauses = [
        WRITABLE,
        isText ? '(#updated_at <= :updated_at OR #updated_at = :was_updated_at)' : '#updated_at <= :updated_at',
        ...(asked !== undefined
          ? []
          : [state.rawMaxExpireAt === undefined ? 'attribute_not_exists(#max_expire_at)' : '#max_expire_at = :was_max']),
      ]
      const answer = await records.change(key, {
        set,
        remove: expireAt === undefined ? ['expire_at'] : [],
        condition: clauses.join(' AND '),
        values: {
          ':now': numeric(now()),
          ...(isText ? { ':was_updated_at': state.rawUpdatedAt } : {}),
          ...(asked !== undefined || state.rawMaxExpireAt === undefined ? {} : { ':was_max': state.rawMaxExpireAt }),
        },
      })
      const done = { updatedAt: at, expireAt, ...boundOf(state, asked), rawUpdatedAt: set.updated_at as Item[string] }
      if (answer.done) return { ...current, state: { ...state, ...done } }
      const latest = await decodeWritable(from, answer.item)
      if (!latest) return null
      current = latest
    }
    throw new SessionConflictError(key, `was touched by others during ${CONFLICT_ATTEMPTS} attempts to extend it`)
  }

  /** Queues writers of a key; each starts from what the one before it left. */
  function queued(from: Snapshot, write: (start: Snapshot) => Promise<Snapshot | null>): Promise<Snapshot | null> {
    if (from.state.moved !== undefined) return Promise.resolve(null)
    return records.queue<Snapshot, Snapshot | null>(from.state.key, async (turn) => {
      let start = turn.last ? newer(from, turn.last) : from
      if (isOver(start.state, now())) {
        const latest = await decodeWritable(from, await records.latest(from.state.key))
        if (!latest) return null
        start = latest
      }
      const result = await write(start)
      if (result?.state.key === from.state.key) turn.last = result
      return result
    })
  }

  const parts: Parts = { records, hashIds: options.hashIds, parse, rebase, create, write, decodeWritable }

  return {
    options,
    records,
    keyOf,
    stringify,
    stringifyObject(data) {
      const text = stringify(data)
      if (serializer === JSON && !text.startsWith('{'))
        throw new InvalidArgumentError('data', 'has a `toJSON` of its own that makes it no object')
      return text
    },
    parse,
    create,

    parseObject({ state, text }) {
      const data = parse(state.key, text)
      if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>
      throw new SessionDataError(state.key, 'does not hold an object')
    },

    decode: (id, item) => decode(id, keyOf(id), item),
    decodeByKey: async (key, item) => (item.moved === undefined ? decode('', key, item) : null),

    open(id, onSent) {
      if (!isId(id)) {
        onSent?.()
        return async () => null
      }
      const key = keyOf(id)
      const answer = records.read(key, onSent)
      answer.catch(() => {}) // reported to whoever decodes
      return async () => decode(id, key, await answer)
    },

    async latest(id) {
      return isId(id) ? decode(id, keyOf(id), await records.latest(keyOf(id))) : null
    },

    async save(from, base, data, writeOptions = {}) {
      const text = stringify(data)
      const textOn = (current: Snapshot): string => rebase(from, current, base, text)
      const own = { text, userId: userIdOf(data) }
      return queued(from, (start) => write(from, start, textOn, writeOptions, own))
    },

    async edit(from, base, data, change, writeOptions = {}) {
      const { key } = from.state
      const text = stringify(data)
      const textOn = (current: Snapshot): string => stringify(change(parse(key, rebase(from, current, base, text))))
      return queued(from, (start) => write(from, start, textOn, writeOptions))
    },

    touch: (from, writeOptions = {}) => queued(from, (start) => extend(start, writeOptions)),

    async regenerate(from, base, data, regenerateOptions = {}) {
      const text = stringify(data)
      return queued(from, (start) => regenerate(parts, from, base, text, start, regenerateOptions))
    },

    async destroy(key) {
      await records.delete(key)
    },
  }
}
