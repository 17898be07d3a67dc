// The recipes of docs/web.md on their frameworks: Hono over HTTP, middy with API Gateway's events, and a bare fetch handler.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type { ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openSession } from '../../src/web.ts'
import type { WebSession } from '../../src/web.ts'
import { createBrowser } from '../support/browser.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { readmeBlock } from '../support/readme.ts'
import { serve as serveFetch } from '../support/serve.ts'

interface Data {
  visits?: number
  userId?: string
}

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const options = (): object => ({ ...table.options, endpoint: proxy.endpoint, secretKey: 'a long and random secret' })
  let server: ServerType
  let origin: string
  let folder: string

  const app = new Hono<{ Variables: { session: WebSession<Data> } }>()
  app.use(async (c, next) => {
    c.set('session', await openSession<Data>(c.req.raw, options()))
    await next()
    c.var.session.headers().forEach((value, name) => c.header(name, value, { append: name === 'set-cookie' }))
  })
  app.get('/', (c) => c.json(c.var.session.data))
  app.get('/visit', async (c) => {
    c.header('set-cookie', 'other=1')
    await c.var.session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
    return c.json(c.var.session.data)
  })
  app.get('/login', async (c) => {
    c.var.session.data.userId = 'ada'
    await c.var.session.regenerate()
    return c.redirect('/')
  })
  app.get('/fail', async (c) => {
    await c.var.session.update({ visits: 0 })
    throw new Error('of the application')
  })
  app.onError((_, c) => c.text('sorry', 500))

  beforeAll(async () => {
    origin = await new Promise((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(`http://127.0.0.1:${port}`))
    })
    await mkdir(join(import.meta.dirname, '.readme'), { recursive: true })
    folder = await mkdtemp(join(import.meta.dirname, '.readme/run-'))
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function visit(path: string, cookie = ''): Promise<{ response: Response; cookie: string }> {
    const response = await fetch(origin + path, { headers: { cookie }, redirect: 'manual' })
    const own = response.headers.getSetCookie().find((text) => text.startsWith('session='))
    return { response, cookie: own?.split(';')[0] ?? cookie }
  }

  it('Hono: a session, its cookie beside others, a log-in, and an error that keeps both', async () => {
    const first = await visit('/visit')
    expect(await first.response.json()).toEqual({ visits: 1 })
    expect(first.response.headers.getSetCookie()).toEqual(['other=1', expect.stringMatching(/^session=/)])
    expect(first.response.headers.get('cache-control')).toBe('private, no-store')
    const login = await visit('/login', first.cookie)
    expect([login.response.status, login.cookie === first.cookie]).toEqual([302, false])
    expect(await (await visit('/', login.cookie)).response.json()).toEqual({ visits: 1, userId: 'ada' })
    expect(await (await visit('/', first.cookie)).response.json()).toEqual({})
    const failed = await visit('/fail')
    expect([failed.response.status, failed.cookie.startsWith('session=')]).toEqual([500, true])
    expect(proxy.operations()).toEqual(['PutItem', 'GetItem', 'PutItem', 'UpdateItem', 'GetItem', 'GetItem', 'PutItem'])
  })

  /** A recipe as it stands in the page, whose options come from the environment. */
  async function recipe(name: string): Promise<Record<string, (...args: never[]) => Promise<unknown>>> {
    const file = join(folder, `${name}.ts`)
    await writeFile(file, readmeBlock(name, 'docs/web.md'))
    vi.stubEnv('SESSION_SECRET', 'a long and random secret')
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', table.engine.endpoint)
    vi.stubEnv('AWS_DYNAMO_DB_SESSION_TABLE_NAME', table.options.tableName)
    vi.resetModules()
    return import(/* @vite-ignore */ file) as never
  }

  it('Hono, typed: log-in, change and log-out', async () => {
    const { app: typed } = (await recipe('hono')) as unknown as { app: Hono }
    const running = await serveFetch(async (request) => typed.fetch(request))
    const browser = createBrowser(running.origin)
    const seen = async (path: string, form?: Record<string, string>): Promise<unknown> => JSON.parse((await browser.visit(path, form)).text)
    expect(await seen('/')).toEqual({})
    expect(await seen('/visit', {})).toEqual({ visits: 1 })
    const visitor = new Map(browser.cookies)
    expect(await seen('/login', { user: 'ada' })).toEqual({ userId: 'ada', visits: 1 })
    expect(await seen('/visit', {})).toEqual({ userId: 'ada', visits: 2 })
    expect([...browser.cookies]).not.toEqual([...visitor])
    expect(await seen('/logout', {})).toEqual({})
    expect(browser.cookies.size).toBe(0)
    running.stop()
  })

  it('Lambda: middy puts the cookie into the response of API Gateway', async () => {
    const { handler } = await recipe('middy')
    const call = async (rawPath: string, cookies?: string[]): Promise<{ body: string; cookies?: string[]; headers?: object }> =>
      handler?.({ rawPath, cookies, headers: { host: 'shop.example' } } as never, {} as never) as never
    const sent = ({ cookies }: { cookies?: string[] }): string[] => ['other=1', String(cookies?.[0]).split(';')[0] as string]
    const first = await call('/')
    expect(first).toMatchObject({ body: '{"visits":1}', headers: { 'cache-control': 'private, no-store' } })
    expect(first.cookies).toEqual([expect.stringMatching(/^__Host-session=/)])
    expect(await call('/', sent(first))).toEqual({ statusCode: 200, body: '{"visits":2}' })
    const login = await call('/login', sent(first))
    expect([login.body, sent(login)[1] === sent(first)[1]]).toEqual(['{"visits":2,"userId":"ada"}', false])
    const logout = await call('/logout', sent(login))
    expect(logout.cookies).toEqual([expect.stringMatching(/^__Host-session=;.*Max-Age=0/)])
    expect(await call('/', sent(login))).toMatchObject({ body: '{"visits":1}' })
  })

  it('Bun and Deno: a fetch handler is all', async () => {
    const { fetch: handle } = await recipe('serve')
    const running = await serveFetch((request) => handle?.(request as never) as Promise<Response>)
    const browser = createBrowser(running.origin)
    const seen = async (path: string): Promise<unknown> => JSON.parse((await browser.visit(path)).text)
    expect(await seen('/')).toEqual({ visits: 1 })
    expect(await seen('/')).toEqual({ visits: 2 })
    expect(await seen('/login')).toEqual({ visits: 2, userId: 'ada' })
    await seen('/logout')
    expect(await seen('/')).toEqual({ visits: 1 })
    running.stop()
  })
})
