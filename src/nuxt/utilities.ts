import type { SessionStore } from '../core/sessions/store.ts'
import type { VerifyCsrfOptions } from '../core/csrf/types.ts'
import type { DynamoSession } from '../web/types.ts'

/** What the module's server utilities are. `Data` is what sessions hold, `Event` the event of h3 in the application. */
export interface SessionUtilities<Data extends object, Event> {
  /** The session of a request, by the module's options; its life is extended when that is due. */
  useDynamoSession<T extends object = Data>(event: Event): Promise<DynamoSession<T>>
  /** The same for a request that must have one: 401 without a session, and without `userIdKey` in it where that is set. */
  requireDynamoSession<T extends object = Data>(
    event: Event,
    options?: { check?: ((session: DynamoSession<T>) => boolean | Promise<boolean>) | undefined },
  ): Promise<DynamoSession<T>>
  /** A handler that gets the session, under its lock with `enableLocking`. */
  withDynamoSession<Result, T extends object = Data>(
    handler: (event: Event, session: DynamoSession<T>) => Result | Promise<Result>,
  ): (event: Event) => Promise<Result>
  /** Refuses a request that changes something and comes from another origin's page, with 403: for a route where the option `csrf` is not set. */
  verifyCsrf(event: Event, options?: VerifyCsrfOptions): Promise<void>
  /** The store of these sessions, to list and end those of a user. */
  useDynamoSessionStore<T extends object = Data>(): SessionStore<T>
}

/** Their names, for Nuxt's auto-imports. */
export const SERVER_UTILITIES: readonly (keyof SessionUtilities<object, unknown>)[] = [
  'useDynamoSession',
  'requireDynamoSession',
  'withDynamoSession',
  'verifyCsrf',
  'useDynamoSessionStore',
]
