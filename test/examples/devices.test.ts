// The pages of devices of docs/devices.md, word for word, over HTTP: each framework's lists, ends one, ends none of another user's, and ends all others.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import express from 'express'
import type { RequestHandler } from 'express'
import session from 'express-session'
import { H3, toNodeHandler } from 'h3'
import { createApp, createRouter, eventHandler, readBody, toNodeListener } from 'h3-v1'
import type { EventHandler } from 'h3-v1'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { DynamoDBStore } from '../../src/express.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../../src/remix.ts'
import { cookieOf } from '../support/cookie.ts'
import { post } from '../support/post.ts'
import type { Posted } from '../support/post.ts'
import { readmeBlock } from '../support/readme.ts'
import { listen, serve } from '../support/serve.ts'
import type { Listening } from '../support/serve.ts'

// A log-out of all others looks again a second later.
vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const [{ endpoint } = { endpoint: '' }] = inject('engines')
const tableName = `test-devices-${process.pid}`
const options = { secretKey: 'a long and random secret', userIdKey: 'userId', device: true } as const
let folder: string

beforeEach(() => {
  vi.stubEnv('SESSION_SECRET', options.secretKey)
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint)
  vi.stubEnv('AWS_DYNAMO_DB_SESSION_TABLE_NAME', tableName)
})
beforeAll(async () => {
  await ensureSessionTable({ tableName, endpoint, userIdKey: 'userId' })
  await mkdir(join(import.meta.dirname, '.readme'), { recursive: true })
  folder = await mkdtemp(join(import.meta.dirname, '.readme/devices-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await deleteSessionTable({ tableName, endpoint })
})

async function page<Exports>(name: string): Promise<Exports> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, readmeBlock(name, 'docs/devices.md'))
  return import(/* @vite-ignore */ file) as Promise<Exports>
}

/** What Nuxt gives its server's files. */
const nuxt = vi.hoisted(() => ({ dynamodbSessions: {} }))
vi.mock('#imports', () => ({ getRouteRules: () => ({}), useRuntimeConfig: () => nuxt }))

type Route = (args: { request: Request }) => Promise<unknown>

/** The route of a page of React Router or Remix 2 beside a log-in, as their servers call it. */
async function route(name: string, storage: ReturnType<typeof createDynamoSessionStorage<{ userId: string }>>): Promise<Listening> {
  const { loader, action } = await page<{ loader: Route; action: Route }>(name)
  return serve(async (request) => {
    if (request.url.endsWith('/login')) {
      const own = await storage.getSession(request.headers.get('cookie'))
      own.set('userId', String((await request.formData()).get('user')))
      return new Response(null, { headers: { 'Set-Cookie': await storage.regenerateSession(own, { authenticated: true, request }) } })
    }
    try {
      const result = await (request.method === 'GET' ? loader : action)({ request })
      return result instanceof Response ? result : Response.json(result)
    } catch (error) {
      if (error instanceof Response) return error
      throw error
    }
  })
}

interface EventPages {
  listDevices(event: unknown): Promise<object[]>
  endDevices(event: unknown): Promise<object>
}

async function logIn(event: unknown, body: Promise<unknown>): Promise<string> {
  const own = await useDynamoSession<{ userId: string }>(event as SessionEvent, options)
  own.data.userId = ((await body) as { user: string }).user
  await own.regenerate({ authenticated: true })
  return ''
}

