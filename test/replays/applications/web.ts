// The session of a web-standard request, in Hono, and h3's events on it.
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { createApp, createRouter, eventHandler, getRouterParam, toNodeListener } from 'h3-v1'
import { Hono } from 'hono'
import { useDynamoSession } from '../../../src/h3.ts'
import { openSession } from '../../../src/web.ts'
import type { DynamoSession, WebSession } from '../../../src/web.ts'
import { listen, serve } from '../../support/serve.ts'
import { shown } from './application.ts'
import type { Start } from './application.ts'

async function set(session: DynamoSession, key: string | undefined): Promise<object> {
  await session.update({ [String(key)]: 1 })
  return {}
}

async function logIn(session: DynamoSession): Promise<object> {
  session.data.user = 'ada'
  await session.regenerate()
  return {}
}

async function logOut(session: DynamoSession): Promise<object> {
  await session.destroy()
  return {}
}

export const startHono: Start = (options) => {
  const app = new Hono<{ Variables: { session: WebSession } }>()
  app.use(async (c, next) => {
    c.set('session', await openSession(c.req.raw, options as object))
    await next()
    c.var.session.headers().forEach((value, name) => c.header(name, value, { append: name === 'set-cookie' }))
  })
  app.get('/', (c) => c.json(shown(c.var.session.data)))
  app.post('/set/:key', async (c) => c.json(await set(c.var.session, c.req.param('key'))))
  app.post('/login', async (c) => c.json(await logIn(c.var.session)))
  app.post('/logout', async (c) => c.json(await logOut(c.var.session)))
  app.onError((_, c) => c.text('sorry', 500))
  return serve(async (request) => app.fetch(request))
}

export const startH3: Start = (options) => {
  const app = new H3({ silent: true })
  const open = (event: object): Promise<DynamoSession> => useDynamoSession(event as never, options as object)
  app.get('/', async (event) => shown((await open(event)).data))
  app.post('/set/:key', async (event) => set(await open(event), event.context.params?.key))
  app.post('/login', async (event) => logIn(await open(event)))
  app.post('/logout', async (event) => logOut(await open(event)))
  return listen(toNodeHandler(app))
}

export const startH3v1: Start = (options) => {
  const router = createRouter()
  const open = (event: object): Promise<DynamoSession> => useDynamoSession(event as never, options as object)
  router.get(
    '/',
    eventHandler(async (event) => shown((await open(event)).data)),
  )
  router.post(
    '/set/:key',
    eventHandler(async (event) => set(await open(event), getRouterParam(event, 'key'))),
  )
  router.post(
    '/login',
    eventHandler(async (event) => logIn(await open(event))),
  )
  router.post(
    '/logout',
    eventHandler(async (event) => logOut(await open(event))),
  )
  const app = createApp({ onError: () => {} })
  app.use(router)
  return listen(toNodeListener(app))
}
