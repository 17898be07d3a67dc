// What is no request is told so: it would look like a visitor without a session, whatever cookie came.
import { inspect } from 'node:util'
import { expect, it, vi } from 'vitest'
import createAstroDriver, { dynamodbSessionDriver } from '../../src/astro.ts'
import { dynamodbSecondaryStorage } from '../../src/better-auth.ts'
import { DynamoDBStore } from '../../src/express.ts'
import { openSession } from '../../src/web.ts'
import type { SessionRequest } from '../../src/web.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

const SECRET = 'topsecret'.repeat(5)
const KEY = 'ab'.repeat(32)

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  const own = (): typeof options & { secretKey: string } => ({ ...options, endpoint: proxy.endpoint, secretKey: SECRET })

  it.each([
    ['nothing', undefined, 'must be a Request'],
    ["Node's", { headers: { cookie: 'session=a' }, url: '/' }, 'give { cookie: request.headers.cookie'],
    ['an empty object', {}, 'must be a Request'],
    ['a store of cookies', { cookie: new Map() }, 'must be the text of a Cookie header'],
    ['a list of cookies', { cookie: [{ name: 'session', value: 'a' }] }, 'must be the text of a Cookie header'],
  ])('a request that is %s is refused, before anything is asked for', async (_name, request, problem) => {
    const opened = openSession(request as SessionRequest, own())
    await expect(opened).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(problem) })
    expect(proxy.requests).toEqual([])
  })

  it('stores and drivers show no secret and no id, whatever is asked for', async () => {
    const shown = (value: unknown): string => inspect(value, { depth: 20, showHidden: true, getters: true })
    const more = { ...own(), encryptionKey: KEY }
    const store = new DynamoDBStore(more)
    const id = 'i'.repeat(32)
    await new Promise<void>((resolve) => store.set(id, { cookie: { originalMaxAge: 60_000 } } as never, () => resolve()))
    const session = await new Promise((resolve) => store.get(id, (_error, found) => resolve(found)))
    expect(session).toMatchObject({ cookie: { originalMaxAge: 60_000 } })
    for (const value of [store, session, createAstroDriver(more), dynamodbSecondaryStorage(more)])
      expect(shown(value)).not.toMatch(new RegExp(`${SECRET}|${KEY}|${id}`))
    await new Promise((resolve) => store.destroy(id, resolve))
  })

  it("a secret in Astro's configuration is warned of, since it goes into the build", () => {
    const emit = vi.spyOn(process, 'emitWarning').mockReturnValue()
    dynamodbSessionDriver({ tableName: 'sessions' })
    expect(emit).not.toHaveBeenCalled()
    dynamodbSessionDriver({ encryptionKey: KEY })
    expect(emit.mock.calls).toEqual([
      [expect.stringContaining('AWS_DYNAMO_DB_SESSION_ENCRYPTION_KEY'), { type: 'DynamoSessionWarning', code: 'SECRET_IN_BUILD' }],
    ])
    expect(JSON.stringify(emit.mock.calls)).not.toContain(KEY)
    emit.mockRestore()
  })
})
