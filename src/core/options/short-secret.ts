// Secrets that can be found by trying. https://datatracker.ietf.org/doc/html/rfc2104#section-3
import type { SessionOptions } from './types.ts'

/** Characters. */
const SHORTEST = 16
const MAKE_ONE = 'use what `openssl rand -base64 32` prints'

/** What is wrong with a secret in production; elsewhere it is only warned of. */
export function shortSecretProblem(secret: string): string | undefined {
  if (secret.length >= SHORTEST || process.env.NODE_ENV !== 'production') return undefined
  return `must have at least ${SHORTEST} characters in production, or it can be found by trying: ${MAKE_ONE}`
}

let isWarned = false

/** Warns once of secrets that production refuses. */
export function warnOfShortSecrets({ secretKey }: Pick<SessionOptions, 'secretKey'>): void {
  if (isWarned || [secretKey ?? []].flat().every(({ length }) => length >= SHORTEST)) return
  isWarned = true
  process.emitWarning(`A \`secretKey\` has less than ${SHORTEST} characters, which is refused in production: ${MAKE_ONE}`, {
    type: 'DynamoSessionWarning',
    code: 'SHORT_SECRET_KEY',
  })
}
