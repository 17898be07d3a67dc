import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { H3 } from 'h3'
import type { H3Event } from 'h3'
import { measure, measuredBefore } from './comparison.ts'
import { createFaults, FAULTS } from './faults.ts'
import type { Live } from './live.ts'
import { createOnlooker } from './onlooker.ts'
import { membersOf, textOf } from './page.ts'
import type { Loaded, PlaygroundPage } from './page.ts'
import { createPages } from './pages.ts'
import type { PlaygroundOptions } from './pages.ts'
import { recentVisits, visit } from './requests.ts'
import type { Visit } from './requests.ts'
import { isSameOrigin, messageOf, namesHost, otherSite, respond } from './respond.ts'
import { renderAnotherSite, renderNotice, renderPage, renderParts } from './views/document.ts'
import type { View } from './views/document.ts'

export interface AppOptions extends PlaygroundOptions {
  /** Reads items for the page to show; its requests are not counted. */
  readonly onlooker: DynamoDBClient
  readonly tableKey: string
  readonly engine: string
  /** Of a local engine: what pages cost elsewhere is measured there. */
  readonly endpoint?: string | undefined
  /** The only names that this server is visited by, so that no other site's name can lead here; absent where anybody may visit it. */
  readonly hosts?: readonly string[] | undefined
  readonly live: Live
}

const MAX_LOADERS = 8
const SHOWN_BEFORE = 5

