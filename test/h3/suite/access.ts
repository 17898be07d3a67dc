// Who gets which session, and by which options.
import { request as sendRequest } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { dynamoSession, requireDynamoSession, useDynamoSession } from '../../../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions, SessionEvent } from '../../../src/h3.ts'
import { listen } from '../../support/serve.ts'
import { SECRET } from './visits.ts'
import type { Values, Visits } from './visits.ts'

export function accessSuite({ options, proxy, make, use, store, routes, jar, visit, within, stored }: Visits): void {
  describe('requireDynamoSession', () => {
    const enter = async (more: Parameters<typeof requireDynamoSession<Values>>[1] = {}) =>
      visit(async (event) => {
        const session = await requireDynamoSession<Values>(event, { ...make(), ...more })
        return `welcome ${session.data.userId}`
      })

    it('answers 401 without a session, or without the user in it, and h3 logs no unhandled error', async () => {
      const log = vi.spyOn(console, 'error').mockReturnValue()
      const { status, text } = await enter()
      expect(log).not.toHaveBeenCalled()
      expect([status, JSON.parse(text)]).toEqual([401, expect.objectContaining({ statusMessage: 'Unauthorized' })])
      await stored({ a: 1 })
      expect((await enter()).status).toBe(200)
      expect((await enter({ userIdKey: 'userId' })).status).toBe(401)
      // What a log-out leaves in place of an id.
      for (const userId of [false, null, '']) {
        await stored({ userId } as Values)
        expect((await enter({ userIdKey: 'userId' })).status).toBe(401)
      }
      await stored({ userId: '42' })
      expect((await enter({ userIdKey: 'userId' })).text).toBe('welcome 42')
    })

    it('asks a check of its own in place of that', async () => {
      expect((await enter({ check: () => true })).status).toBe(200)
      await stored({ userId: '42' })
      expect((await enter({ check: async ({ data }) => data.userId === '43' })).status).toBe(401)
    })

    it('takes the session that the middleware opened', async () => {
      routes.middleware = dynamoSession(make({ userIdKey: 'userId', name: 'sid' }))
      const open = () => visit(async (event) => JSON.stringify((await requireDynamoSession(event)).data))
      expect((await open()).status).toBe(401)
      await within((session) => session.update({ userId: '42' }), { name: 'sid', userIdKey: 'userId' })
      expect((await open()).text).toBe('{"userId":"42"}')
    })

    it.each([
      ['a middleware', (event: SessionEvent) => dynamoSession(make())(event)],
      ['useDynamoSession', use],
    ])('asks for the user also where %s has opened the session without a `userIdKey`', async (_, before) => {
      const open = (more: object) =>
        visit(async (event) => {
          await before(event)
          await requireDynamoSession(event, { ...make(), ...more })
          return 'welcome'
        })
      await stored({ a: 1 })
      expect([(await open({})).status, (await open({ userIdKey: 'userId' })).status]).toEqual([200, 401])
      await stored({ userId: '42' })
      expect((await open({ userIdKey: 'userId' })).status).toBe(200)
    })
  })

  describe('sessions under two cookies', () => {
    const cart = { name: 'cart' }

    it('are apart, and without options that of the middleware is meant', async () => {
      routes.middleware = dynamoSession(make())
      await visit(async (event) => {
        await (await use(event, cart)).update({ a: 'cart' })
        await (await useDynamoSession<Values>(event)).update({ a: 'main' })
        return ''
      })
      expect([...jar.keys()].toSorted()).toEqual(['cart', 'session'])
      const { text } = await visit(async (event) => [(await useDynamoSession(event)).data, (await use(event, cart)).data])
      expect(JSON.parse(text)).toEqual([{ a: 'main' }, { a: 'cart' }])
    })

    it('are an error without options where neither is of a middleware', async () => {
      const open = (names: string[]) =>
        visit(async (event) => {
          for (const name of names) await use(event, { name })
          return useDynamoSession(event).then(
            () => 'opened',
            (error: Error) => error.message,
          )
        })
      expect((await open(['a'])).text).toBe('opened')
      expect((await open(['a', 'b'])).text).toContain('those of a and b are open')
    })

    it('cannot share one cookie', async () => {
      await visit(async (event) => {
        await use(event)
        await expect(use(event, { keyPrefix: 'other:' })).rejects.toThrow('`keyPrefix`')
        await expect(use(event, { tableName: 'other' })).rejects.toThrow('`tableName`')
        return ''
      }).then(({ status }) => expect(status).toBe(200))
    })
  })

  describe('a failed read', () => {
    it('is raised, or gives an empty session that is never written', async () => {
      const id = await stored({ a: 1 })
      const errors: unknown[] = []
      proxy.fault = ({ operation }) => (operation === 'GetItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined)
      await expect(within(() => '')).rejects.toThrow('denied')
      const more: DynamoSessionOptions = { raiseErrors: false, errorHandler: (_, { operation }) => void errors.push(operation) }
      const cookies = await within(async (session) => {
        await session.update({ b: 2 })
        return [session.id, session.data]
      }, more)
      expect([cookies, errors]).toEqual([[undefined, {}], ['read']])
      expect((await store.read(id))?.data).toEqual({ a: 1 })
      // Logging out works all the same.
      await within((session) => session.clear(), more)
      expect([await store.read(id), jar.size]).toEqual([null, 0])
    })
  })

  describe('options', () => {
    it('may be a literal inside the handler: fifty requests take at most five connections', async () => {
      const sockets = new Set<unknown>()
      const spied = await listen((incoming, outgoing) => {
        sockets.add(incoming.socket)
        const onward = sendRequest(
          new URL(proxy.endpoint),
          { method: 'POST', headers: incoming.headers },
          (response) => void response.pipe(outgoing.writeHead(response.statusCode ?? 500, response.headers)),
        )
        incoming.pipe(onward)
      })
      try {
        const handler = async (event: SessionEvent): Promise<string> => {
          const session = await useDynamoSession<Values>(event, {
            ...options,
            endpoint: `http://127.0.0.1:${spied.port}`,
            secretKey: [SECRET],
            cookie: { sameSite: 'strict' },
            errorHandler: () => {},
          })
          await session.update(({ count = 0 }) => ({ count: count + 1 }))
          return String(session.data.count)
        }
        for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 5 }, () => visit(handler)))
        expect(sockets.size).toBeLessThanOrEqual(5)
      } finally {
        spied.stop()
      }
    })

    it('may be a driver that is mounted already', async () => {
      const driver = dynamodbDriver({ ...options })
      const mounted = (fn: (session: DynamoSession<Values>) => unknown) =>
        visit(async (event) => JSON.stringify(await fn(await useDynamoSession<Values>(event, { driver, secretKey: SECRET }))))
      await mounted((session) => session.update({ a: 1 }))
      expect((await mounted(({ data }) => data)).text).toBe('{"a":1}')
      await expect(within(() => '', { driver: { name: 'memory' }, endpoint: undefined, tableName: undefined })).rejects.toThrow(
        'is the mount missing?',
      )
    })
  })
}
