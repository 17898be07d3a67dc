import type { ClientOptions } from '../options/types.ts'

/** Milliseconds that a whole operation may take by default: ten seconds, and a caller hears of its failure within them. */
const LEAST = 9800
/** Milliseconds for the pauses between the attempts of one request. */
const PAUSES = 800

/** Milliseconds that a whole operation may take, however many requests it sends: at least as long as all attempts of one of them. */
export function operationTime({ requestTimeout = 0, maxAttempts = 0 }: Pick<ClientOptions, 'requestTimeout' | 'maxAttempts'>): number {
  return Math.max(LEAST, requestTimeout * maxAttempts + PAUSES)
}
