import { InvalidIDError, InvalidOptionError, SessionConflictError, isRetryable } from '../../base/errors.ts'
import { generateToken, isId } from '../../base/id.ts'
import { now } from '../../base/time.ts'
import type { Item } from '../../dynamodb/dynamo.ts'
import { numeric } from '../../items/state.ts'
import { kinAttribute } from '../../items/tombstone.ts'
import { contentAttributes, keyOf } from '../context.ts'
import type { Context } from '../context.ts'
import { times } from '../record/lifetime.ts'
import { logInAttributes, ownLogIn } from '../record/log-in.ts'
import type { Kept, LogIn } from '../record/log-in.ts'
import type { Content } from '../record/serialize.ts'
import type { Snapshot, WriteOptions } from '../record/snapshot.ts'

export interface CreateOptions extends WriteOptions, LogIn {
  /** What goes on from another record, beside what this request says of itself. */
  readonly kept?: Kept | undefined
  /** In place of a random one. */
  readonly id?: string | undefined
  /** Whether a random one may take the place of `id` where an attempt of the creation may arrive late. */
  readonly isExchangeable?: boolean | undefined
  /** In place of the present, in seconds since the epoch. */
  readonly createdAt?: number | undefined
  /** When it is written, at the earliest: a host whose clock is behind moves no time back. */
  readonly notBefore?: number | undefined
  /** The keys of records that end with this one. */
  readonly kin?: readonly string[] | undefined
}

const ID_ATTEMPTS = 5

/**
 * Stores a new session in one request. An id that is taken is drawn again.
 *
 * Where an attempt got no answer, or one of 5xx, it may still be carried out after the session has ended, and would bring it back. Nobody
 * knows the id yet, so that another takes its place: once, and only while the operation lasts, so that trouble is not multiplied.
 * @throws SessionConflictError where a session of the given `id` exists.
 */
export async function create(context: Context, content: Content, given: CreateOptions = {}): Promise<Snapshot> {
  const { id, isExchangeable = id === undefined } = given
  const kept = { ...given.kept, ...ownLogIn(given, now(), content.userId !== undefined) }
  const options = { ...given, kept }
  if (id !== undefined && !isId(id)) throw new InvalidIDError('`id`')
  const first = await put(context, content, options)
  if (!first.mayArriveLate || !isExchangeable) return first.snapshot
  const { items } = context
  const second = await put(context, content, { ...options, id: undefined }).catch(unlessUnavailable)
  // What is stored counts where the other cannot be had.
  if (!second) return first.snapshot
  await items.discard(first.snapshot.state.key)
  return second.snapshot
}

interface Put {
  readonly snapshot: Snapshot
  readonly mayArriveLate: boolean
}

async function put(
  context: Context,
  content: Content,
  { id: given, asked, createdAt, notBefore = 0, kin = [], kept = {} }: CreateOptions,
): Promise<Put> {
  const { options, items, lifetime } = context
  const version = generateToken()
  const rawKin = kinAttribute(kin)
  for (let attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
    const id = given ?? options.generateId()
    if (!isId(id)) throw new InvalidOptionError('generateId', 'must return 16 to 128 characters of A-Z a-z 0-9 _ -')
    const key = keyOf(context, id)
    const at = Math.max(now(), notBefore)
    const born = createdAt ?? at
    const expireAt = lifetime.expiry(born, at, asked)
    const logIn = await logInAttributes(context, key, at, kept)
    const item: Item = {
      ...(await contentAttributes(context, key, content)),
      ...logIn.item,
      ...times(at, expireAt, asked),
      created_at: numeric(born),
      version: { S: version },
      ...(rawKin ? { kin: rawKin } : {}),
    }
    const { done, mayArriveLate } = await items.create(key, item)
    if (done) {
      const state = {
        key,
        createdAt: born,
        hasCreatedAt: true,
        updatedAt: at,
        expireAt,
        maxExpireAt: asked,
        rawMaxExpireAt: item.max_expire_at,
        version,
        moved: undefined,
        rawKin,
        rawUpdatedAt: numeric(at),
        ...logIn.state,
      }
      return { snapshot: { id, text: content.text, state }, mayArriveLate }
    }
    if (given !== undefined) throw new SessionConflictError(key, 'exists already')
  }
  throw new InvalidOptionError('generateId', `drew ${ID_ATTEMPTS} ids in a row that are taken`)
}

function unlessUnavailable(error: unknown): undefined {
  if (!isRetryable(error)) throw error
}
