// Requests of an Express application in this process, without a socket, so that what they cost is noted with the visit around them.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { Express } from 'express'

export interface Asked {
  readonly method: string
  readonly url: string
  /** Of the browser's request. */
  readonly headers: Headers
  readonly body?: FormData
}

export interface Answer {
  readonly status: number
  readonly cookies: readonly string[]
  /** What the application left for its view. */
  readonly locals: Record<string, unknown>
}

/** What the application looks at: the session's cookie, and what says who sent the request. */
const PASSED_ON = ['host', 'cookie', 'origin', 'sec-fetch-site', 'x-csrf-token']

export async function ask(app: Express, { method, url, headers, body }: Asked): Promise<Answer> {
  const request = Object.assign(new IncomingMessage(new Socket()), { method, url, body })
  for (const name of PASSED_ON) {
    const value = headers.get(name)
    if (value !== null) request.headers[name] = value
  }
  const response = new ServerResponse(request)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  response.assignSocket(nowhere as unknown as Socket)
  await new Promise<void>((resolve, reject) => {
    response.once('finish', resolve)
    ;(app as unknown as (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void)(
      request,
      response,
      (error) => reject(error instanceof Error ? error : new Error(`Express has no ${method} ${url}`)),
    )
  })
  const cookies = [response.getHeader('Set-Cookie') ?? []].flat().map(String)
  return { status: response.statusCode, cookies, locals: (response as unknown as { locals: Record<string, unknown> }).locals }
}
