// Forged requests on both majors of h3, by the middleware.
import { H3, toNodeHandler } from 'h3'
import type { H3Event } from 'h3'
import { createApp, createRouter, eventHandler, readFormData, toNodeListener } from 'h3-v1'
import type { H3Event as H3v1Event } from 'h3-v1'
import type { RequestListener } from 'node:http'
import { describe } from 'vitest'
import { dynamoCsrf, useDynamoSession } from '../../src/h3.ts'
import type { DynamoSessionOptions, SessionEvent } from '../../src/h3.ts'
import { csrfSuite } from '../support/csrf.ts'
import { listen } from '../support/serve.ts'

type Read = (event: SessionEvent) => Promise<FormData>
type Handlers = Record<'form' | 'login' | 'page' | 'root', (event: SessionEvent) => Promise<string>>

const handlers = (options: DynamoSessionOptions, read: Read): Handlers => ({
  form: async (event) => (await useDynamoSession(event, options)).csrfToken(),
  login: async (event) => {
    const session = await useDynamoSession<{ userId: string }>(event, options)
    await session.update({ userId: 'ada' })
    await session.regenerate()
    return ''
  },
  page: async (event) => String((await useDynamoSession(event, options)).isNew),
  root: async (event) => String((await read(event)).get('a')),
})

const MAJORS: Record<string, (options: DynamoSessionOptions) => RequestListener> = {
  'h3 1.15'(options) {
    const { form, login, page, root } = handlers(options, (event) => readFormData(event as H3v1Event))
    const router = createRouter()
    router.get('/form', eventHandler(form)).get('/page', eventHandler(page)).post('/login', eventHandler(login))
    router.post('/', eventHandler(root)).post('/webhooks', eventHandler(root))
    const app = createApp()
    app.use(eventHandler(dynamoCsrf({ ...options, except: ['/webhooks'] })))
    app.use(router)
    return toNodeListener(app)
  },
  'h3 2'(options) {
    const { form, login, page, root } = handlers(options, (event) => (event as H3Event).req.formData())
    const app = new H3()
    app.use(dynamoCsrf({ ...options, except: ['/webhooks'] }))
    app.get('/form', form).get('/page', page).post('/login', login).post('/', root).post('/webhooks', root)
    return toNodeHandler(app)
  },
}

describe.each(Object.entries(MAJORS))('on %s', (_, listenerOf) => {
  csrfSuite((options) => listen(listenerOf(options)))
})
