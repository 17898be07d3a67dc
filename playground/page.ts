import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { H3Event } from 'h3'
import type { SessionStore } from '../src/index.ts'
import type { Race } from './race.ts'

/** Seconds that a session starts with. */
export const TEN_MINUTES: number = 10 * 60

/** What a session holds. */
export interface Data {
  user?: string
  count?: number
  note?: string
  [key: `server ${number}`]: string
}

/** What every page needs to open its sessions. */
export interface PageContext {
  readonly options: { readonly client: DynamoDBClient; readonly tableName: string; readonly hashIds: true; readonly userIdKey: string }
  readonly secret: string
  readonly store: SessionStore<Data>
  /** Between two servers that know the page's lifetime, since what they write extends the session. */
  readonly raceOf: (lifetime: { readonly maxStale?: number }) => Race
}

/** One framework's way to hold a session, at one path. */
export interface PlaygroundPage {
  readonly path: string
  readonly title: string
  /** What its buttons ask for, in their order. */
  readonly intents: readonly Intent[]
  /** What the application sees when the page is viewed. */
  load(event: H3Event): Promise<Loaded>
  /** Does what a button asks for, and redirects to the page. */
  act(event: H3Event, intent: Intent, form: FormData): Promise<Response>
  /** The table's key for the session that the request's cookie names, whether it lives or not. No request is made. */
  keyOf(event: H3Event): Promise<string | undefined>
}

export interface Loaded {
  readonly isNew: boolean
  /** What it holds but for the message. */
  readonly data: Partial<Data>
  /** A message that is shown once. */
  readonly message: string | undefined
  readonly createdAt?: Date | undefined
  readonly expiresAt?: Date | undefined
}

export type Intent =
  | 'log-in'
  | 'note'
  | 'count'
  | 'count-locked'
  | 'flash'
  | 'regenerate'
  | 'members'
  | 'extend'
  | 'expire'
  | 'clear'
  | 'destroy'
  | 'destroy-all'
  | 'race-merge'
  | 'race-same'

const LONGEST = 80

/** A text that somebody typed. */
export function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '')
    .trim()
    .slice(0, LONGEST)
}

export function redirectTo(location: string, setCookie = ''): Response {
  const headers = new Headers({ Location: location })
  if (setCookie) headers.set('Set-Cookie', setCookie)
  return new Response(null, { status: 303, headers })
}
