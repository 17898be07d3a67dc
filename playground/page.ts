import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { H3Event } from 'h3'
import type { SessionOptions, SessionStore } from '../src/index.ts'
import type { Race } from './pages/race.ts'

/** Seconds that a session starts with. */
export const TEN_MINUTES: number = 10 * 60
/** Seconds that a ticked box remembers somebody: a month in an application, and here no longer than any session lives. */
export const REMEMBERED: number = 5 * 60

/** What a session holds. */
export interface Data {
  user?: string
  count?: number
  note?: string
  orders?: number
  [key: `server ${number}`]: string
}

/** Two browsers in one: each has cookies of its own names, and so neither sends the other's session. */
export type Browser = 'a' | 'b'

/** What every page needs to open its sessions. */
export interface PageContext {
  readonly browser: Browser
  readonly options: {
    readonly client: DynamoDBClient
    readonly tableName: string
    readonly hashIds: true
    readonly userIdKey: string
    readonly device: NonNullable<SessionOptions['device']>
  }
  readonly secret: string
  readonly store: SessionStore<Data>
  /** A store that knows the page's lifetime, since what it writes extends the session. */
  readonly storeOf: (lifetime: { readonly maxStale?: number }) => SessionStore<Data>
  /** Between two servers that know it too. */
  readonly raceOf: (lifetime: { readonly maxStale?: number }) => Race
}

/** One framework's way to hold a session, at one path, for one of the browsers. */
export interface PlaygroundPage {
  readonly path: string
  readonly browser: Browser
  readonly title: string
  /** The code of each button, cut out of the file that runs. */
  readonly code: ReadonlyMap<string, string>
  /** What its buttons ask for, in their order. */
  readonly intents: readonly Intent[]
  /** What the application sees when the page is viewed, by so many loaders at once. */
  load(event: H3Event, loaders: number): Promise<Loaded>
  /** Does what a button asks for, and redirects to the page. */
  act(event: H3Event, intent: Intent, form: FormData): Promise<Response>
  /** Who is logged in. */
  member(event: H3Event): Promise<string | undefined>
  /** The table's key for the session that the request's cookie names, whether it lives or not. No request is made. */
  keyOf(event: H3Event): Promise<string | undefined>
}

export interface Loaded {
  readonly isNew: boolean
  /** What it holds but for the message. */
  readonly data: Partial<Data>
  /** A message that is shown once. */
  readonly message: string | undefined
  /** When its user authenticated. */
  readonly authenticatedAt?: Date | undefined
  /** For a form of a session that is stored. */
  readonly token?: string | undefined
  readonly createdAt?: Date | undefined
  readonly expiresAt?: Date | undefined
}

const INTENTS = [
  'log-in',
  'note',
  'count',
  'count-locked',
  'flash',
  'regenerate',
  'extend',
  'token',
  'order',
  'confirm',
  'change-password',
  'expire',
  'clear',
  'destroy',
  'revoke-others',
  'destroy-all',
  'revoke',
  'race-merge',
  'race-same',
] as const
export type Intent = (typeof INTENTS)[number]

/** What a page's buttons ask for, in their order: its framework has no such thing as `missing`. */
export function intentsWithout(missing: Intent): Intent[] {
  return INTENTS.filter((intent) => intent !== missing)
}

const LONGEST = 80

/** A text that somebody typed. */
export function textOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '')
    .trim()
    .slice(0, LONGEST)
}

/** What the log-in's box says of `remember`: ticked, unticked, or that there is no such box. */
export function rememberOf(form: FormData): number | false | undefined {
  const box = textOf(form, 'remember')
  return box === 'ticked' ? REMEMBERED : box === 'unticked' ? false : undefined
}

/** How many seconds old a log-in may be. */
export function secondsOf(form: FormData): number {
  const seconds = Math.floor(Number(textOf(form, 'seconds')))
  return seconds >= 1 && seconds <= 86_400 ? seconds : TEN_MINUTES
}

/** The name of a cookie, which each browser has for itself. */
export function cookieName(browser: Browser, name: string): string {
  return browser === 'a' ? name : `b-${name}`
}

/** Where a page lets in only who is logged in. */
export function membersOf({ path }: Pick<PlaygroundPage, 'path'>): string {
  return path === '/' ? '/members' : `${path}/members`
}

export function redirectTo(location: string, setCookie: string | Headers = ''): Response {
  const headers = setCookie instanceof Headers ? setCookie : new Headers(setCookie ? { 'Set-Cookie': setCookie } : {})
  headers.set('Location', location)
  return new Response(null, { status: 303, headers })
}

export function allAtOnce<T>(loaders: number, load: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: loaders }, load))
}