const SERVERS: Record<string, () => Promise<Listening>> = {
  'React Router': () => route('app/routes/devices.ts', createDynamoSessionStorage<{ userId: string }>(options)),
  'Remix 2': () =>
    route(
      'app/routes/devices.server.ts',
      createRemixStorage<{ userId: string }>(options) as unknown as ReturnType<typeof createDynamoSessionStorage<{ userId: string }>>,
    ),
  async 'h3 2'() {
    const { listDevices, endDevices } = await page<EventPages>('devices.ts')
    const app = new H3()
    app.post('/login', (event) =>
      logIn(
        event,
        event.req.formData().then((form) => Object.fromEntries(form)),
      ),
    )
    app.get('/devices', listDevices).post('/devices', endDevices)
    return listen(toNodeHandler(app))
  },
  async 'h3 1'() {
    vi.doMock('h3', () => import('h3-v1'))
    vi.resetModules()
    const { listDevices, endDevices } = await page<EventPages>('devices.ts')
    vi.doUnmock('h3')
    const router = createRouter()
    router.post(
      '/login',
      eventHandler((event) => logIn(event, readBody(event))),
    )
    router.get('/devices', eventHandler(listDevices)).post('/devices', eventHandler(endDevices))
    return listen(toNodeListener(createApp().use(router)))
  },
  async Nuxt() {
    const { requireDynamoSession, useDynamoSession: use } = await import('../../src/nuxt/runtime/server.ts')
    Object.assign(nuxt, { dynamodbSessions: options })
    const imported = { defineEventHandler: eventHandler, readBody, requireDynamoSession }
    for (const [name, utility] of Object.entries(imported)) vi.stubGlobal(name, utility)
    const [list, end] = await Promise.all(
      ['get', 'post'].map((method) => page<{ default: EventHandler }>(`server/api/devices.${method}.ts`)),
    )
    const router = createRouter()
    router.post(
      '/login',
      eventHandler(async (event) => {
        const own = await use(event)
        own.data.userId = (await readBody<{ user: string }>(event)).user
        await own.regenerate({ authenticated: true })
        return ''
      }),
    )
    router.get('/devices', (list as { default: EventHandler }).default).post('/devices', (end as { default: EventHandler }).default)
    return listen(toNodeListener(createApp().use(router)))
  },
  async Express() {
    const { devices } = await page<{ devices: RequestHandler }>('server/devices.ts')
    const app = express()
    app.use(session({ store: new DynamoDBStore(options), secret: options.secretKey, resave: false, saveUninitialized: false }))
    app.post('/login', express.urlencoded(), (request, response, next) => {
      request.session.regenerate((error) => {
        if (error) return next(error)
        Object.assign(request.session, { userId: (request.body as { user: string }).user })
        return void response.end()
      })
    })
    app.use(devices)
    return listen(app)
  },
}

interface Shown {
  readonly key: string
  readonly isCurrent: boolean
  readonly device?: { readonly label: string }
}

describe.each(Object.entries(SERVERS))('the page of %s', (framework, start) => {
  it('lists devices, ends those of its own user, and nobody else’s', async ({ onTestFinished }) => {
    const { origin, stop } = await start()
    onTestFinished(stop)
    const browser = async (user: string): Promise<(form?: Record<string, string>) => Promise<Posted>> => {
      const { cookies } = await post(origin, { 'user-agent': FIREFOX }, { user }, '/login')
      const cookie = cookieOf(cookies[0] as string)
      return (form) => post(origin, { cookie }, form, '/devices')
    }
    const devices = async (ask: (form?: Record<string, string>) => Promise<Posted>): Promise<Shown[]> => {
      const found = JSON.parse((await ask()).text) as Shown[] | { devices: Shown[] }
      return 'devices' in found ? found.devices : found
    }
    const name = `ada of ${framework}`
    const [here, there, third, eve] = [await browser(name), await browser(name), await browser(name), await browser(`eve of ${framework}`)]
    const shown = await devices(here)
    expect(shown.map(({ isCurrent }) => isCurrent).toSorted()).toEqual([false, false, true])
    if (framework !== 'Express') expect(shown.map(({ device }) => device?.label)).toEqual(Array(3).fill('Firefox on Windows'))

    const [hers] = await devices(eve)
    await here({ key: hers?.key as string })
    await here({ key: 'x' })
    expect((await devices(eve)).map(({ key }) => key)).toEqual([hers?.key])

    const own = (await devices(there)).find(({ isCurrent }) => isCurrent)?.key as string
    expect((await here({ key: own })).status).toBeLessThan(400)
    expect((await there()).status).toBe(/^(?:h3|Nuxt)/.test(framework) ? 401 : 302)
    expect((await here({ others: 'yes' })).status).toBeLessThan(400)
    expect((await third()).status).toBe(/^(?:h3|Nuxt)/.test(framework) ? 401 : 302)
    expect(await devices(here)).toHaveLength(1)
    expect(await devices(eve)).toHaveLength(1)
  })
})
