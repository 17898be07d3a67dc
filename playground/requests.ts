import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Browser } from './page.ts'

/** One HTTP request to the playground, and the requests to DynamoDB that it cost. */
export interface Visit {
  readonly number: number
  readonly label: string
  /** Who made it. */
  readonly browser?: Browser
  readonly operations: string[]
  /** When it began, in milliseconds since the epoch. */
  readonly at?: number
  /** Whether somebody wants it to take its time between reading and writing. */
  readonly isSlow?: boolean
  milliseconds: number
  /** The cookies that it set, without their values. */
  cookies: readonly string[]
}

const KEPT = 24
/** Milliseconds between reading and writing. */
const SLOW = 3000
const current = new AsyncLocalStorage<Visit>()
const recent: Visit[] = []
let count = 0

/** Runs the handler of an HTTP request, and notes what it costs; `onEnd` is called with that. */
export async function visit<Result>(
  { label, browser, isSlow = false }: Required<Pick<Visit, 'label' | 'browser'>> & Pick<Visit, 'isSlow'>,
  handle: () => Promise<Result>,
  cookiesOf: (result: Result) => readonly string[],
  onEnd: (noted: Visit) => void,
): Promise<{ result: Result; noted: Visit }> {
  const noted: Visit = { number: ++count, label, browser, operations: [], at: Date.now(), isSlow, milliseconds: 0, cookies: [] }
  const began = performance.now()
  try {
    const result = await current.run(noted, handle)
    noted.cookies = cookiesOf(result).map((cookie) => cookie.replace(/=[^;]*/, '=…'))
    return { result, noted }
  } finally {
    noted.milliseconds = performance.now() - began
    recent.unshift(noted)
    recent.length = Math.min(recent.length, KEPT)
    onEnd(noted)
  }
}

const UNNOTICED: Visit = { number: -1, label: 'unnoticed', operations: [], milliseconds: 0, cookies: [] }

/** Runs what is no part of any visit, and of no interest to who looks on. */
export function unnoticed<Result>(look: () => Promise<Result>): Promise<Result> {
  return current.run(UNNOTICED, look)
}

export function isUnnoticed(): boolean {
  return current.getStore() === UNNOTICED
}

/** The visit that goes on. */
export function currentVisit(): Visit | undefined {
  return current.getStore()
}

/** Waits in a slow request. Every page calls it between reading and writing. */
export async function takeTime(): Promise<void> {
  if (current.getStore()?.isSlow) await sleep(SLOW)
}

/** The visits that are over, the last one first. */
export function recentVisits(): readonly Visit[] {
  return recent
}

/** Notes each request that the client sends, retries included, with the visit that it is made for. */
export function noteRequests(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const { commandName = 'unknown' } = context as { commandName?: string }
      current.getStore()?.operations.push(commandName.replace(/Command$/, ''))
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'playgroundNoteRequests' },
  )
  return client
}
