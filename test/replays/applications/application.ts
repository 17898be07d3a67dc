// What the applications of the replays have in common.
import type { SessionOptions } from '../../../src/index.ts'

export const SECRET = 'a long and random secret, of 32 characters at least'

/** Options that every entry takes. */
export type Options = Omit<SessionOptions, 'cookie' | 'migrate'> & { readonly secretKey: string }

export interface Started {
  readonly origin: string
  stop(): unknown
}

export type Start = (options: Options) => Promise<Started>

/** The data that `GET /` shows. */
export function shown({ user, a, b }: { user?: unknown; a?: unknown; b?: unknown }): object {
  return { user, a, b }
}
