// Forged requests in Nuxt, by the middleware that the option `csrf` brings, as Nuxt runs it on h3 1. test/e2e/nuxt.e2e.ts builds an application.
import { createApp, createRouter, eventHandler, readFormData, toNodeListener } from 'h3-v1'
import type { EventHandler } from 'h3-v1'
import { describe, vi } from 'vitest'
import { csrfSuite } from '../support/csrf.ts'
import { listen } from '../support/serve.ts'

const nuxt = vi.hoisted(() => ({ dynamodbSessions: {} }))
vi.mock('#imports', async () => {
  const { eventHandler: defineEventHandler } = await import('h3-v1')
  return { defineEventHandler, getRouteRules: () => ({}), useRuntimeConfig: () => nuxt }
})
vi.mock('#dynamodb-sessions/public', () => ({ csrfOptions: { except: ['/webhooks'] }, publicKeys: [] }))

describe('Nuxt', () => {
  csrfSuite(async (options) => {
    Object.assign(nuxt, { dynamodbSessions: options })
    const { default: refuseForged } = await import('../../src/nuxt/runtime/csrf.ts')
    const { useDynamoSession } = await import('../../src/nuxt/runtime/server.ts')
    const root = eventHandler(async (event) => String((await readFormData(event)).get('a')))
    const router = createRouter()
    router
      .get(
        '/form',
        eventHandler(async (event) => (await useDynamoSession(event)).csrfToken()),
      )
      .get(
        '/page',
        eventHandler(async (event) => String((await useDynamoSession(event)).isNew)),
      )
      .post('/', root)
      .post('/webhooks', root)
      .post(
        '/login',
        eventHandler(async (event) => {
          const session = await useDynamoSession(event)
          await session.update({ userId: 'ada' })
          await session.regenerate()
          return ''
        }),
      )
    return listen(
      toNodeListener(
        createApp()
          .use(refuseForged as EventHandler)
          .use(router),
      ),
    )
  })
})
