import { createHash } from 'node:crypto'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { H3 } from 'h3'
import type { H3Event } from 'h3'
import { SCRIPT, STYLE } from './assets.ts'
import { markupOf } from './html.ts'
import type { Html } from './html.ts'
import { createPages, INTENTS } from './pages.ts'
import type { PageContext, PlaygroundPage } from './pages.ts'
import { recentVisits, visit } from './requests.ts'
import { renderError, renderPage } from './view.ts'

export interface AppContext extends PageContext {
  /** Looks at items for the page; its requests are nobody's. */
  readonly onlooker: DynamoDBClient
  readonly tableKey: string
  readonly engine: string
}

export function createPlayground(context: AppContext): H3 {
  const app = new H3()
  const pages = createPages(context)

  async function itemOf(key: string): Promise<Record<string, AttributeValue> | undefined> {
    const answer = await context.onlooker.send(
      new GetItemCommand({ TableName: context.tableName, Key: { [context.tableKey]: { S: key } }, ConsistentRead: true }),
    )
    return answer.Item
  }

  async function view(page: PlaygroundPage, event: H3Event): Promise<Response> {
    const { result: loaded, noted } = await visit(`GET ${page.path}`, () => page.load(event))
    const key = await page.keyOf(event)
    const item = key === undefined ? undefined : await itemOf(key)
    const { engine, tableName } = context
    const before = recentVisits().filter((each) => each !== noted)
    return respond(200, renderPage({ engine, tableName, pages, page, loaded, key, item, noted, before }), loaded.setCookie)
  }

  for (const page of pages) {
    app.get(page.path, (event) => view(page, event).catch(failed))
    app.post(page.path, (event) => act(page, event).catch(failed))
  }
  return app
}

async function act(page: PlaygroundPage, event: H3Event): Promise<Response> {
  if (!isSameOrigin(event.req)) return respond(403, renderError('Refused', 'The form was sent from another site.'))
  const form = await event.req.formData().catch(() => undefined)
  const intent = INTENTS.find((known) => known === form?.get('intent'))
  if (!form || !intent) return respond(400, renderError('Not understood', 'The form says nothing that the playground can do.'))
  const { result } = await visit(`POST ${page.path} ${intent}`, () => page.act(event, intent, form))
  return result
}

/** Browsers say where a form comes from; what sends neither header is no browser and carries nobody's cookie. */
function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('Sec-Fetch-Site')
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = request.headers.get('Origin')
  return origin === null || origin === new URL(request.url).origin
}

function failed(error: unknown): Response {
  console.error(error)
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return respond(500, renderError(name, message))
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SCRIPT)}`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

function respond(status: number, page: Html, setCookie = ''): Response {
  const headers = new Headers({
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  if (setCookie) headers.set('Set-Cookie', setCookie)
  return new Response(markupOf(page), { status, headers })
}
