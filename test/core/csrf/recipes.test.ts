// The recipes of docs/csrf.md for frameworks without an adapter's protection, word for word, over HTTP.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { createCookie } from '@remix-run/cookie'
import { createRouter } from '@remix-run/fetch-router'
import type { Middleware, RequestHandler } from '@remix-run/fetch-router'
import { Session } from '@remix-run/session'
import { session as sessionMiddleware } from '@remix-run/session-middleware'
import express from 'express'
import type { Express } from 'express'
import session from 'express-session'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { DynamoDBStore } from '../../../src/express.ts'
import { createDynamoSessionStorage } from '../../../src/remix3.ts'
import { cookieOf } from '../../support/cookie.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { post } from '../../support/post.ts'
import type { Posted } from '../../support/post.ts'
import { useProxy } from '../../support/proxy.ts'
import { readmeBlock } from '../../support/readme.ts'
import { listen, serve } from '../../support/serve.ts'

type Options = ConstructorParameters<typeof DynamoDBStore>[0]
interface Started {
  readonly origin: string
  stop(): unknown
}

const SECRET = 'a long and random secret, of 32 characters at least'
let folder: string

beforeEach(() => vi.stubEnv('SESSION_SECRET', SECRET))
beforeAll(async () => {
  await mkdir(join(import.meta.dirname, '.readme'), { recursive: true })
  folder = await mkdtemp(join(import.meta.dirname, '.readme/csrf-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
/** The recipe, with what stands around it; `app` of an application is the global one here. */
async function recipe(name: string, app?: unknown): Promise<Record<string, unknown>> {
  const file = join(folder, `${name}-${files++}.ts`)
  await writeFile(file, readmeBlock(name, 'docs/csrf.md'))
  vi.stubGlobal('app', app)
  return (await import(/* @vite-ignore */ file)) as Record<string, unknown>
}

async function onExpress(options: Options): Promise<Started> {
  const app: Express = express()
  app.use(session({ store: new DynamoDBStore(options), secret: SECRET, resave: false, saveUninitialized: false }))
  app.use(express.urlencoded())
  await recipe('express', app)
  app.post('/', (request, response) => void response.send((request.body as { a: string }).a))
  app.post('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error)
      Object.assign(request.session, { userId: 'ada' })
      return void response.end()
    })
  })
  app.use(
    ((error: { status?: number }, _request, response, _next) =>
      void response.status(error.status ?? 500).end()) as express.ErrorRequestHandler,
  )
  return listen(app)
}

async function onFastify(options: Options): Promise<Started> {
  const app: FastifyInstance = fastify()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  )
  await app.register(cookie)
  await app.register(fastifySession, {
    secret: SECRET,
    store: new DynamoDBStore(options),
    cookie: { secure: false },
    saveUninitialized: false,
  })
  await recipe('fastify', app)
  app.post('/', async (request) => (request.body as { a: string }).a)
  app.post('/login', async (request) => {
    await request.session.regenerate()
    request.session.set('userId' as never, 'ada' as never)
    return ''
  })
  return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), stop: () => app.close() }
}

async function onRemix(options: Options): Promise<Started> {
  const { refuseForged, form } = await recipe('remix3')
  const own = createCookie('__session', { secrets: [SECRET], httpOnly: true, sameSite: 'Lax' })
  const router = createRouter({
    middleware: [sessionMiddleware(own, createDynamoSessionStorage(options as object)), refuseForged as Middleware],
  })
  router.get('/form', form as RequestHandler)
  router.post('/', async ({ request }) => new Response(String((await request.formData()).get('a'))))
  router.post('/login', ({ get }) => {
    get(Session).regenerateId(true)
    get(Session).set('userId', 'ada')
    return new Response('')
  })
  return serve((request) => router.fetch(request))
}

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)

  describe.each([
    ['Express', onExpress],
    ['Fastify', onFastify],
    ['Remix 3', onRemix],
  ])("%s's recipe", (_, start) => {
    it('refuses forged requests without one to DynamoDB, and takes the token of a session that is stored', async ({ onTestFinished }) => {
      const { origin, stop } = await start({ ...options, endpoint: proxy.endpoint })
      onTestFinished(async () => void (await stop()))
      const { host } = new URL(origin)
      const send = (headers: Record<string, string>, form: Record<string, string> = { a: '1' }, path = '/'): Promise<Posted> =>
        post(origin, headers, form, path)
      const jar = ({ cookies }: Posted): Record<string, string> => ({ cookie: cookieOf(cookies[0] as string) })
      const tokenIn = ({ text }: Posted): string => /[\w-]{86}/.exec(text)?.[0] ?? ''

      proxy.reset()
      expect(await send({ 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200, text: '1' })
      expect((await send({ origin: `https://${host}` })).status).toBe(200)
      const forged: Record<string, string>[] = [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { origin: `http://${host}` },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        {},
      ]
      for (const headers of forged) expect((await send(headers)).status).toBe(403)
      expect(proxy.operations()).toEqual([])

      const form = await post(origin, {}, undefined, '/form')
      expect(proxy.operations()).toEqual(['PutItem'])
      expect((await send({ ...jar(form), 'x-csrf-token': tokenIn(form) })).status).toBe(200)
      expect(await send(jar(form), { a: '2', _csrf: tokenIn(form) })).toMatchObject({ status: 200, text: '2' })
      expect((await send({ 'x-csrf-token': tokenIn(form) })).status).toBe(403)

      // A form that was opened before the log-in is refused after it.
      const login = await send({ ...jar(form), 'sec-fetch-site': 'same-origin' }, {}, '/login')
      expect((await send({ ...jar(login), 'x-csrf-token': tokenIn(form) })).status).toBe(403)
      const again = await post(origin, jar(login), undefined, '/form')
      expect((await send({ ...jar(login), 'x-csrf-token': tokenIn(again) })).status).toBe(200)
    })
  })
})
