// Made by dynamodb-sessions/nuxt
declare module '#dynamodb-sessions' {
  import type { SessionStore } from 'dynamodb-sessions'
  import type { DynamoSession } from 'dynamodb-sessions/h3'
  import type { H3Event } from 'h3'

  /** What sessions hold. Augment it. */
  export interface SessionData {}
  /** Keys that pages get, by the option `public`. */
  export type PublicKey = never
  export type Data = [keyof SessionData] extends [never] ? Record<string, unknown> : SessionData
  export type PublicSessionData = { readonly [Key in PublicKey]?: Key extends keyof Data ? Data[Key] : unknown }

  /** The session of a request, by the module's options; its life is extended when that is due. */
  export function useDynamoSession<T extends object = Data>(event: H3Event): Promise<DynamoSession<T>>
  /** The same for a request that must have one: 401 without a session, and without `userIdKey` in it where that is set. */
  export function requireDynamoSession<T extends object = Data>(
    event: H3Event,
    options?: { check?: (session: DynamoSession<T>) => boolean | Promise<boolean> },
  ): Promise<DynamoSession<T>>
  /** A handler that gets the session, under its lock with `enableLocking`. */
  export function withDynamoSession<Result, T extends object = Data>(
    handler: (event: H3Event, session: DynamoSession<T>) => Result | Promise<Result>,
  ): (event: H3Event) => Promise<Result>
  /** The store of these sessions, to list and end those of a user. */
  export function useDynamoSessionStore<T extends object = Data>(): SessionStore<T>
  /** What the page may know of the session; empty without one, and on pages that are cached or made at build time. */
  export function useDynamoSessionData(): import('vue').ComputedRef<PublicSessionData>
}
