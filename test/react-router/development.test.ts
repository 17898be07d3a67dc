// What the cookie of React Router is in development, where pages come by plain HTTP.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { onEveryEngine } from '../support/engines.ts'

afterEach(() => void vi.unstubAllEnvs())

onEveryEngine(({ options }) => {
  async function cookieNamed(name: string | undefined, more: object = {}): Promise<{ cookie: string; warnings: string[] }> {
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const storage = createDynamoSessionStorage({ ...options, secretKey: 'x'.repeat(40), cookie: { ...(name && { name }), ...more } })
    const session = await storage.getSession(null)
    session.set('a', 1)
    const cookie = await storage.commitSession(session)
    const warnings = emit.mock.calls.map(([text]) => String(text))
    emit.mockRestore()
    return { cookie, warnings }
  }

  describe.each(['development', 'production'])('in %s', (mode) => {
    const isDevelopment = mode === 'development'

    it(`a cookie ${isDevelopment ? 'goes without' : 'has'} Secure`, async () => {
      vi.stubEnv('NODE_ENV', mode)
      const { cookie, warnings } = await cookieNamed(undefined)
      expect([cookie.includes('; Secure'), warnings]).toEqual([!isDevelopment, []])
    })

    it.each(['__Host-session', '__Secure-session'])('one named %s is Secure, or no browser would keep it', async (name) => {
      vi.stubEnv('NODE_ENV', mode)
      const { cookie, warnings } = await cookieNamed(name)
      expect(cookie).toMatch(new RegExp(`^${name}=.*; Secure`))
      expect(warnings).toEqual(isDevelopment ? [expect.stringContaining("process.env.NODE_ENV === 'development' ? 'session'")] : [])
      expect((await cookieNamed(name, { secure: true })).warnings).toEqual([])
    })
  })
})
