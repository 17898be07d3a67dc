import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { H3Event } from 'h3'
import { reactRouterPage } from './react-router.ts'

/** What every page needs to open its sessions. */
export interface PageContext {
  /** Its requests are noted with the HTTP request that they are made for. */
  readonly client: DynamoDBClient
  readonly tableName: string
  readonly secret: string
}

/** One framework's way to hold a session, at one path. */
export interface PlaygroundPage {
  readonly path: string
  readonly title: string
  /** What the application sees when the page is viewed. */
  load(event: H3Event): Promise<Loaded>
  /** Does what a button asks for, and redirects to the page. */
  act(event: H3Event, intent: Intent, form: FormData): Promise<Response>
  /** The table's key for the session that the request's cookie names, whether it lives or not. No request is made. */
  keyOf(event: H3Event): Promise<string | undefined>
}

export interface Loaded {
  readonly isNew: boolean
  readonly user: string | undefined
  readonly count: number
  /** A message that is shown once. */
  readonly message: string | undefined
  readonly data: object
  /** `''`: none to send. */
  readonly setCookie: string
}

export const INTENTS = ['log-in', 'count', 'flash', 'extend', 'expire', 'destroy'] as const
export type Intent = (typeof INTENTS)[number]

/** The first page is the start page. */
export function createPages(context: PageContext): PlaygroundPage[] {
  return [reactRouterPage('/', context)]
}
