import { createHash } from 'node:crypto'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { H3 } from 'h3'
import type { H3Event } from 'h3'
import { SCRIPT, STYLE } from './assets.ts'
import { markupOf } from './html.ts'
import type { Html } from './html.ts'
import type { Live } from './live.ts'
import type { PlaygroundPage } from './page.ts'
import { createPages } from './pages.ts'
import type { PlaygroundOptions } from './pages.ts'
import { recentVisits, visit } from './requests.ts'
import { renderError, renderPage } from './view.ts'

export interface AppOptions extends PlaygroundOptions {
  /** Reads items for the page to show; its requests are not counted. */
  readonly onlooker: DynamoDBClient
  readonly tableKey: string
  readonly engine: string
  readonly live: Live
}

export function createPlayground(options: AppOptions): H3 {
  const app = new H3()
  const pages = createPages(options)
  const { engine, tableName, tableKey, onlooker, live } = options

  async function itemOf(key: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await onlooker.send(
      new GetItemCommand({ TableName: tableName, Key: { [tableKey]: { S: key } }, ConsistentRead: true }),
    )
    return Item
  }

  async function view(page: PlaygroundPage, event: H3Event): Promise<Response> {
    const cookies = (): string[] => event.res.headers.getSetCookie()
    const { result: loaded, noted } = await visit(`GET ${page.path}`, () => page.load(event), cookies, live.show)
    const key = await page.keyOf(event)
    const item = key === undefined ? undefined : await itemOf(key)
    const before = recentVisits().filter((each) => each !== noted)
    return respond(200, renderPage({ engine, tableName, pages, page, loaded, key, item, noted, before }))
  }

  async function act(page: PlaygroundPage, event: H3Event): Promise<Response> {
    if (!isSameOrigin(event.req)) return respond(403, renderError('Refused', 'The form was sent from another site.'))
    const form = await event.req.formData().catch(() => undefined)
    const intent = page.intents.find((known) => known === form?.get('intent'))
    if (!form || !intent) return respond(400, renderError('Not understood', 'The form says nothing that this page can do.'))
    const cookies = (response: Response): string[] => [...response.headers.getSetCookie(), ...event.res.headers.getSetCookie()]
    const { result } = await visit(`POST ${page.path} ${intent}`, () => page.act(event, intent, form), cookies, live.show)
    return result
  }

  for (const page of pages) {
    app.get(page.path, (event) => view(page, event).catch(failed))
    app.post(page.path, (event) => act(page, event).catch(failed))
  }
  app.get('/events', () => {
    const stream = live.listen().pipeThrough(new TextEncoderStream())
    // A connection that would be kept for another request is one that stopping has to wait for.
    return new Response(stream, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', Connection: 'close' } })
  })
  return app
}

/** Browsers say where a form comes from; what sends neither header is no browser and carries nobody's cookie. */
function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('Sec-Fetch-Site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = request.headers.get('Origin')
  return origin === null || origin === new URL(request.url).origin
}

function failed(error: unknown): Response {
  const { name, message, status = 500 }: Error & { status?: number } = error instanceof Error ? error : new Error(String(error))
  if (status >= 500) console.error(error)
  return respond(status, renderError(name, message))
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  'img-src data:',
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

function respond(status: number, page: Html): Response {
  const headers = new Headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  return new Response(markupOf(page), { status, headers })
}
