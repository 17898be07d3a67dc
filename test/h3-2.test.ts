import { H3, redirect, setCookie } from 'h3'
import type { H3Event, Middleware, SessionManager } from 'h3'
import { toNodeHandler } from 'h3/node'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { createSessionStore } from '../src/index.ts'
import { dynamoSession, useDynamoSession } from '../src/h3.ts'
import type { DynamoSession, SessionEvent } from '../src/h3.ts'
import { onEveryEngine } from './support/engines.ts'
import { ask, h3Suite, listen } from './support/h3.ts'

const V2 = (event: SessionEvent): H3Event => event as H3Event

afterEach(() => {
  vi.restoreAllMocks()
})

describe('on h3 2', () => {
  h3Suite({
    hasNext: true,
    listener(routes) {
      const app = new H3()
      app.use((event, next) => (routes.middleware ? routes.middleware(event, next) : next()))
      app.all('/**', (event) => routes.handler(event))
      return toNodeHandler(app)
    },
    redirect: (_event, location) => redirect(location),
    setCookie: (event, name, value) => setCookie(V2(event), name, value),
  })

  it('fits its types', () => {
    expectTypeOf<H3Event>().toExtend<SessionEvent>()
    expectTypeOf<DynamoSession<{ a: number }>>().toExtend<SessionManager<{ a: number }>>()
    expectTypeOf<ReturnType<typeof dynamoSession>>().toExtend<Middleware>()
  })

  onEveryEngine(({ options }) => {
    it('stores what was written before an error, also where onError answers a Response without the cookie', async () => {
      vi.spyOn(console, 'error').mockReturnValue()
      const store = createSessionStore({ ...options })
      const app = new H3({ onError: () => new Response('sorry', { status: 500 }) })
      let id: string | undefined
      app.use(dynamoSession({ ...options, secretKey: 'secret' }))
      app.get('/', async (event) => {
        id = (await (await useDynamoSession(event)).update({ a: 1 })).id
        throw new Error('no')
      })
      const { port, stop } = await listen(toNodeHandler(app))
      try {
        expect(await ask(port, new Map())).toMatchObject({ status: 500, text: 'sorry', cookies: [] })
        expect((await store.read(id as string))?.data).toEqual({ a: 1 })
      } finally {
        stop()
      }
    })
  })
})
