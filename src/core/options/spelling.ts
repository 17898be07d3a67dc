import { NAMES } from './kinds.ts'
import type { SessionOptions } from './types.ts'

/** What to do about an unknown name, as the end of a sentence. */
export function suggestion(name: string): string {
  const ours = (Object.hasOwn(FAMILIAR, name) ? FAMILIAR[name] : undefined) ?? closest(name, NAMES)
  return ours ? `; did you mean \`${ours}\`?` : '; the options are listed in docs/configuration.md'
}

/** The candidate that a misspelled name most likely means; `undefined` when none is near. */
export function closest<Name extends string>(name: string, candidates: readonly Name[]): Name | undefined {
  // More than two letters longer or shorter is never near, and a name may be a megabyte.
  const near = candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= 2)
    .map((candidate) => ({ candidate, by: distance(candidate.toLowerCase(), name.toLowerCase()) }))
  return near.filter(({ by }) => by <= 2).toSorted((a, b) => a.by - b.by)[0]?.candidate
}

/** Names that users of neighbouring packages try, and ours. */
const FAMILIAR: Readonly<Record<string, keyof SessionOptions>> = {
  password: 'secretKey',
  secret: 'secretKey',
  secrets: 'secretKey',
  secretKeys: 'secretKey',
  idleTimeout: 'maxStale',
  idleTime: 'maxStale',
  rolling: 'touchAfter',
  table: 'tableName',
  base: 'keyPrefix',
  prefix: 'keyPrefix',
  hashKey: 'tableKey',
  partitionKey: 'tableKey',
  dynamoDbClient: 'client',
  readCapacityUnits: 'readCapacity',
  writeCapacityUnits: 'writeCapacity',
}

/** Levenshtein's distance, for misspelled names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
