// README's marked examples, word for word, as a user would run them: the package by its name, the table by the environment.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest'
import { createRouter } from '@remix-run/fetch-router'
import type { Middleware } from '@remix-run/fetch-router'
import { createStaticHandler, RouterContextProvider } from 'react-router'
import type { RouteObject } from 'react-router'
import { Session } from '@remix-run/session'
import dynamodbDriver from '../src/driver.ts'
import { createSessionStore, deleteSessionTable, describeSessionTable, ensureSessionTable } from '../src/index.ts'
import type { SessionRecord, SessionStore } from '../src/index.ts'
import type { SessionMiddleware } from '../src/react-router.ts'
import manifest from '../package.json' with { type: 'json' }
import { fileOf, readme, readmeBlock, readmeMarkers, RUNNABLE } from './support/readme.ts'
import { cookieOf } from './support/cookie.ts'

interface Storage {
  getItem(key: string): Promise<unknown>
  getKeys(): Promise<string[]>
}

type Handler = (args: { request: Request }) => Promise<unknown>

/** Blocks that need an installed framework are built and run by the e2e suite. */
const ELSEWHERE = ['nitro.config.ts', 'nitro.config.ts with sessions', 'routes/visits.ts', 'nuxt.config.ts', 'server/api/login.post.ts']

describe("README's blocks", () => {
  it('have a test each, and each marker has a block', () => {
    expect(readmeMarkers().toSorted()).toEqual([...RUNNABLE, ...ELSEWHERE].toSorted())
    for (const name of readmeMarkers()) expect(readmeBlock(name)).not.toBe('')
    expect(() => readmeBlock('nothing')).toThrow('no code block')
  })

  it('install what the package needs beside it, and nothing else', () => {
    const line = readme()
      .split('\n## Install\n')[1]
      ?.split('\n')
      .find((text) => text.startsWith('npm install '))
    const { peerDependencies, peerDependenciesMeta } = manifest
    const required = Object.keys(peerDependencies).filter((name) => !(name in peerDependenciesMeta))
    // An optional peer, but few do without it: credentials come from roles, profiles and single sign-on.
    expect(line?.split(' ').slice(2)).toEqual([manifest.name, '@aws-sdk/client-dynamodb', ...required])
  })
})

// The examples name a table that on an endpoint of somebody's own could be in use.
const engines = inject('engines').filter(({ name }) => name !== 'endpoint')

