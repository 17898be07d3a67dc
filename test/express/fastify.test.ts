// What dynamodb-sessions/express promises with @fastify/session, which never calls `createSession`.
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DynamoDBStore } from '../../src/express.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { keep, lookInto, SECRET } from './visits.ts'
import type { Browser } from './visits.ts'

declare module 'fastify' {
  interface Session {
    [key: string]: unknown
  }
}

type Handler = (request: FastifyRequest) => unknown

onEveryEngine(
  (table) => {
    const proxy = useProxy(table.engine)
    const other = lookInto(table)
    const servers = new Map<boolean, { app: FastifyInstance; origin: string }>()
    const handlers = new Map<string, Handler>()
    let visited = 0

    beforeAll(async () => {
      for (const rolling of [true, false]) {
        const app = fastify()
        await app.register(cookie)
        await app.register(fastifySession, {
          secret: SECRET,
          store: new DynamoDBStore({ ...table.options, endpoint: proxy.endpoint, userIdKey: 'userId' }),
          cookie: { secure: false, maxAge: 3_600_000 },
          saveUninitialized: false,
          rolling,
        })
        app.get('/:n', async (request) => (await (handlers.get(request.url) as Handler)(request)) ?? {})
        servers.set(rolling, { app, origin: await app.listen({ port: 0, host: '127.0.0.1' }) })
      }
    })
    afterAll(() => Promise.all([...servers.values()].map(({ app }) => app.close())))
    beforeEach(() => handlers.clear())

    describe.for([true, false])('with rolling %s', (rolling) => {
      async function visit(browser: Browser, handler: Handler): Promise<{ status: number; text: string; setCookie: string | undefined }> {
        const path = `/${visited++}`
        handlers.set(path, handler)
        const response = await fetch(servers.get(rolling)?.origin + path, { headers: browser.cookie ? { cookie: browser.cookie } : {} })
        return { status: response.status, text: await response.text(), setCookie: keep(browser, response) }
      }
      const put = (browser: Browser, values: object): Promise<unknown> =>
        visit(browser, ({ session }) => void Object.assign(session, values))
      async function show(browser: Browser): Promise<unknown> {
        const { text } = await visit(browser, ({ session }) => session)
        const { cookie: _, ...values } = JSON.parse(text) as Record<string, unknown>
        return values
      }
      async function stored(values: object): Promise<Browser> {
        const browser: Browser = {}
        await put(browser, values)
        proxy.requests.splice(0)
        return browser
      }
      const idOf = ({ cookie }: Browser): string => decodeURIComponent(String(cookie)).split('=')[1]?.split('.')[0] as string

      it('a session is made by one request, read by one, and shows nothing of ours', async () => {
        const browser: Browser = {}
        await visit(browser, () => ({}))
        expect(proxy.operations()).toEqual([])
        await put(browser, { a: 1 })
        expect(proxy.operations()).toEqual(['PutItem'])
        expect(await show(browser)).toEqual({ a: 1 })
        expect(proxy.operations()).toEqual(['PutItem', 'GetItem'])
        const record = await other.read(idOf(browser))
        expect(Object.keys(record?.data ?? {})).toEqual(['cookie', 'a'])
        expect(record?.data.cookie).not.toHaveProperty('expires')
        expect(record?.data.cookie).not.toHaveProperty('originalExpires')
      })

      it('a view writes nothing until a touch is due, and the session ends when it is not used', async () => {
        atTime(START)
        const browser = await stored({ a: 1 })
        atTime(START + 300)
        await show(browser)
        expect(proxy.operations()).toEqual(['GetItem'])
        atTime(START + 400)
        await show(browser)
        // Without `rolling` it asks its store for nothing.
        expect(proxy.operations().slice(1)).toEqual(rolling ? ['GetItem', 'UpdateItem'] : ['GetItem'])
        atTime(START + 400 + 3601)
        expect(await show(browser)).toEqual({})
      })

      it('changes of concurrent requests are kept', async () => {
        const browser = await stored({ a: 0, b: 0 })
        await visit({ ...browser }, async ({ session }) => {
          await put({ ...browser }, { b: 1 })
          session.a = 1
        })
        expect(await show(browser)).toEqual({ a: 1, b: 1 })
      })

      it('a log-out stays, whatever a slow request writes', async () => {
        const browser = await stored({ user: 'ada' })
        await visit({ ...browser }, async ({ session }) => {
          await visit({ ...browser }, async (request) => {
            await request.session.destroy()
          })
          session.seen = true
        })
        expect(await other.read(idOf(browser))).toBeNull()
        expect(await show(browser)).toEqual({})
      })

      it('a log-in has a new id, and the old one is gone', async () => {
        const browser = await stored({ cart: 1, userId: undefined })
        const old = idOf(browser)
        await visit(browser, async (request) => {
          await request.session.regenerate(['cart'])
          request.session.set('userId', 'ada')
        })
        expect(idOf(browser)).not.toBe(old)
        expect(await show(browser)).toEqual({ cart: 1, userId: 'ada' })
        expect(await other.read(old)).toBeNull()
      })

      it('`save` and `reload` store and show what is there', async () => {
        const browser = await stored({ a: 1 })
        const { text } = await visit(browser, async (request) => {
          request.session.set('b', 2)
          await request.session.save()
          await put({ ...browser }, { c: 3 })
          request.session.set('dropped', true)
          await request.session.reload()
          return request.session
        })
        expect(JSON.parse(text)).toMatchObject({ a: 1, b: 2, c: 3 })
        expect(await show(browser)).toEqual({ a: 1, b: 2, c: 3 })
      })
    })
  },
  { userIdKey: 'userId' },
)
