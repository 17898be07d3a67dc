// The bug reports of test/replays/, as far as secondary storage decides them: Better Auth itself reads and writes each value as a whole.
import { describe, expect, it } from 'vitest'
import { dynamodbSecondaryStorage } from '../../src/better-auth.ts'
import { onEveryEngine } from '../support/engines.ts'
import { holdFirstWrite, useProxy } from '../support/proxy.ts'
import { useAuth, USER } from './server.ts'
import type { Browser } from './server.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const storage = () => dynamodbSecondaryStorage({ ...table.options, endpoint: proxy.endpoint, maxAttempts: 1 })
  // Each view refreshes the session, and so writes it.
  const refreshing = useAuth(storage, { session: { updateAge: 0 } })
  const auth = useAuth(storage)
  const nameOf = async (browser: Browser): Promise<unknown> => (await browser.get('/get-session')).data?.user?.name ?? null

  describe('the bug reports, replayed', () => {
    it('a sign-out during a request that refreshes the session: it stays ended', async () => {
      const browser = await refreshing.signedIn()
      const before = refreshing.newBrowser(browser)
      const { isHeld, release } = holdFirstWrite(proxy)
      const slow = before.get('/get-session')
      await isHeld
      expect((await browser.post('/sign-out')).status).toBe(200)
      release()
      await slow
      expect([await nameOf(browser), await nameOf(before)]).toEqual([null, null])
    })

    it('a log-in by double click: it works with either response', async () => {
      await auth.signedIn()
      const [one, two] = [auth.newBrowser(), auth.newBrowser()]
      await Promise.all([one, two].map((browser) => browser.post('/sign-in/email', USER)))
      expect([await nameOf(one), await nameOf(two)]).toEqual(['Ada', 'Ada'])
    })

    it('a session that nobody changed: nothing is written', async () => {
      const browser = await auth.signedIn()
      proxy.requests.splice(0)
      expect(await nameOf(browser)).toBe('Ada')
      expect([...new Set(proxy.operations())]).toEqual(['GetItem'])
    })

    it('a store that is down: an error, and no visitor without a session', async () => {
      const browser = await auth.signedIn()
      for (const fault of [{ status: 400, body: { __type: 'x#AccessDeniedException', message: 'no' } }, 'reset'] as const) {
        proxy.fault = () => fault
        expect(await browser.get('/get-session')).toMatchObject({ status: 500, data: { code: 'FAILED_TO_GET_SESSION' } })
      }
      proxy.reset()
      expect(await nameOf(browser)).toBe('Ada')
    })
  })
})
