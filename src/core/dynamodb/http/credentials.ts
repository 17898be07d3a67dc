import type { Credentials } from '../../options/types.ts'

/** Milliseconds before their end in which credentials are refreshed, and between two tries. */
const REFRESH_WITHIN = 5 * 60_000
const REFRESH_EVERY = 10_000

export interface FreshCredentials {
  /** Those that are good now; in their last five minutes others are looked for meanwhile. `undefined`: `find` first. */
  current(): Credentials | undefined
  /** Looks for credentials, once for all who ask meanwhile. */
  find(): Promise<Credentials>
}

/** Keeps what `look` finds while it is good. A refresh that fails leaves those that are still good. */
export function keepFresh(look: () => Promise<Credentials>): FreshCredentials {
  let found: Credentials | undefined
  let finding: Promise<Credentials> | undefined
  let next = 0

  const find = (): Promise<Credentials> =>
    (finding ??= look()
      .then((credentials) => (found = credentials))
      .finally(() => (finding = undefined)))

  return {
    find,
    current() {
      const now = Date.now()
      const left = (found?.expiration?.getTime() ?? Infinity) - now
      if (left <= 0) return undefined
      if (left < REFRESH_WITHIN && now >= next) {
        next = now + REFRESH_EVERY
        find().catch(() => {})
      }
      return found
    },
  }
}
