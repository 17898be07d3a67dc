// What pages see with `raiseErrors: false` while no answer comes from DynamoDB.
import type { H3Event } from 'h3'
import type { Session as Remix3Session } from '@remix-run/session'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionOptions } from '../../src/index.ts'
import { createDynamoSessionStorage as reactRouter } from '../../src/react-router.ts'
import { createDynamoSessionStorage as remix2 } from '../../src/remix.ts'
import { createDynamoSessionStorage as remix3 } from '../../src/remix3.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useGate } from '../support/gate.ts'
import { useProxy } from '../support/proxy.ts'
import { doors, events } from './visitors.ts'

const LIMITS = { requestTimeout: 500, maxAttempts: 1 }
/** As docs/configuration.md says, with connections and a busy machine. */
const ONE = LIMITS.requestTimeout * LIMITS.maxAttempts + 2000

type Options = SessionOptions & { secretKey: string }

/** The session of one page. */
interface View {
  readonly user: unknown
  write(): Promise<unknown>
  regenerate(): Promise<unknown>
  destroy(): Promise<unknown>
}

/** By the names of `doors`: opens the session of a cookie. */
const VIEWS: Record<string, (options: Options) => (cookie: string) => Promise<View>> = {
  'react-router': (options) => viewOf(reactRouter({ ...options, cookie: { name: 'faults' } })),
  'remix 2': (options) => viewOf(remix2({ ...options, cookie: { name: 'faults' } })),
  'remix 3': (options) => {
    const storage = remix3(options)
    const change = (work: (session: Remix3Session) => void) => async (session: Remix3Session) => {
      work(session)
      return storage.save(session)
    }
    return viewOf({
      getSession: (cookie) => storage.read(cookie),
      commitSession: (session) => storage.save(session),
      regenerateSession: change((session) => session.regenerateId(true)),
      destroySession: change((session) => session.destroy()),
    })
  },
  'h3 1': (options) => (cookie) => h3View(events['h3 1'](cookie), options),
  'h3 2': (options) => (cookie) => h3View(events['h3 2'](cookie), options),
}

interface Session {
  get(name: string): unknown
  set(name: string, value: unknown): void
}

function viewOf<S extends Session>(storage: {
  getSession(cookie: string): Promise<S>
  commitSession(session: S): Promise<unknown>
  regenerateSession(session: S): Promise<unknown>
  destroySession(session: S): Promise<unknown>
}): (cookie: string) => Promise<View> {
  return async (cookie) => {
    const session = await storage.getSession(cookie)
    return {
      user: session.get('user'),
      async write() {
        session.set('user', 'another')
        return storage.commitSession(session)
      },
      regenerate: () => storage.regenerateSession(session),
      destroy: () => storage.destroySession(session),
    }
  }
}

async function h3View(event: H3Event | ReturnType<(typeof events)['h3 1']>, options: Options): Promise<View> {
  const session = await useDynamoSession<{ user?: string }>(event as H3Event, { ...options, name: 'faults' })
  return {
    user: session.data.user,
    write: () => session.update({ user: 'another' }),
    regenerate: () => session.regenerate(),
    destroy: () => session.destroy(),
  }
}

onEveryEngine(({ engine, options }) => {
  const secretKey = 'faults'.repeat(6)

  describe.concurrent.each(['silent', 'refusing connections'] as const)('an endpoint that is %s, with raiseErrors false', (outage) => {
    const proxy = useProxy(engine)
    const gate = useGate(proxy, outage)
    const code = outage === 'silent' ? 'TIMEOUT' : 'UNREACHABLE'

    it('gives pages an empty session in time, which is never written, and fails what ends a session', { timeout: 20_000 }, async () => {
      const told: unknown[] = []
      const errorHandler = (error: unknown, { operation }: { operation: string }): void =>
        void told.push(`${operation}: ${(error as { code?: string }).code}`)
      const own = { ...options, secretKey, endpoint: gate.endpoint, ...LIMITS, raiseErrors: false, errorHandler }
      const pages = await Promise.all(
        doors({ ...options, secretKey })
          .filter(({ name }) => VIEWS[name])
          .map(async ({ name, logIn }) => {
            const view = (VIEWS[name] as (typeof VIEWS)[string])(own)
            const cookies = await Promise.all([1, 2, 3].map(() => logIn({ user: name })))
            const [one, two, three] = cookies as [string, string, string]
            return { name, view, cookie: one, held: await Promise.all([view(two), view(three)]) }
          }),
      )
      expect(pages).toHaveLength(5)
      expect(told).toEqual([])

      await gate.close()
      await sleep(50) // until the client has seen its connections end
      const from = performance.now()
      const empty = await Promise.all(pages.map(({ view, cookie }) => view(cookie)))
      expect(performance.now() - from).toBeLessThan(ONE)
      expect(empty.map(({ user }) => user)).toEqual(pages.map(() => undefined))
      expect(told).toEqual(pages.map(() => `read: ${code}`))

      told.splice(0)
      const ends = await Promise.allSettled(
        pages.flatMap(({ held: [one, two] }, n) => [one?.regenerate(), two?.destroy(), (empty[n] as View).destroy()]),
      )
      expect(ends).toEqual(ends.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code }) as unknown })))
      expect(told.toSorted()).toEqual([
        ...pages.flatMap(() => [`destroy: ${code}`, `destroy: ${code}`]),
        ...pages.map(() => `regenerate: ${code}`),
      ])

      const late = await Promise.all(pages.map(({ view, cookie }) => view(cookie)))
      await gate.open()
      await sleep(50)
      const back = performance.now()
      const again = await Promise.all(pages.map(({ view, cookie }) => view(cookie)))
      expect(performance.now() - back, 'milliseconds to recover').toBeLessThan(1500)
      expect(again.map(({ user }) => user)).toEqual(pages.map(({ name }) => name))
      proxy.reset()
      await Promise.all(late.map((view) => view.write()))
      expect(proxy.requests).toEqual([])
    })
  })
})
