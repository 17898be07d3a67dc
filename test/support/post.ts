// What a browser, old or new, sends when a form is sent. `fetch` would set some of these headers by itself.
import { once } from 'node:events'
import { request as sendRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Posted {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
}

export async function post(
  origin: string,
  headers: Record<string, string> = {},
  form?: Record<string, string>,
  path = '/',
): Promise<Posted> {
  const body = form && new URLSearchParams(form).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body ?? '')) }
  const outgoing = sendRequest(new URL(path, origin), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...(body === undefined ? {} : type), ...headers },
  })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await text(response), cookies: response.headers['set-cookie'] ?? [] }
}
