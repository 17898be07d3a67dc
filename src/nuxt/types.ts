import { SERVER_UTILITIES } from './utilities.ts'

/** The module that users augment: `declare module '#dynamodb-sessions' { interface SessionData { userId: string } }`. */
export const TYPES_MODULE = '#dynamodb-sessions'

/**
 * The types of an application's sessions, written into its build folder. Were they shipped, an augmentation would meet them only
 * where TypeScript finds the very same copy of this package.
 */
export function declarations(publicKeys: readonly string[]): string {
  return `// Made by dynamodb-sessions/nuxt
declare module '${TYPES_MODULE}' {
  import type { SessionUtilities } from 'dynamodb-sessions/nuxt'
  import type { H3Event } from 'h3'

  /** What sessions hold. Augment it. */
  export interface SessionData {}
  /** Keys that pages get, by the option \`public\`. */
  export type PublicKey = ${publicKeys.map((key) => JSON.stringify(key)).join(' | ') || 'never'}
  export type Data = [keyof SessionData] extends [never] ? Record<string, unknown> : SessionData
  export type PublicSessionData = { readonly [Key in PublicKey]?: Key extends keyof Data ? Data[Key] : unknown }

${SERVER_UTILITIES.map((name) => `  export const ${name}: SessionUtilities<Data, H3Event>['${name}']`).join('\n')}
  /** What the page may know of the session: its public data, and what is around it. */
  export interface PublicSession extends Readonly<import('vue').ComputedRef<PublicSessionData>> {
    /** The same, for those who take it apart. Empty without a session, and on pages that are cached or made at build time. */
    readonly data: import('vue').ComputedRef<PublicSessionData>
    /** Whether \`requireDynamoSession\` lets the user in: there is a session, which holds \`userIdKey\` where that is set. */
    readonly loggedIn: import('vue').ComputedRef<boolean>
    /** Asks the server again, which only reads. */
    refresh(): Promise<void>
    /** Forgets what the page knows, after a log-out. It ends no session: your own route does. */
    clear(): void
  }
  export function useDynamoSessionData(): PublicSession
}
`
}
