// Attributes that browsers drop a cookie for: refused where they are given, in every adapter that makes one.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDynamoSessionStorage as createForReactRouter } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createForRemix } from '../../src/remix.ts'
import { dynamoSession } from '../../src/h3.ts'
import { openSession } from '../../src/web.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const SECRET = 'x'.repeat(40)

const REFUSED: [cookie: Record<string, unknown>, option: string][] = [
  [{ name: '__Host-a', domain: 'shop.example' }, 'cookie.domain'],
  [{ name: '__Host-a', path: '/app' }, 'cookie.path'],
  [{ name: '__Host-a', secure: false }, 'cookie.secure'],
  [{ name: '__secure-a', secure: false }, 'cookie.secure'],
  [{ sameSite: 'none', secure: false }, 'cookie.secure'],
  [{ partitioned: true, secure: false }, 'cookie.secure'],
  [{ sameSite: 'lux' }, 'cookie.sameSite'],
  [{ maxAge: 60 * 60 * 24 * 1000 }, 'cookie.maxAge'],
]
const NAMES = ['', 'a b', 'a;b', 'a=b', 'ü']

afterEach(() => void vi.unstubAllEnvs())

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  const own = (): typeof options & { secretKey: string } => ({ ...options, endpoint: proxy.endpoint, secretKey: SECRET })

  describe.each([
    ['React Router', createForReactRouter],
    ['Remix 2', createForRemix],
  ])('in %s', (_framework, create) => {
    it.each([...REFUSED, ...NAMES.map((name): (typeof REFUSED)[number] => [{ name }, 'cookie.name'])])(
      'a cookie of %j is refused at the call',
      (cookie, option) => {
        expect(() => create({ ...own(), cookie })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
        expect(proxy.requests).toEqual([])
      },
    )

    it('what one commit says of it is refused before anything is stored', async () => {
      const storage = create({ ...own(), cookie: { name: '__Host-a' } })
      const session = await storage.getSession()
      session.set('a', 1)
      await expect(storage.commitSession(session, { path: '/app' })).rejects.toMatchObject({ option: 'cookie.path' })
      expect(proxy.requests).toEqual([])
    })

    it('one that needs Secure has it in development too', async () => {
      vi.stubEnv('NODE_ENV', 'development')
      const storage = create({ ...own(), cookie: { sameSite: 'none' } })
      const session = await storage.getSession()
      session.set('a', 1)
      expect(await storage.commitSession(session)).toMatch(/; Secure; SameSite=None$/)
    })
  })

  it('an end that is no time is refused at the call by all', async () => {
    const given = { ...own(), cookie: { expires: new Date(Number.NaN) } }
    const problem = expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'cookie.expires' }) as Error
    for (const create of [createForReactRouter, createForRemix, dynamoSession]) expect(() => create(given)).toThrow(problem)
    await expect(openSession({ cookie: null }, given)).rejects.toEqual(problem)
  })

  it.each(REFUSED)('h3 and web refuse %j too', async ({ name, ...cookie }, option) => {
    const given = { ...own(), ...(name === undefined ? { name: 'a' } : { name: String(name) }), cookie }
    expect(() => dynamoSession(given)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
    await expect(openSession({ cookie: null }, given)).rejects.toMatchObject({ code: 'INVALID_OPTION', option })
    expect(proxy.requests).toEqual([])
  })
})
