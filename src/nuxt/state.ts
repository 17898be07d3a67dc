// What the server and the application's plugin agree on.
import type { SessionEvent } from '../h3/types.ts'

/** Shared by every copy of this package in the process. */
export const PUBLIC_DATA: unique symbol = Symbol.for('dynamodb-sessions.nuxt')
/** The event that a request's session belongs to: its own, or that of the page which asks while it is rendered. */
export const ROOT: unique symbol = Symbol.for('dynamodb-sessions.root')
/** The key of the state in the payload. */
export const STATE = 'dynamodb-sessions'

export interface WithPublicData {
  [PUBLIC_DATA]?: (event: SessionEvent) => Promise<Record<string, unknown>>
}

export interface WithRoot {
  [ROOT]?: SessionEvent | undefined
}
