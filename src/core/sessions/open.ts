import { InvalidOptionError } from '../base/errors.ts'
import { createLruMap } from '../base/lru.ts'
import { warnOnce } from '../base/warn-once.ts'
import { CONNECTION } from '../options/types.ts'
import { resolveOptions } from '../options/options.ts'
import type { ResolvedOptions, SessionOptions } from '../options/options.ts'
import { createItems, driverSlot } from '../items/items.ts'
import type { Items } from '../items/items.ts'
import { prefixProblem } from '../items/own-keys.ts'
import { createSessions } from './sessions.ts'
import type { Sessions } from './sessions.ts'
import { withTracing } from './tracing.ts'

/** Sessions on the driver that the options name, or on shared items of their own. */
export function openSessions(options: object, fallback: Partial<SessionOptions> = {}, latestExpiry?: number): Sessions {
  const resolved = resolveOptions(options, process.env, fallback)
  const items = resolved.driver === undefined ? sharedItems(resolved) : itemsOf(resolved.driver, options)
  warnOfPrefix({ keyPrefix: items.options.keyPrefix, hashIds: resolved.hashIds })
  return withTracing(createSessions(items, resolved, latestExpiry))
}

/** Warns once of each prefix that is the beginning of others. An error would log everybody out, as another prefix does. */
function warnOfPrefix(naming: Pick<ResolvedOptions, 'keyPrefix' | 'hashIds'>): void {
  const problem = prefixProblem(naming)
  if (problem === undefined) return
  const { keyPrefix } = naming
  warnOnce(
    'PREFIX_WITHOUT_SEPARATOR',
    `The \`keyPrefix\` ${keyPrefix} ${problem}. Its sessions go on working, and end when it is changed`,
    keyPrefix,
  )
}

function itemsOf(driver: object, options: object): Items {
  const items = driverSlot.get(driver)
  if (!items) {
    const { name } = driver as { name?: unknown }
    throw new InvalidOptionError(
      'driver',
      `is ${typeof name === 'string' ? `the driver named ${name}` : 'no driver'}, not one made by dynamodb-sessions/driver: is the mount missing?`,
    )
  }
  for (const name of CONNECTION) {
    const value = (options as SessionOptions)[name]
    if (value !== undefined && value !== items.options[name]) {
      throw new InvalidOptionError(name, 'goes with the driver: give it to dynamodb-sessions/driver, or leave `driver` out')
    }
  }
  return items
}

const shared = createLruMap<string, Items>(64, (items) => items.dynamo.dispose())
const identities = new WeakMap<object, number>()
let identified = 0

/** One client, and one queue of writers, for all stores of equal table and connection options in this process. */
function sharedItems(options: ResolvedOptions): Items {
  const content = JSON.stringify(
    CONNECTION.map((name) => (name === 'client' || typeof options[name] === 'function' ? identity(options[name]) : options[name])),
  )
  const found = shared.get(content) ?? createItems(options)
  shared.set(content, found)
  return found
}

/** Another table by the same connection, whose items have this key and nothing of our names. */
export function openTable({ options }: Items, tableName: string, tableKey: string): Items {
  return sharedItems({ ...options, tableName, tableKey, keyPrefix: '', sortKey: undefined, sortKeyValue: undefined })
}

/** A number that stands for an object or a function as long as it lives. */
export function identity(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const known = identities.get(value as object) ?? ++identified
  identities.set(value as object, known)
  return known
}
