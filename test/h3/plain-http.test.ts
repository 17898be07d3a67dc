// In development a page is opened from a phone, by the machine's name or from a container: the cookie works, or one warning says why not.
import { createServer, get } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import * as h3v1 from 'h3-v1'
import { H3, toNodeHandler } from 'h3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import { inTurn, onEveryEngine } from '../support/engines.ts'

const HERE = ['localhost:3000', 'app.localhost:3000', '127.0.0.1:3000', '[::1]:3000', '0.0.0.0:3000']
const NEAR = [
  '192.168.1.20:3000',
  '10.0.0.4:3000',
  '172.20.0.2',
  '[fd00::5]:3000',
  'my-mac.local:3000',
  'host.docker.internal:3000',
  'shop.test',
]

let warnings: string[]
beforeEach(() => {
  warnings = []
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

onEveryEngine(({ engine, options }) => {
  const given = { ...options, secretKey: 'x'.repeat(40) }
  const MAJORS: Record<string, (use: typeof useDynamoSession) => RequestListener> = {
    'h3 1': (use) => {
      const app = h3v1.createApp()
      app.use(h3v1.eventHandler(async (event) => (await (await use(event, given)).update({ a: 1 })).data))
      return h3v1.toNodeListener(app)
    },
    'h3 2': (use) =>
      toNodeHandler(new H3().get('/', async (event) => (await (await use(event, given)).update({ a: 1 })).data)) as RequestListener,
  }

  describe.each(Object.entries(MAJORS).filter((_, way) => inTurn(way)(engine)))('%s', (_, listen) => {
    /** The cookie that each host gets, from a process that has not warned yet. */
    async function visit(hosts: string[], headers: Record<string, string> = {}): Promise<string[]> {
      vi.resetModules()
      const fresh = await import('../../src/h3.ts')
      const server = createServer(listen(fresh.useDynamoSession)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const cookies: string[] = []
      for (const host of hosts) {
        const [response] = await once(get({ port, host: '127.0.0.1', headers: { ...headers, host }, agent: false }), 'response')
        response.resume()
        cookies.push(String(response.headers['set-cookie']?.[0]))
      }
      server.close()
      return cookies
    }
    const plain = /^session=(?!.*; Secure)/
    const secure = /^__Host-session=.*; Secure/

    it('gives each of them a cookie that the browser keeps, in development', async () => {
      vi.stubEnv('NODE_ENV', 'development')
      for (const cookie of await visit([...HERE, ...NEAR])) expect(cookie).toMatch(plain)
      expect(warnings).toEqual([])
    })

    it('gives this machine one without NODE_ENV, and warns those near it once', async () => {
      vi.stubEnv('NODE_ENV', '')
      for (const cookie of await visit(HERE)) expect(cookie).toMatch(plain)
      expect(warnings).toEqual([])
      for (const cookie of await visit(NEAR)) expect(cookie).toMatch(secure)
      expect(warnings).toEqual([expect.stringMatching(/__Host-session is `Secure`, and the request to 192\.168\.1\.20:3000 came by http/)])
    })

    it('warns of any other host by plain http in development, and of none by https', async () => {
      vi.stubEnv('NODE_ENV', 'development')
      await visit(['shop.example'], { 'x-forwarded-proto': 'https' })
      expect(warnings).toEqual([])
      for (const cookie of await visit(['shop.example', 'other.example'])) expect(cookie).toMatch(secure)
      expect(warnings).toHaveLength(1)
    })

    it('says nothing in production, where proxies hide both', async () => {
      vi.stubEnv('NODE_ENV', 'production')
      for (const cookie of await visit([...HERE, ...NEAR, 'shop.example'])) expect(cookie).toMatch(secure)
      vi.stubEnv('NODE_ENV', '')
      for (const cookie of await visit(['shop.example'])) expect(cookie).toMatch(secure)
      expect(warnings).toEqual([])
    })
  })
})
