import { createApp, eventHandler, sendRedirect, setCookie, toNodeListener } from 'h3-v1'
import type { H3Event, SessionManager } from 'h3-v1'
import { describe, expectTypeOf, it } from 'vitest'
import type { DynamoSession, SessionEvent } from '../src/h3.ts'
import { h3Suite } from './support/h3.ts'

const V1 = (event: SessionEvent): H3Event => event as H3Event

describe('on h3 1.15', () => {
  h3Suite({
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

  it('fits its types', () => {
    expectTypeOf<H3Event>().toExtend<SessionEvent>()
    // Whose `data` claims to hold every key from the start.
    expectTypeOf<DynamoSession<{ a?: number }>>().toExtend<SessionManager<{ a?: number }>>()
    expectTypeOf<DynamoSession>().toExtend<SessionManager>()
  })
})
