// What Nuxt and Nitro give the runtime files when they build an application.
declare module '#imports' {
  interface Ref<T> {
    value: T
  }
  // Of the server
  export function useRuntimeConfig(): { readonly dynamodbSessions: Readonly<Record<string, unknown>> }
  export function createError(input: { statusCode: number; message: string; cause: unknown; unhandled: true }): Error
  export function getRouteRules(event: object): Readonly<Record<string, unknown>>
  export function defineEventHandler<Result>(handler: (event: import('dynamodb-sessions/h3').SessionEvent) => Result): unknown
  // Of the application
  export function computed<T>(get: () => T): import('vue').ComputedRef<T>
  export function defineNuxtPlugin(plugin: { name: string; enforce: 'pre'; setup: () => Promise<void> }): unknown
  export function readonly<T extends object>(target: T): Readonly<T>
  export function useRequestEvent(): import('dynamodb-sessions/h3').SessionEvent | undefined
  export function useNuxtApp(): object
  export function useRequestFetch(): (path: string) => Promise<unknown>
  export function useState<T>(key: string, init?: () => T): Ref<T>
}

declare module '#dynamodb-sessions' {
  // Nuxt takes the type of what it imports into pages from the file itself, which is built before the application's keys are known.
  export function useDynamoSessionData(): import('vue').ComputedRef<Readonly<Record<string, unknown>>> & {
    readonly data: import('vue').ComputedRef<Readonly<Record<string, unknown>>>
    readonly loggedIn: import('vue').ComputedRef<boolean>
    refresh(): Promise<void>
    clear(): void
  }
}

declare module '#dynamodb-sessions/public' {
  export const publicKeys: readonly string[]
  export const csrfOptions: import('../core/csrf/types.ts').CsrfOptions
}

declare module 'vue' {
  export interface ComputedRef<T> {
    readonly value: T
  }
}

interface ImportMeta {
  /** Whether the code runs while pages are made at build time. */
  readonly prerender?: boolean
}
