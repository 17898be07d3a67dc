// Secrets that can be found by trying. https://datatracker.ietf.org/doc/html/rfc2104#section-3
import { warnOnce } from '../base/warn-once.ts'
import type { SessionOptions } from './types.ts'

/** Characters. */
export const SHORTEST_SECRET = 16
const MAKE_ONE = 'use what `openssl rand -base64 32` prints'

/** What is wrong with a secret in production; elsewhere it is only warned of. */
export function shortSecretProblem(secret: string): string | undefined {
  if (secret.length >= SHORTEST_SECRET || process.env.NODE_ENV !== 'production') return undefined
  return `must have at least ${SHORTEST_SECRET} characters in production, or it can be found by trying: ${MAKE_ONE}`
}

/** Warns once of secrets that production refuses. */
export function warnOfShortSecrets({ secretKey }: Pick<SessionOptions, 'secretKey'>): void {
  if ([secretKey ?? []].flat().every(({ length }) => length >= SHORTEST_SECRET)) return
  const problem = `A \`secretKey\` has less than ${SHORTEST_SECRET} characters, which is refused in production: ${MAKE_ONE}`
  warnOnce('SHORT_SECRET_KEY', problem)
}
