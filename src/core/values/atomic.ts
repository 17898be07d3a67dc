// What is done to a value in one step, so that of several requests at once each counts once.
import type { Deadline } from '../base/deadline.ts'
import { SessionConflictError } from '../base/errors.ts'
import { generateToken } from '../base/id.ts'
import { now } from '../base/time.ts'
import { createCodec } from '../items/codec.ts'
import type { CodecOptions } from '../items/codec.ts'
import type { Items } from '../items/items.ts'
import { WRITABLE } from '../items/schema.ts'
import { isLive, numeric, timeOf } from '../items/state.ts'
import { contentOf } from './content.ts'

export interface Atomic {
  /** Deletes a value and returns it; of several callers one gets it, the others `null`. */
  take(key: string): Promise<string | Buffer | null>
  /**
   * Adds one, and returns the count. `ttl` in seconds counts from the first; later ones do not extend it. An attempt whose outcome is
   * unknown counts twice only where others counted in between.
   */
  increment(key: string, ttl: number): Promise<number>
  /**
   * Reads a value, and where a tenth of its lifetime, in seconds, has passed since its last write or use, gives it a new one. 0: never.
   * `deadline`: that of the operation that it ends; it reads consistently then.
   */
  use(key: string, lifetime: number, deadline?: Deadline): Promise<string | Buffer | null>
  /** Deletes a value for good: for a minute no late writer brings it back. */
  end(key: string): Promise<void>
}

/** Seconds. */
const ENDED_FOR = 60
const ATTEMPTS = 5
/** What a counter's `data` says, so that it is there for readers. Its count is an attribute of its own. */
const DATA = { S: '' }

/** @param options those of the adapter: its `items` may be those of whoever opened the table first. */
export function createAtomic(items: Items, options: CodecOptions): Atomic {
  const codec = createCodec(options)

  return {
    async take(key) {
      const at = now()
      const { isDeleted, item } = await items.take(key, { expression: WRITABLE, values: { ':now': numeric(at) } })
      return isDeleted ? contentOf(codec, key, item, at) : null
    },

    async increment(key, ttl) {
      const token = generateToken()
      const bounded = items.within(items.begin())
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const at = now()
        const times = { updated_at: numeric(at), expire_at: numeric(Math.ceil(at + ttl)) }
        const answer = await bounded.change(key, {
          set: { version: { S: token }, updated_at: times.updated_at },
          setClauses: ['#counter = #counter + :one'],
          condition: `${WRITABLE} AND attribute_exists(#counter) AND #version <> :version`,
          values: { ':now': numeric(at), ':one': { N: '1' } },
          isOurs: (item) => item?.version?.S === token,
          returnNew: true,
        })
        if (answer.done) return Number(answer.item?.counter?.N)
        const fresh = { data: DATA, counter: { N: '1' }, version: { S: token }, created_at: times.updated_at, ...times }
        if ((await bounded.create(key, fresh, `NOT (${WRITABLE} AND attribute_exists(#counter))`)).done) return 1
      }
      throw new SessionConflictError(key, `was made and expired again during ${ATTEMPTS} attempts to count`)
    },

    async use(key, lifetime, deadline) {
      const bounded = deadline ? items.within(deadline) : items
      const item = await (deadline ? bounded.latest(key) : items.read(key))
      const at = now()
      if (!isLive(key, item, at)) return null
      const isDue = lifetime > 0 && at - (timeOf(key, item, 'updated_at') ?? at) >= lifetime / 10
      if (isDue) {
        await bounded.change(key, {
          set: { updated_at: numeric(at), expire_at: numeric(Math.ceil(at + lifetime)) },
          condition: `${WRITABLE} AND #updated_at <= :updated_at`,
          values: { ':now': numeric(at) },
        })
      }
      return contentOf(codec, key, item, at)
    },

    async end(key) {
      const at = now()
      await items.change(key, {
        set: { ended_at: numeric(at), updated_at: numeric(at), expire_at: numeric(Math.ceil(at + ENDED_FOR)) },
        remove: ['data', 'encoding', 'user_id', 'version', 'counter', 'max_expire_at'],
        condition: 'attribute_exists(#key)',
      })
    },
  }
}