describe.each(engines)("README's examples on $name", ({ endpoint }) => {
  const table = { tableName: 'sessions', endpoint }
  let folder: string

  /** Writes blocks to files of their own names and imports the last; `more` is what a test needs to look inside. */
  async function run(names: string[], more: string | ((name: string) => string) = ''): Promise<Record<string, unknown>> {
    const project = await mkdtemp(join(folder, 'run-'))
    let file = ''
    for (const name of names) {
      file = join(project, fileOf(name))
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, readmeBlock(name) + (typeof more === 'string' ? more : more(name)))
    }
    return import(/* @vite-ignore */ file)
  }

  beforeAll(async () => {
    folder = join(import.meta.dirname, '.readme')
    await mkdir(folder, { recursive: true })
    folder = await mkdtemp(join(folder, 'examples-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await deleteSessionTable(table).catch(() => {})
  })
  beforeEach(async () => {
    // Stores are kept for a process's life, as is the endpoint that they found.
    vi.resetModules()
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint)
    vi.stubEnv('SESSION_SECRET', 'a long and random secret')
    await deleteSessionTable(table).catch(() => {})
  })

  it('makes the table once', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    await run(['table'])
    expect(log).toHaveBeenLastCalledWith('created', [])
    expect(await describeSessionTable(table)).toMatchObject({ status: 'ACTIVE', tableKey: 'session_id', billingMode: 'PAY_PER_REQUEST' })
    await run(['table'])
    expect(log.mock.lastCall?.[0]).toBe('there already')
  })

  it('shows the log-in page, a wrong password once, and logs in under a new id', async () => {
    await ensureSessionTable(table)
    const { loader, action } = (await run(['app/sessions.server.ts', 'app/routes/login.ts'])) as Record<'loader' | 'action', Handler>
    const page = async (cookie?: string) => read(await loader({ request: request(cookie) }))
    const submit = async (password: string, cookie: string) =>
      read(await action({ request: request(cookie, new URLSearchParams({ username: 'ada', password })) }))

    expect(await page()).toEqual({ error: undefined })
    const wrong = await submit('wrong', '')
    expect(wrong).toMatchObject({ status: 302, location: '/login', cookie: expect.stringMatching(/^__Host-session=./) })
    const first = wrong.cookie as string
    expect(await page(first)).toEqual({ error: 'Invalid username or password', cookie: first })
    expect((await page(first)).error).toBeUndefined()

    const right = await submit('correct horse', first)
    expect(right).toMatchObject({ status: 302, location: '/', cookie: expect.stringMatching(/^__Host-session=./) })
    expect(right.cookie).not.toBe(first)
    expect(await page(right.cookie)).toMatchObject({ status: 302, location: '/' })
    expect((await page(first)).status).toBeUndefined()
    const store = createSessionStore({ ...table, userIdKey: 'userId' })
    const { getSession } = (await run(['app/sessions.server.ts'])) as { getSession(header: string): Promise<{ id: string }> }
    expect((await store.read((await getSession(right.cookie as string)).id))?.data).toEqual({ userId: 'ada' })
  })

  it('gives the cookie of Remix 3 what keeps it from others', async () => {
    await ensureSessionTable(table)
    const { sessionMiddleware } = (await run(['app/session.ts'])) as { sessionMiddleware: Middleware }
    const router = createRouter({ middleware: [sessionMiddleware] })
    router.get('/', ({ get }) => {
      const session = get(Session)
      session.set('visits', Number(session.get('visits') ?? 0) + 1)
      return new Response(String(session.get('visits')))
    })
    const first = await router.fetch('https://shop.example/')
    const [setCookie] = first.headers.getSetCookie() as [string]
    expect(setCookie).toMatch(/^__Host-session=[^;]+\.[^;]+; /)
    const attributes = setCookie.split('; ').slice(1).toSorted()
    expect(attributes).toEqual(['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Lax', 'Secure'])
    const visits = async (cookie: string): Promise<string> => (await router.fetch('https://shop.example/', { headers: { cookie } })).text()
    expect(await visits(cookieOf(setCookie))).toBe('2')
    const unsigned = cookieOf(setCookie).replace(/\.[^.]*$/, '')
    expect(await visits(unsigned)).toBe('1')
  })

  it('logs in and out under the middleware of React Router', async () => {
    await ensureSessionTable(table)
    const names = ['app/middleware.server.ts', 'app/routes/account.ts']
    const more = "export { sessionMiddleware as middleware, getSession as sessionOf } from '../middleware.server'\n"
    const { action, middleware, sessionOf } = (await run(names, (name) => (name === names[1] ? more : ''))) as {
      action: (args: object) => Promise<Response>
      middleware: SessionMiddleware
      sessionOf: (context: unknown) => { get(key: string): unknown }
    }
    const routes: RouteObject[] = [
      { id: 'home', path: '/', middleware: [middleware], loader: ({ context }) => ({ user: sessionOf(context).get('userId') }) },
      { id: 'account', path: '/account', middleware: [middleware], action: action as never },
    ]
    const { query } = createStaticHandler(routes)
    let cookie = ''
    async function visit(path: string, form?: Record<string, string>): Promise<Response> {
      const init = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
      const answer = await query(new Request(`http://localhost${path}`, { ...init, headers: { cookie } }), {
        requestContext: new RouterContextProvider(),
        generateMiddlewareResponse: async (next) => {
          const result = await next(new Request(`http://localhost${path}`, { ...init, headers: { cookie } }))
          return result instanceof Response ? result : Response.json(result.loaderData)
        },
      })
      const [set] = (answer as Response).headers.getSetCookie()
      expect((answer as Response).headers.getSetCookie().length).toBeLessThan(2)
      if (set) cookie = cookieOf(set)
      return answer as Response
    }
    expect(await (await visit('/')).json()).toEqual({ home: {} })
    expect((await visit('/account', { username: 'ada' })).status).toBe(302)
    const user = cookie
    expect(await (await visit('/')).json()).toEqual({ home: { user: 'ada' } })
    expect((await visit('/account', { log: 'out' })).status).toBe(302)
    for (cookie of [cookie, user]) expect(await (await visit('/')).json()).toEqual({ home: {} })
  })

  it('logs in under a new id and out again with Remix 3', async () => {
    await ensureSessionTable(table)
    const { router } = (await run(['app/session.ts', 'app/router.ts'])) as {
      router: { fetch(url: string, init?: RequestInit): Promise<Response> }
    }
    let cookie = ''
    const visit = async (path: string, init: RequestInit = {}): Promise<Response> => {
      const response = await router.fetch(`https://shop.example${path}`, { ...init, headers: { cookie } })
      for (const setCookie of response.headers.getSetCookie()) cookie = cookieOf(setCookie)
      return response
    }
    expect(await (await visit('/')).json()).toEqual({ user: null })
    expect((await visit('/login', { method: 'POST', body: new URLSearchParams({ username: 'ada' }) })).status).toBe(303)
    expect(await (await visit('/')).json()).toEqual({ user: 'ada' })
    const user = cookie
    await visit('/login', { method: 'POST', body: new URLSearchParams({ username: 'eve' }) })
    expect(cookie).not.toBe(user)
    expect(await (await visit('/')).json()).toEqual({ user: 'eve' })
    const last = cookie
    expect((await visit('/logout', { method: 'POST' })).status).toBe(303)
    for (cookie of [cookie, user, last]) expect(await (await visit('/')).json()).toEqual({ user: null })
  })

  it('counts visits, logs in under a new id and out again with h3', async () => {
    await ensureSessionTable(table)
    // Its port may be taken here.
    const serve = vi.fn()
    vi.doMock('h3', async (original) => ({ ...(await original<object>()), serve }))
    onTestFinished(() => void vi.doUnmock('h3'))
    const { app } = (await run(['server.ts'], 'export { app }\n')) as {
      app: { request(path: string, init?: RequestInit): Promise<Response> }
    }
    expect(serve).toHaveBeenCalledExactlyOnceWith(app, { port: 3000 })
    let cookie = ''
    const visit = async (path: string, init: RequestInit = {}): Promise<Response> => {
      const response = await app.request(path, { ...init, headers: { host: 'localhost', cookie } })
      for (const setCookie of response.headers.getSetCookie()) cookie = cookieOf(setCookie)
      return response
    }
    expect(await (await visit('/')).json()).toEqual({ visits: 1 })
    expect(await (await visit('/')).json()).toEqual({ visits: 2 })
    expect((await visit('/account')).status).toBe(401)
    const visitor = cookie
    const login = await visit('/login', { method: 'POST', body: new URLSearchParams({ username: 'ada' }) })
    expect([login.status, login.headers.get('location')]).toEqual([302, '/account'])
    expect(cookie).not.toBe(visitor)
    expect(await (await visit('/account')).json()).toEqual({ user: 'ada' })
    const user = cookie
    expect((await visit('/logout', { method: 'POST' })).headers.get('location')).toBe('/')
    for (cookie of [cookie, visitor, user]) expect((await visit('/account')).status).toBe(401)
  })

  it('keeps a value of unstorage until its time is over', async () => {
    await ensureSessionTable(table)
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    const { storage } = (await run(['unstorage'], 'export { storage }\n')) as { storage: Storage }
    expect(await storage.getItem('greeting')).toEqual({ text: 'hello' })
    expect(await storage.getKeys()).toEqual(['greeting'])
    expect(await dynamodbDriver(table).getKeys()).toEqual(['cache:greeting'])
    vi.setSystemTime(1_800_000_059_000)
    expect(await storage.getItem('greeting')).toEqual({ text: 'hello' })
    vi.setSystemTime(1_800_000_060_000)
    expect([await storage.getItem('greeting'), await storage.getKeys()]).toEqual([null, []])
  })

  it('lists the sessions of a user and logs out everywhere', async () => {
    await ensureSessionTable({ ...table, userIdKey: 'userId' })
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    const { store, record } = (await run(['store'], 'export { record, store }\n')) as {
      store: SessionStore<{ userId?: string }>
      record: SessionRecord<{ userId?: string }>
    }
    expect(log.mock.calls).toEqual([[record.key, expect.any(Date)]])
    expect(record.id).not.toBe(record.key)
    expect(await store.read(record.id)).toBe(null)
  })
})

/** What a loader or an action returns: a redirect, or `data()` with headers. */
function read(result: unknown): { error?: unknown; status?: number; location?: string | null; cookie?: string } {
  const headers = new Headers((result instanceof Response ? result : (result as { init: ResponseInit }).init).headers)
  const setCookie = headers.getSetCookie().find((text) => text !== '')
  const cookie = setCookie === undefined ? {} : { cookie: cookieOf(setCookie) }
  if (result instanceof Response) return { status: result.status, location: headers.get('location'), ...cookie }
  return { ...(result as { data: { error?: unknown } }).data, ...cookie }
}

function request(cookie?: string, body?: URLSearchParams): Request {
  return new Request('http://localhost/login', {
    method: body ? 'POST' : 'GET',
    headers: cookie ? { cookie } : {},
    ...(body ? { body } : {}),
  })
}
