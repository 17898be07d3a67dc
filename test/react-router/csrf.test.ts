// Forged requests in React Router 8 and Remix 2: the storage's own methods, and React Router's middleware.
import * as router from 'react-router'
import { createCookie } from 'react-router'
import { describe, expect, it } from 'vitest'
import * as storages from '../../src/react-router.ts'
import { createCsrfMiddleware, createDynamoSessionStorage } from '../../src/react-router.ts'
import * as remix from '../../src/remix.ts'
import { csrfSuite } from '../support/csrf.ts'
import { serve } from '../support/serve.ts'
import { byHand, cookie, reactRouterCsrfSuite } from './suite/csrf.ts'

const secretKey = 'a long and random secret'

describe('React Router 8', () => reactRouterCsrfSuite(router, storages))

describe('Remix 2, by hand', () => {
  csrfSuite((options) => serve(byHand(remix.createDynamoSessionStorage({ ...options, cookie }))))
})

describe('the expected origin', () => {
  const forged = (origin: string): Request =>
    new Request('http://shop.example.com/', { method: 'POST', headers: { origin, host: 'shop.example.com' } })

  it('is one of https where the cookie is Secure, also that of a Cookie object', async () => {
    for (const made of [{ secure: true }, createCookie('s', { secure: true, secrets: [secretKey] })]) {
      const storage = createDynamoSessionStorage({ secretKey, cookie: made })
      await storage.verifyCsrf(forged('https://shop.example.com'))
      await expect(storage.verifyCsrf(forged('http://shop.example.com'))).rejects.toMatchObject({ reason: 'origin' })
    }
    await createDynamoSessionStorage({ secretKey, cookie }).verifyCsrf(forged('http://shop.example.com'))
  })
})

describe('a Cookie object, which shows no secrets', () => {
  it('needs `secretKey` for tokens, and says so before anything is stored', async () => {
    const storage = createDynamoSessionStorage({ cookie: createCookie('s', { secrets: [secretKey] }) })
    await expect(storage.csrfToken(await storage.getSession())).rejects.toMatchObject({
      code: 'MISSING_SECRET_KEY',
      message: expect.stringContaining('beside a Cookie object'),
    })
  })
})

describe('the middleware', () => {
  it('throws a response of one’s own', async () => {
    const storage = createDynamoSessionStorage({ secretKey })
    const middleware = createCsrfMiddleware(storage, { refuse: ({ reason }) => new Response(reason, { status: 418 }) })
    const request = new Request('http://localhost/', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    const thrown = await middleware({ request, context: {} }, async () => 'passed').catch((error: unknown) => error)
    expect([(thrown as Response).status, await (thrown as Response).text()]).toEqual([418, 'cross-site'])
    expect(() => createCsrfMiddleware(storage, { origins: ['example.com'] })).toThrow('Option `origins`')
  })
})
