// What the model of requests and cookie jars found (test/model/), each as short as it is.
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createCookie } from 'react-router'
import { sign } from '../../../src/core/base/signature.ts'
import { dynamoSession, useDynamoSession } from '../../../src/h3.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import { events } from '../../faults/visitors.ts'
import { atTime, START } from '../../support/clock.ts'
import { cookieOf } from '../../support/cookie.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { must, useStores } from './stores.ts'

const SECRET = 'secret'.repeat(4)

onEveryEngine((table) => {
  const options = { ...table.options, secretKey: SECRET, userIdKey: 'user' }
  const storage = createDynamoSessionStorage(options)
  const other = createDynamoSessionStorage({ ...options, requestTimeout: 2999 })
  const stores = useStores(table)

  const visitor = async (): Promise<string> => {
    const session = await storage.getSession()
    session.set('cart', ['book'])
    return cookieOf(await storage.commitSession(session))
  }
  const dataOf = async (setCookie: string): Promise<object> => (await storage.getSession(cookieOf(setCookie))).data
  const logOut = async (setCookie: string): Promise<void> =>
    void (await storage.destroySession(await storage.getSession(cookieOf(setCookie))))

  describe('a log-in that is sent twice, and stores the user before the session moves,', () => {
    it('logs in by either answer, and a log-out ends both', async () => {
      const cookie = await visitor()
      const [first, second] = await Promise.all([storage.getSession(cookie), other.getSession(cookie)])
      for (const session of [first, second]) session.set('user', 'ada')
      await storage.commitSession(first)
      await other.commitSession(second)
      const answers = [await storage.regenerateSession(first), await other.regenerateSession(second)]
      for (const answer of answers) expect(await dataOf(answer)).toEqual({ cart: ['book'], user: 'ada' })
      await logOut(answers[1] as string)
      for (const answer of answers) expect(await dataOf(answer)).toEqual({})
    })

    it.for(['h3 1', 'h3 2'] as const)('does so in %s, where the second finds the session moved', async (major) => {
      const open = async (cookie: string) => useDynamoSession(events[major](cookie), options)
      const cookie = await visitor()
      const id = String(await createCookie('__session', { secrets: [SECRET] }).parse(cookie))
      // The same session, by a cookie of h3's.
      const ours = `session=${encodeURIComponent(sign(id, SECRET))}`
      const [one, late] = [await open(ours), await open(ours)]
      expect(one.data).toEqual({ cart: ['book'] })
      await one.update({ user: 'ada' })
      await one.regenerate()
      await late.update({ user: 'ada' })
      expect([late.state, late.data]).toEqual(['moved', {}])
      await late.regenerate()
      expect([late.state, late.data]).toEqual(['stored', { cart: ['book'], user: 'ada' }])
    })
  })

  it('a log-out by the answer of one click ends what the other click’s session has moved to', async () => {
    const cookie = await visitor()
    const logIn = async (): Promise<string> => {
      const session = await storage.getSession(cookie)
      session.set('user', 'ada')
      return storage.regenerateSession(session)
    }
    const [first, second] = [await logIn(), await logIn()]
    const moved = await storage.regenerateSession(await storage.getSession(cookieOf(first)))
    expect(await dataOf(moved)).toMatchObject({ user: 'ada' })
    await logOut(second)
    expect([await dataOf(moved), await dataOf(second)]).toEqual([{}, {}])
  })

  it.for(['h3 1', 'h3 2'] as const)('a cookie that %s renewed is taken back where the session turns out to have moved', async (major) => {
    atTime(START)
    const cookie = await visitor()
    const id = String(await createCookie('__session', { secrets: [SECRET] }).parse(cookie))
    const event = events[major](`other=1; session=${encodeURIComponent(sign(id, SECRET))}`)
    const cookies = (): string[] =>
      major === 'h3 2'
        ? (event as { res: { headers: Headers } }).res.headers.getSetCookie()
        : [(event as { node: { res: ServerResponse } }).node.res.getHeader('set-cookie') ?? []].flat().map(String)
    atTime(START + 3 * 86_400)
    await dynamoSession(options)(event as never)
    expect(cookies()).toHaveLength(1)
    const session = await other.getSession(cookie)
    session.set('user', 'ada')
    await other.regenerateSession(session)
    const late = await useDynamoSession(event as never)
    await late.update({ note: 1 })
    expect([late.state, cookies()]).toEqual(['moved', []])
  })

  describe('a change', () => {
    afterEach(() => stores.proxy.reset())

    it('moves no time back that a touch set meanwhile, by a host whose clock is ahead', async () => {
      const [store, ahead] = [stores.store({ touchAfter: 0 }), stores.store({ touchAfter: 0 })]
      atTime(START)
      const record = await store.create({ n: 0 })
      stores.proxy.fault = async ({ operation }) => {
        if (operation !== 'UpdateItem') return undefined
        stores.proxy.fault = () => undefined
        atTime(START + 60)
        await ahead.touch(must(await ahead.read(record.id)))
        atTime(START + 1)
        return undefined
      }
      const updated = must(await store.update(record, { n: 1 }))
      expect(updated.updatedAt).toEqual(new Date((START + 60) * 1000))
      expect((await stores.itemAt(record.key))?.updated_at).toEqual({ N: String(START + 60) })
    })
  })
})
