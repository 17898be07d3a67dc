// In development data that was changed and not stored is told of, once and where it happened, when the response has gone.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import * as h3v1 from 'h3-v1'
import { H3, toNodeHandler } from 'h3'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { DynamoSession, SessionEvent } from '../../src/h3.ts'
import { onEveryEngine } from '../support/engines.ts'

type Handler = (event: SessionEvent) => Promise<unknown>

const MAJORS: Record<string, (handler: Handler) => RequestListener> = {
  'h3 1': (handler) => h3v1.toNodeListener(h3v1.createApp().use(h3v1.eventHandler((event) => handler(event as SessionEvent)))),
  'h3 2': (handler) => toNodeHandler(new H3().all('/**', (event) => handler(event as SessionEvent))) as RequestListener,
}

onEveryEngine(({ options }) => {
  const given = { ...options, secretKey: 'x'.repeat(40) }
  const warnings: string[] = []
  beforeEach(() => {
    warnings.length = 0
    vi.stubEnv('NODE_ENV', 'development')
    vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)))
  })

  describe.each(Object.entries(MAJORS))('%s', (_, listen) => {
    async function visit(work: (session: DynamoSession<Record<string, unknown>>) => unknown, paths = ['/cart?id=secret']): Promise<void> {
      vi.resetModules()
      const { useDynamoSession } = await import('../../src/h3.ts')
      const server = createServer(
        listen(async (event) => {
          await work(await useDynamoSession<Record<string, unknown>>(event, given))
          return 'done'
        }),
      ).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      for (const path of paths) await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
      await new Promise((resolve) => setTimeout(resolve, 20))
      server.closeAllConnections()
      server.close()
    }

    it('names the request and the keys, once for each place', async () => {
      await visit((session) => void (session.data.items = ['book']), ['/cart?id=secret', '/cart', '/other'])
      expect(warnings).toEqual([
        expect.stringContaining('GET /cart changed `session.data` (items) and did not store it'),
        expect.stringContaining('GET /other changed'),
      ])
      expect(warnings.join()).not.toContain('secret')
    })

    it.each<[string, (session: DynamoSession<Record<string, unknown>>) => unknown]>([
      ['what was stored', (session) => session.update({ items: 1 })],
      [
        'what was changed in place and stored',
        async (session) => {
          session.data.items = ['book']
          await session.update()
          ;(session.data.items as string[]).push('pen')
          await session.regenerate()
        },
      ],
      ['what is being stored when the response goes', (session) => void session.update({ late: 1 })],
      ['what was only read', (session) => session.data.items],
      [
        'what was ended',
        async (session) => {
          await session.update({ items: 1 })
          await session.clear()
        },
      ],
    ])('says nothing of %s', async (_name, work) => {
      await visit(work)
      expect(warnings.filter((text) => text.includes('did not store'))).toEqual([])
    })

    it('finds a change of what was read before', async () => {
      await visit(async (session) => {
        await session.update({ items: ['book'] })
        ;(session.data.items as string[]).push('pen')
      })
      expect(warnings).toEqual([expect.stringContaining('(items)')])
    })

    it('is silent elsewhere', async () => {
      vi.stubEnv('NODE_ENV', 'production')
      await visit((session) => void (session.data.items = ['book']))
      expect(warnings).toEqual([])
    })
  })

  it('is found by the middleware of h3 2 where there is no server of Node', async () => {
    vi.resetModules()
    const { dynamoSession, useDynamoSession } = await import('../../src/h3.ts')
    const app = new H3().use(dynamoSession(given) as never)
    app.post('/in', async (event) => void ((await useDynamoSession(event)).data.user = 'ada'))
    await app.request('/in', { method: 'POST', headers: { host: 'localhost' } })
    expect(warnings).toEqual([expect.stringContaining('POST /in changed `session.data` (user)')])
  })
})
