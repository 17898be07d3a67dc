// What dynamodb-sessions/better-auth promises, with Better Auth over HTTP.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { betterAuth } from 'better-auth'
import type { BetterAuthOptions } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dynamodbSecondaryStorage } from '../../src/better-auth.ts'
import { createSessionStore, InvalidOptionError } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { serve } from '../support/serve.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const open = (): ReturnType<typeof dynamodbSecondaryStorage> => dynamodbSecondaryStorage({ ...table.options, endpoint: proxy.endpoint })
  const keysNow = async (): Promise<(string | undefined)[]> => {
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.options.tableName, ConsistentRead: true }))
    return Items.map(({ session_id }) => session_id?.S)
  }

  describe('the storage', () => {
    it('keeps a value for its time', async () => {
      atTime(START)
      const storage = open()
      await storage.set('named-key', 'value', 60)
      expect(await storage.get('named-key')).toBe('value')
      atTime(START + 60)
      expect(await storage.get('named-key')).toBeNull()
      await storage.set('named-key', 'again')
      atTime(START + 5000 * 24 * 3600)
      expect(await storage.get('named-key')).toBe('again')
      await storage.set('named-key', 'over', 0)
      expect(await storage.get('named-key')).toBeNull()
    })

    it('lets a named key come again after its deletion, and a token not', async () => {
      const storage = open()
      const token = 'aB3'.repeat(11).slice(0, 32)
      for (const key of ['active-sessions-42', token]) {
        await storage.set(key, 'one', 60)
        await storage.delete(key)
        await storage.set(key, 'two', 60)
      }
      expect([await storage.get('active-sessions-42'), await storage.get(token)]).toEqual(['two', null])
    })

    it('has keys that are no sessions, and hold no token', async () => {
      const storage = open()
      await storage.set('a-token-of-somebody', 'value', 60)
      const keys = await keysNow()
      expect(keys.every((key) => /^auth:[0-9a-f]{64}$/.test(String(key)))).toBe(true)
      for (const key of keys)
        await expect(createSessionStore(table.options).destroyByKey(String(key))).rejects.toThrow('is not that of a session')
    })

    it('counts and takes in one step', async () => {
      const [one, two] = [open(), open()]
      const counts = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).increment('rate', 60)))
      expect(Math.max(...counts)).toBe(20)
      await one.set('verification', 'code', 60)
      const taken = await Promise.all([one, two, one, two, one].map((storage) => storage.getAndDelete('verification')))
      expect(taken.filter(Boolean)).toEqual(['code'])
    })
  })

  describe('with Better Auth', () => {
    const database: Record<string, Record<string, unknown>[]> = { user: [], session: [], account: [], verification: [] }
    let server: Awaited<ReturnType<typeof serve>>

    beforeAll(async () => {
      let auth: { handler(request: Request): Promise<Response> } | undefined
      server = await serve((request) => {
        const options = {
          baseURL: server.origin,
          secret: 'a long and random secret of 32 characters',
          database: memoryAdapter(database),
          secondaryStorage: open(),
          emailAndPassword: { enabled: true },
          rateLimit: { enabled: true, window: 60, max: 1000, customRules: { '/get-session': { window: 60, max: 8 } } },
          telemetry: { enabled: false },
        } satisfies BetterAuthOptions
        auth ??= betterAuth(options)
        return auth.handler(request)
      })
    })
    afterAll(() => server.stop())

    async function call(path: string, { cookie = '', body, ip = '203.0.113.1' }: { cookie?: string; body?: object; ip?: string } = {}) {
      const response = await fetch(`${server.origin}/api/auth${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { cookie, origin: server.origin, 'x-forwarded-for': ip, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const own = response.headers.getSetCookie().find((text) => text.includes('session_token='))
      return {
        status: response.status,
        data: (await response.json()) as { user?: { name: string } } | null,
        cookie: own?.split(';')[0] ?? cookie,
      }
    }

    it('signs up, reads the session, lists it, and signs out for good', async () => {
      const user = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }
      const signedUp = await call('/sign-up/email', { body: user })
      expect(signedUp.status).toBe(200)
      const { cookie } = signedUp
      expect((await call('/get-session', { cookie })).data?.user?.name).toBe('Ada')
      expect((await call('/list-sessions', { cookie })).data).toHaveLength(1)
      expect(database.session).toEqual([])
      expect((await call('/sign-out', { cookie, body: {} })).status).toBe(200)
      expect((await call('/get-session', { cookie })).data).toBeNull()
      const again = await call('/sign-in/email', { body: user })
      expect((await call('/get-session', { cookie: again.cookie })).data?.user?.name).toBe('Ada')
    })

    it('limits rates over all hosts: of twenty at once the rule lets eight pass', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => call('/get-session', { ip: '203.0.113.7' })))
      const statuses = all.map(({ status }) => status)
      expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length]).toEqual([8, 12])
    })
  })
})

it('finds wrong options where they are given', () => {
  expect(() => dynamodbSecondaryStorage({ table: 'auth' } as object)).toThrow(InvalidOptionError)
})
