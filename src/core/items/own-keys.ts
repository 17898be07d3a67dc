// Which keys of a table are ours. Applications share a table by `keyPrefix`, and one prefix may begin with another: `shop:` and `shop:admin:`.
import { InvalidArgumentError } from '../base/errors.ts'
import { isId } from '../base/id.ts'
import type { ResolvedOptions } from '../options/options.ts'

const HASHED = /^[0-9a-f]{64}$/
/** Ids hold `-` and `_` themselves, so that these part no prefix from an id that is stored as it is. */
const PARTS_IDS = /[:#/|.]$/
const PARTS_TEXT = /[^\p{L}\p{N}]$/u

type Naming = Pick<ResolvedOptions, 'keyPrefix' | 'hashIds'>

/** Whether a key is exactly that of a session: the prefix, and a hash or with `hashIds: false` an id. All else is somebody else's. */
export function isSessionKey(key: string, { keyPrefix, hashIds }: Naming): boolean {
  const rest = key.slice(keyPrefix.length)
  return key.startsWith(keyPrefix) && (hashIds ? HASHED.test(rest) : isId(rest))
}

/** The key, where it is that of a session. @throws InvalidArgumentError */
export function requireSessionKey(key: unknown, naming: Naming): string {
  if (typeof key === 'string' && isSessionKey(key, naming)) return key
  const { keyPrefix, hashIds } = naming
  if (typeof key !== 'string' || !key.startsWith(keyPrefix))
    throw new InvalidArgumentError('key', `must begin with the \`keyPrefix\` ${keyPrefix}`)
  const rest = hashIds ? '64 hex digits, unless `hashIds` is false' : '16 to 128 of A-Z a-z 0-9 _ -'
  throw new InvalidArgumentError('key', `is not that of a session: the \`keyPrefix\` and ${rest}`)
}

/** Whether a key that begins with the prefix is that of a session under a longer one. */
export function isNestedSessionKey(key: string, { keyPrefix }: Naming): boolean {
  const rest = key.slice(keyPrefix.length)
  return rest.length > 64 && HASHED.test(rest.slice(-64)) && PARTS_TEXT.test(rest.slice(0, -64))
}

/** What is wrong with a prefix that other prefixes may go on from; `undefined` when nothing is. */
export function prefixProblem({ keyPrefix, hashIds }: Naming): string | undefined {
  if (keyPrefix === '' || (hashIds ? PARTS_TEXT : PARTS_IDS).test(keyPrefix)) return undefined
  const separator = hashIds ? 'a separator' : 'a separator that no id holds, one of : # / | .'
  return `has no separator at its end, so that it is the beginning of others, such as ${keyPrefix}1: end it with ${separator}, as in \`${keyPrefix}:\``
}