export function createPlayground(options: AppOptions): H3 {
  const app = new H3()
  const { engine, tableName, tableKey, live, endpoint, hosts } = options
  const faults = createFaults([options.client, options.rival])
  const pages = createPages(options)
  const onlooker = createOnlooker(options.onlooker, tableName, tableKey)
  let comparison = measuredBefore()

  if (hosts) {
    app.use((event, next) => {
      if (namesHost(event.req, hosts)) return next()
      return respond(421, renderNotice({ status: 421, title: 'Not here', message: `This server is ${hosts.join(' or ')}.`, back: '/' }))
    })
  }

  async function viewOf(page: PlaygroundPage, event: H3Event, loaded?: Loaded, noted?: Visit): Promise<View> {
    const keys = new Map<string, string>()
    for (const each of pages) {
      const key = each.title === page.title ? await each.keyOf(event) : undefined
      if (key !== undefined) keys.set(each.browser, key)
    }
    const key = keys.get(page.browser)
    const [item, items] = await Promise.all([key === undefined ? undefined : onlooker.item(key), onlooker.items()])
    const user = loaded?.data.user ?? item?.user_id?.S
    return {
      path: page.path,
      engine,
      tableName,
      tableKey,
      pages,
      page,
      other: pages.find((each) => each.title === page.title && each !== page) as PlaygroundPage,
      loaded,
      key,
      item,
      items,
      noted,
      before: recentVisits()
        .filter((each) => each !== noted && each.browser === page.browser)
        .slice(0, SHOWN_BEFORE),
      user,
      sessions: user === undefined ? [] : await onlooker.sessionsOf(user),
      holders: new Map([...keys].map(([browser, held]) => [held, browser])),
      comparison,
      canMeasure: endpoint !== undefined,
      otherSite: otherSite(event.req),
      faults,
    }
  }

  async function view(page: PlaygroundPage, event: H3Event): Promise<Response> {
    if (event.url.searchParams.has('peek')) return respond(200, renderParts(await viewOf(page, event)))
    const loaders = Math.min(MAX_LOADERS, Math.max(1, Number(event.url.searchParams.get('loaders')) || 1))
    const cookies = (): string[] => event.res.headers.getSetCookie()
    const { result: loaded, noted } = await visit(
      { label: `GET ${page.path}`, browser: page.browser },
      () => page.load(event, loaders),
      cookies,
      live.show,
    )
    return respond(200, renderPage(await viewOf(page, event, loaded, noted)))
  }

  async function members(page: PlaygroundPage, event: H3Event): Promise<Response> {
    const { result: user } = await visit(
      { label: `GET ${membersOf(page)}`, browser: page.browser },
      () => page.member(event),
      () => [],
      live.show,
    )
    const title = user === undefined ? 'Members only' : `Welcome, ${user}`
    const message =
      user === undefined
        ? 'Nobody is logged in here, so that this page is answered with 401. Log in, and come back.'
        : 'Only who is logged in gets here. The session was read once, and nothing was written.'
    const status = user === undefined ? 401 : 200
    return respond(status, renderNotice({ status, title, message, back: page.path }))
  }

  async function act(page: PlaygroundPage, event: H3Event): Promise<Response> {
    const form = await formOf(event, page.path)
    if (form instanceof Response) return form
    const intent = page.intents.find((known) => known === form.get('intent'))
    if (!intent) return notUnderstood(page.path)
    // Of an order the page judges by itself, as an application does.
    if (intent !== 'order' && !isSameOrigin(event.req)) return fromElsewhere(page.path)
    const cookies = (response: Response): string[] => [...response.headers.getSetCookie(), ...event.res.headers.getSetCookie()]
    const asked = { label: `POST ${page.path} ${intent}`, browser: page.browser, isSlow: form.get('slow') === 'on' }
    const { result } = await visit(asked, () => page.act(event, intent, form), cookies, live.show)
    return result
  }

  async function failed(error: unknown, back: string): Promise<Response> {
    // Of React Router, which throws responses.
    if (error instanceof Response)
      return respond(error.status, renderNotice({ status: error.status, title: 'Refused', message: await error.text(), back }))
    const { status, title, message } = messageOf(error)
    if (status >= 500 && faults.fault === 'none') console.error(error)
    return respond(status, renderNotice({ status, title, message, back, hasFault: faults.fault !== 'none' }))
  }

  for (const page of pages) {
    const { path } = page
    app.get(path, (event) => view(page, event).catch((error: unknown) => failed(error, path)))
    app.post(path, (event) => act(page, event).catch((error: unknown) => failed(error, path)))
    app.get(membersOf(page), (event) => members(page, event).catch((error: unknown) => failed(error, path)))
  }

  app.get('/another-site', (event) => {
    const target = otherSite(event.req)
    const page = pages.find(({ path }) => path === event.url.searchParams.get('form'))
    if (!target || !page) return notUnderstood('/')
    return respond(200, renderAnotherSite({ action: target + page.path }), target)
  })
  addSettings(app, pages, failed, {
    '/faults': (form) => {
      const fault = FAULTS.find((each) => each === textOf(form, 'fault'))
      if (fault) faults.set(fault)
    },
    '/compare': async () => {
      if (endpoint !== undefined) comparison = await measure(endpoint)
    },
  })
  app.get('/events', () => {
    const stream = live.listen().pipeThrough(new TextEncoderStream())
    // A connection that would be kept for another request is one that stopping has to wait for.
    return new Response(stream, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', Connection: 'close' } })
  })
  return app
}

/** Of the whole playground; they lead back to the page that they stand on. */
function addSettings(
  app: H3,
  pages: readonly PlaygroundPage[],
  failed: (error: unknown, back: string) => Promise<Response>,
  settings: Record<string, (form: FormData) => void | Promise<void>>,
): void {
  for (const [path, set] of Object.entries(settings)) {
    app.post(path, async (event) => {
      if (!isSameOrigin(event.req)) return fromElsewhere('/')
      const form = await formOf(event, '/')
      if (form instanceof Response) return form
      const back = pages.find((page) => page.path === form.get('back'))?.path ?? '/'
      try {
        await set(form)
      } catch (error) {
        return failed(error, back)
      }
      // The script puts parts in place, and views no page.
      const isScript = event.req.headers.get('Accept')?.includes('application/x-parts') === true
      return new Response(null, { status: 303, headers: { Location: isScript ? `${back}?peek` : back } })
    })
  }
}

async function formOf(event: H3Event, back: string): Promise<FormData | Response> {
  return (await event.req.formData().catch(() => undefined)) ?? notUnderstood(back)
}

function fromElsewhere(back: string): Response {
  return respond(403, renderNotice({ status: 403, title: 'Refused', message: 'The form was sent from another site.', back }))
}

function notUnderstood(back: string): Response {
  const message = 'The form says nothing that this page can do.'
  return respond(400, renderNotice({ status: 400, title: 'Not understood', message, back }))
}
