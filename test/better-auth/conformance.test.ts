// What Better Auth's own tests expect of any secondary storage, over HTTP.
import { admin, anonymous } from 'better-auth/plugins'
import { describe, expect, it } from 'vitest'
import { dynamodbSecondaryStorage } from '../../src/better-auth.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { useAuth, USER } from './server.ts'
import type { Browser } from './server.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const storage = () => dynamodbSecondaryStorage({ ...table.options, endpoint: proxy.endpoint })
  const session = async (browser: Browser): Promise<Record<string, string> | undefined> =>
    (await browser.get('/get-session')).data?.session as Record<string, string> | undefined

  describe('a session', () => {
    const auth = useAuth(storage)

    it('has all its fields, is listed once, and is gone from the storage, with its list, once it is revoked', async () => {
      const browser = await auth.signedIn()
      const { data } = await browser.get('/get-session')
      const text = expect.any(String) as string
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string
      expect(data).toMatchObject({
        session: { userId: text, token: text, expiresAt: time, ipAddress: text, userAgent: text },
        user: { id: text, name: 'Ada', email: USER.email, emailVerified: false, createdAt: time, updatedAt: time },
      })
      const { token, userId } = (await session(browser)) as { token: string; userId: string }
      const stored = JSON.parse((await storage().get(`active-sessions-${userId}`)) ?? '[]') as { token: string }[]
      expect(stored.map((one) => one.token)).toEqual([token])
      expect((await browser.get('/list-sessions')).data).toHaveLength(1)
      expect((await browser.post('/revoke-session', { token })).data).toEqual({ status: true })
      expect((await browser.get('/get-session')).data).toBeNull()
      expect([await storage().get(token), await storage().get(`active-sessions-${userId}`)]).toEqual([null, null])
    })

    it('of several is spared, where the others are revoked', async () => {
      const [one, two] = [await auth.signedIn(), await auth.signedIn()]
      expect((await one.post('/revoke-other-sessions')).status).toBe(200)
      expect([await session(one), await session(two)]).toEqual([expect.any(Object), undefined])
    })
  })

  describe.each([false, true])('a session that is in the database too, preserved there: %s', (preserveSessionInDatabase) => {
    const auth = useAuth(storage, { session: { storeSessionInDatabase: true, preserveSessionInDatabase } })

    it('is of no use once it is revoked', async () => {
      const browser = await auth.signedIn()
      const token = (await session(browser))?.token as string
      expect(await storage().get(token)).not.toBeNull()
      await browser.post('/revoke-session', { token })
      expect(await storage().get(token)).toBeNull()
      expect(auth.database.session).toHaveLength(preserveSessionInDatabase ? 1 : 0)
      expect(await session(browser)).toBeUndefined()
    })
  })

  describe('a user who is deleted', () => {
    const auth = useAuth(storage, {
      plugins: [admin(), anonymous()],
      user: { deleteUser: { enabled: true } },
      databaseHooks: {
        user: { create: { before: async (user) => ({ data: { ...user, role: user.email === USER.email ? 'admin' : 'user' } }) } },
      },
    })
    const bob = { name: 'Bob', email: 'bob@example.com', password: 'another horse battery' }

    it('by an administrator, has no session left', async () => {
      const [ada, victim] = [await auth.signedIn(), await auth.signedIn(bob)]
      const { token, userId } = (await session(victim)) as { token: string; userId: string }
      expect((await ada.post('/admin/remove-user', { userId })).status).toBe(200)
      expect([await storage().get(token), await storage().get(`active-sessions-${userId}`), await session(victim)]).toEqual([
        null,
        null,
        undefined,
      ])
    })

    it('by the own request, anonymous or not, neither', async () => {
      const visitor = auth.newBrowser()
      await visitor.post('/sign-in/anonymous')
      for (const [browser, path] of [
        [visitor, '/delete-anonymous-user'],
        [await auth.signedIn(bob), '/delete-user'],
      ] as const) {
        const token = (await session(browser))?.token as string
        expect(await storage().get(token)).not.toBeNull()
        expect((await browser.post(path, path === '/delete-user' ? { password: bob.password } : {})).status).toBe(200)
        expect([await storage().get(token), await session(browser)]).toEqual([null, undefined])
      }
    })
  })

  describe('a code that counts once', () => {
    let code: string | undefined
    const auth = useAuth(storage, {
      emailAndPassword: { enabled: true, sendResetPassword: async ({ token }) => void (code = token) },
    })

    it('resets the password for one of five requests that bring it at once', async () => {
      await auth.signedIn()
      await auth.newBrowser().post('/request-password-reset', { email: USER.email })
      const resets = await Promise.all(
        [1, 2, 3, 4, 5].map((n) => auth.newBrowser().post('/reset-password', { token: code, newPassword: `a new password ${n}` })),
      )
      expect(resets.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400])
    })
  })
})
