import { InvalidArgumentError, SessionDataError } from '../../base/errors.ts'
import { isPlainObject } from '../../base/is-plain-object.ts'
import type { AttributeValue } from '../../dynamodb/dynamo.ts'
import { isWellFormed } from '../../base/well-formed.ts'
import type { ResolvedOptions } from '../../options/options.ts'
import { integerAt, keepTexts } from './exact-text.ts'
import type { Snapshot } from './snapshot.ts'
import { userIdAttribute } from './user-id.ts'

/** Data as one operation found it. The caller may change the data afterwards, so that all of it is taken at once. */
export interface Content {
  readonly text: string
  /** The `user_id` attribute, where `userIdKey` names a user in the data. */
  readonly userId: AttributeValue | undefined
}

/** Data as text and back. */
export interface Serialization {
  /** Throws `InvalidArgumentError` for data that cannot be serialized. */
  serialize(data: unknown): Content
  /** The same for data that has to be an object again when it is read: a `toJSON` may make something else of it. */
  serializeObject(data: object): Content
  /**
   * The content with the stored text of every value that is as it was: other programs write integers that JavaScript rounds.
   * @param before what is stored; `base`: what the data was made from.
   * @throws InvalidArgumentError where a value that changed would take such an integer along, rounded.
   */
  keeping(content: Content, before: string, base?: string): Content
  /** What a text holds that is stored already. */
  contentOf(key: string, text: string): Content
  /** The text of one value within the data; `undefined` where it would be left out. */
  stringify(value: unknown): string | undefined
  /** Throws `SessionDataError` for a text that the serializer does not understand. */
  parse(key: string, text: string): unknown
  /** The data of a session of values by name; throws `SessionDataError` where it is something else. */
  parseObject(snapshot: Snapshot): Record<string, unknown>
}

/** Base64 of Ruby's Marshal, version 4.8, of a Hash or an object. https://docs.ruby-lang.org/en/master/marshal_rdoc.html */
const MARSHAL = /^BA[g-j]/
const OF_RUBY =
  "has data in Ruby's Marshal format, which only Ruby reads: set `serializer: :json_allow_marshal` for the gem, with which Ruby stores each " +
  'such session as JSON when it saves it next'

const ROUNDED =
  'would change an integer above 2^53 that another program stored: JavaScript has rounded it, and a value beside it in the same key of the ' +
  'session was changed. Store it as a text there, or in a key of its own'

export function createSerialization({ serializer, userIdKey }: ResolvedOptions, keyPrefix: string): Serialization {
  const userIdOf = (data: unknown, text: string): AttributeValue | undefined =>
    userIdKey === undefined
      ? undefined
      : userIdAttribute(data, userIdKey, keyPrefix, serializer === JSON ? () => integerAt(text, userIdKey) : undefined)

  /** JSON leaves out what it cannot write, such as functions, in place of an error. */
  function stringify(value: unknown): string | undefined {
    try {
      return serializer.stringify(value) as string | undefined
    } catch (error) {
      throw new InvalidArgumentError('data', 'cannot be serialized; session data must be plain values, without cycles and bigints', {
        cause: error,
      })
    }
  }

  function serialize(data: unknown): Content {
    const text: unknown = stringify(data)
    if (typeof text !== 'string')
      throw new InvalidArgumentError('data', `cannot be serialized: it is ${data === undefined ? 'undefined' : `a ${typeof data}`}`)
    // JSON escapes it; another serializer may not.
    if (serializer !== JSON && !isWellFormed(text))
      throw new InvalidArgumentError('data', 'must serialize to well-formed Unicode: the text holds half of a surrogate pair')
    return { text, userId: userIdOf(data, text) }
  }

  function parse(key: string, text: string): unknown {
    try {
      return serializer.parse(text)
    } catch {
      // Not even as a cause: a parser's message quotes the text.
      throw new SessionDataError(key, MARSHAL.test(text) ? OF_RUBY : 'has data that the serializer cannot parse')
    }
  }

  const contentOf = (key: string, text: string): Content => ({
    text,
    userId: userIdKey === undefined ? undefined : userIdOf(parse(key, text), text),
  })

  return {
    serialize,
    stringify,
    parse,
    serializeObject(data) {
      const content = serialize(data)
      if (serializer === JSON && !content.text.startsWith('{'))
        throw new InvalidArgumentError('data', 'has a `toJSON` of its own that makes it no object')
      return content
    },
    keeping(content, before, base = before) {
      if (serializer !== JSON) return content
      const text = keepTexts(content.text, before, base)
      if (text === undefined) throw new InvalidArgumentError('data', ROUNDED)
      return text === content.text ? content : contentOf('', text)
    },
    contentOf,
    parseObject({ state, text }) {
      const data = parse(state.key, text)
      if (isPlainObject(data)) return data
      throw new SessionDataError(state.key, 'does not hold an object')
    },
  }
}
