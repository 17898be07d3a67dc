import { createApp, eventHandler, sendProxy, sendRedirect, setCookie, toNodeListener } from 'h3-v1'
import type { H3Event, SessionManager } from 'h3-v1'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import type { DynamoSession, SessionEvent } from '../../src/h3.ts'
import { inTurn, onEveryEngine } from '../support/engines.ts'
import { listen } from '../support/serve.ts'
import { h3Suite } from './suite/suite.ts'
import { ask } from './suite/visits.ts'

const V1 = (event: SessionEvent): H3Event => event as H3Event

describe('on h3 1.15', () => {
  h3Suite(inTurn(0), {
    hasNext: false,
    listener(routes) {
      const app = createApp()
      app.use(eventHandler((event) => routes.middleware?.(event)))
      app.use(eventHandler((event) => routes.handler(event)))
      return toNodeListener(app)
    },
    redirect: (event, location) => sendRedirect(V1(event), location),
    setCookie: (event, name, value) => setCookie(V1(event), name, value),
  })

  onEveryEngine(({ options }) => {
    it('keeps the session cookie of a handler that proxies another server, which sets cookies too', async () => {
      const upstream = await listen((_request, response) => response.setHeader('set-cookie', 'other=1; Path=/').end('upstream'))
      const app = createApp()
      app.use(
        eventHandler(async (event) => {
          const session = await useDynamoSession(event, { ...options, secretKey: 'secret'.repeat(4) })
          if (event.path !== '/read') await session.update({ n: 1 })
          return sendProxy(event, `http://127.0.0.1:${upstream.port}/`)
        }),
      )
      const server = await listen(toNodeListener(app))
      const [written, read] = [await ask(server.port, new Map()), await ask(server.port, new Map(), { path: '/read' })]
      server.stop()
      upstream.stop()
      expect(written).toMatchObject({ text: 'upstream', cookies: ['other=1; Path=/', expect.stringMatching(/^session=./)] })
      expect(read.cookies).toEqual(['other=1; Path=/'])
    })
  })

  it('fits its types', () => {
    expectTypeOf<H3Event>().toExtend<SessionEvent>()
    // Whose `data` claims to hold every key from the start.
    expectTypeOf<DynamoSession<{ a?: number }>>().toExtend<SessionManager<{ a?: number }>>()
    expectTypeOf<DynamoSession>().toExtend<SessionManager>()
  })
})
