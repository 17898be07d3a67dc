// React Router and Remix 2, whose request handlers get the build of an application of resource routes.
import { serve } from '../../support/serve.ts'
import type { Options, Started } from './application.ts'
import { shown } from './application.ts'

interface Session {
  readonly data: Record<string, unknown>
  set(name: string, value: unknown): void
}

/** What the storages have in common. */
export interface Storage {
  getSession(header?: string | null): Promise<Session>
  commitSession(session: Session): Promise<string>
  destroySession(session: Session): Promise<string>
  regenerateSession(session: Session): Promise<string>
}

interface Asked {
  readonly request: Request
  readonly params: Record<string, string | undefined>
}
type Resource = (asked: Asked) => Promise<Response>
type Handler = (request: Request) => Promise<Response>

export interface Framework {
  createDynamoSessionStorage(options: object): unknown
  createRequestHandler(build: never, mode: string): Handler
}

export function startReactRouter({ createDynamoSessionStorage, createRequestHandler }: Framework, options: Options): Promise<Started> {
  const storage = createDynamoSessionStorage(options) as Storage
  const sessionOf = (request: Request): Promise<Session> => storage.getSession(request.headers.get('Cookie'))
  const reply = (setCookie: string): Response => Response.json({}, { headers: setCookie === '' ? {} : { 'Set-Cookie': setCookie } })

  const loader: Resource = async ({ request }) => {
    const session = await sessionOf(request)
    const setCookie = await storage.commitSession(session)
    return Response.json(shown(session.data), { headers: setCookie === '' ? {} : { 'Set-Cookie': setCookie } })
  }
  const set: Resource = async ({ request, params }) => {
    const session = await sessionOf(request)
    session.set(String(params.key), 1)
    return reply(await storage.commitSession(session))
  }
  const logIn: Resource = async ({ request }) => {
    const session = await sessionOf(request)
    session.set('user', 'ada')
    return reply(await storage.regenerateSession(session))
  }
  const logOut: Resource = async ({ request }) => reply(await storage.destroySession(await sessionOf(request)))

  const handle = createRequestHandler(
    buildOf({
      '': { loader },
      'set/:key': { action: set },
      login: { action: logIn },
      logout: { action: logOut },
    }) as never,
    'production',
  )
  return serve(async (request) => handle(request))
}

/** What the compiler makes of an application. */
function buildOf(modules: Record<string, { loader?: Resource; action?: Resource }>): object {
  const routes = Object.entries(modules).map(([path, module]) => {
    const id = `route:${path}`
    return [id, { id, parentId: 'root', module, ...(path === '' ? { index: true } : { path }) }]
  })
  return {
    mode: 'production',
    entry: { module: { default: () => new Response('a document', { status: 500 }), handleError: () => {} } },
    routes: { root: { id: 'root', path: '', module: { default: () => null } }, ...Object.fromEntries(routes) },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: { v3_singleFetch: true },
    ssr: true,
    isSpaMode: false,
    prerender: [],
    routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  }
}
