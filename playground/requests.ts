import { AsyncLocalStorage } from 'node:async_hooks'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** One HTTP request to the playground, and the requests to DynamoDB that it cost. */
export interface Visit {
  readonly number: number
  readonly label: string
  readonly operations: string[]
  milliseconds: number
  /** The cookies that it set, without their values. */
  cookies: readonly string[]
}

const KEPT = 6
const current = new AsyncLocalStorage<Visit>()
const recent: Visit[] = []
let count = 0

/** Runs the handler of an HTTP request, and notes what it costs; `onEnd` is called with that. */
export async function visit<Result>(
  label: string,
  handle: () => Promise<Result>,
  cookiesOf: (result: Result) => readonly string[],
  onEnd: (noted: Visit) => void,
): Promise<{ result: Result; noted: Visit }> {
  const noted: Visit = { number: ++count, label, operations: [], milliseconds: 0, cookies: [] }
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

/** The visit that goes on. */
export function currentVisit(): Visit | undefined {
  return current.getStore()
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
