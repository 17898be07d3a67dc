// What users of dynamodb-sessions/h3 see beside the session itself.
import type { DynamoSession, DynamoSessionOptions } from '../web/types.ts'

/** What we need of an event; `H3Event` of h3 1 and of h3 2 both have it. */
export interface SessionEvent {
  readonly context: object
  readonly headers: Headers
}

/** How a route tells who may enter. */
export interface RequireOptions<Data extends object> extends DynamoSessionOptions {
  /** In place of the rule that there is a session, which holds `userIdKey` where that is set. */
  check?: ((session: DynamoSession<Data>) => boolean | Promise<boolean>) | undefined
}

/** Middleware of both majors; h3 1 calls it without `next`. */
export type SessionMiddleware = (event: SessionEvent, next?: () => unknown) => Promise<unknown>
