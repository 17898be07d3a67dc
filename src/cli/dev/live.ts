// Requests as server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html
import type { ServerResponse } from 'node:http'

/** A request to DynamoDB and what came of it. */
export interface LiveRequest {
  /** When it came, as `HH:MM:SS.mmm` in UTC. */
  readonly time: string
  readonly operation: string
  readonly table: string
  /** As `shownKey` has it; empty for a request of more than one. */
  readonly key: string
  /** `200`, or the error's name. */
  readonly result: string
  readonly milliseconds: number
}

export interface Live {
  /** Sends what was lately, and then what comes, until the browser leaves. */
  listen(response: ServerResponse): void
  show(request: LiveRequest): void
  close(): void
}

/** Requests that a new listener gets. */
const KEPT = 100
/** Bytes that a listener may be behind; it asks again when it reads on. */
const MOST_BEHIND = 1_000_000

export function createLive(): Live {
  const listeners = new Set<ServerResponse>()
  const kept: string[] = []
  return {
    listen(response) {
      listeners.add(response)
      response.on('close', () => listeners.delete(response)).on('error', () => {})
      // A browser that comes back has what it was told already on its page.
      response.write(`retry: 1000\n\nevent: begin\ndata:\n\n${kept.join('')}`)
    },
    show(request) {
      const text = `data: ${JSON.stringify(request)}\n\n`
      kept.push(text)
      if (kept.length > KEPT) kept.shift()
      for (const response of listeners) {
        if (response.writableLength > MOST_BEHIND) response.destroy()
        else response.write(text)
      }
    },
    close() {
      for (const response of listeners) response.end()
    },
  }
}
