// Sessions that go on under another id while requests with the old one are late, doubled or parallel (guarantees 2 and 9).
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import { atTime, START } from '../../support/clock.ts'
import { cookieOf } from '../../support/cookie.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

onEveryEngine(({ engine, options, client }) => {
  const proxy = useProxy(engine)
  const shared = { ...options, secretKey: 'secret'.repeat(4) }
  const make = (more: object = {}) => createDynamoSessionStorage({ ...shared, endpoint: proxy.endpoint, userIdKey: 'user', ...more })
  let storage: ReturnType<typeof make>
  /** Another host, with a client and queues of its own. */
  let other: ReturnType<typeof make>
  const store = createSessionStore<Record<string, unknown>>({ ...options, userIdKey: 'user' })

  const visitor = async (): Promise<string> => {
    const session = await storage.getSession()
    session.set('cart', ['book'])
    return cookieOf(await storage.commitSession(session))
  }
  const login = async (cookie: string, { user = 'ada', grace = 0 } = {}): Promise<string> => {
    const session = await storage.getSession(cookie)
    session.set('user', user)
    return storage.regenerateSession(session, { grace })
  }
  const dataOf = async (setCookie: string): Promise<object> => (await storage.getSession(cookieOf(setCookie))).data
  const logout = async (cookie: string): Promise<void> => void (await storage.destroySession(await storage.getSession(cookie)))
  const live = async (): Promise<number> => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))
    return Items.filter((item) => item.data && !item.moved).length
  }
  const itemOf = async (key: string) =>
    (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item

  let before = 0
  beforeEach(async () => {
    storage = make()
    other = make({ requestTimeout: 2999 })
    before = await live()
    proxy.reset()
  })

  describe('a log-in that is sent twice', () => {
    it.for([
      ['from one host', false],
      ['from two hosts', true],
    ] as const)('logs in by either answer, with the cart, where both had read before: %s', async ([, isOther]) => {
      const cookie = await visitor()
      const sessions = [await storage.getSession(cookie), await (isOther ? other : storage).getSession(cookie)]
      for (const session of sessions) session.set('user', 'ada')
      const answers = await Promise.all([storage, isOther ? other : storage].map((host, n) => host.regenerateSession(sessions[n] as never)))
      for (const answer of answers) expect(await dataOf(answer)).toEqual({ cart: ['book'], user: 'ada' })
      // The browser keeps one of them, whose log-out ends both.
      await logout(cookieOf(answers[1] as string))
      for (const answer of answers) expect(await dataOf(answer)).toEqual({})
      expect(await live()).toBe(before)
    })

    it('logs in by the second answer too where that read after the move, in 3 requests, and by the other grace with the cart', async () => {
      const cookie = await visitor()
      const first = await login(cookie)
      proxy.reset()
      const second = await login(cookie)
      expect(proxy.operations()).toEqual(['GetItem', 'PutItem', 'UpdateItem'])
      expect(await dataOf(second)).toEqual({ user: 'ada' })
      await logout(cookieOf(first))
      expect(await dataOf(second)).toEqual({})

      const inGrace = await visitor()
      await login(inGrace, { grace: 30 })
      expect(await dataOf(await login(inGrace))).toEqual({ cart: ['book'], user: 'ada' })
    })

    it('brings no session back that was logged out meanwhile', async () => {
      const cookie = await visitor()
      const late = await storage.getSession(cookie)
      late.set('user', 'ada')
      await logout(cookieOf(await login(cookie)))
      expect(await storage.regenerateSession(late)).toBe('')
      expect([await live(), storage.stateOf(late), late.id]).toEqual([before, 'moved', ''])
    })

    it('of another user gets a session of its own, without what was there before', async () => {
      const cookie = await visitor()
      const late = await storage.getSession(cookie)
      const first = await login(cookie, { user: 'ada' })
      late.set('user', 'bob')
      const second = await storage.regenerateSession(late)
      expect([await dataOf(first), await dataOf(second)]).toEqual([{ cart: ['book'], user: 'ada' }, { user: 'bob' }])
      await logout(cookieOf(first))
      expect(await dataOf(second)).toEqual({ user: 'bob' })
    })

    it('begins anew where the session moved long ago', async () => {
      atTime(START)
      const cookie = await visitor()
      const first = await login(cookie)
      atTime(START + 9)
      expect(storage.stateOf(await storage.getSession(cookie))).toBe('moved')
      atTime(START + 11)
      expect(storage.stateOf(await storage.getSession(cookie))).toBe('new')
      await logout(cookieOf(first))
      expect(await dataOf(await login(cookie))).toEqual({ user: 'ada' })
    })

    it('is refused when as many have come before as may end together', async () => {
      const cookie = await visitor()
      const answers = [await login(cookie)]
      for (let n = 0; n < 7; n++) answers.push(await login(cookie))
      expect(answers.map((answer) => answer !== '')).toEqual([true, true, true, true, true, true, false, false])
      await logout(cookieOf(answers[3] as string))
      for (const answer of answers.filter(Boolean)) expect(await dataOf(answer)).toEqual({})
    })
  })

  describe('any other late request with the old id', () => {
    it('leaves one session of parallel rotations, changed keys or not, and sends a cookie for that only', async () => {
      const first = await login(await visitor())
      const started = await live()
      const rotate = async (host: typeof storage) => {
        const session = await host.getSession(cookieOf(first))
        session.set('rotated', 1)
        return host.regenerateSession(session)
      }
      const answers = [...(await Promise.all([rotate(storage), rotate(other), rotate(storage)])), await rotate(other)].filter(Boolean)
      expect(answers).toHaveLength(1)
      expect(await dataOf(answers[0] as string)).toEqual({ cart: ['book'], user: 'ada', rotated: 1 })
      expect(await live()).toBe(started)
    })

    it('writes nothing and sends no cookie, with data and without', async () => {
      const cookie = await visitor()
      const early = await storage.getSession(cookie)
      const fresh = await login(cookie)
      const late = await storage.getSession(cookie)
      expect([storage.stateOf(early), storage.stateOf(late), late.id, late.data]).toEqual(['stored', 'moved', '', {}])
      expect(await storage.commitSession(early)).toBe('')
      early.set('a', 1)
      expect(await storage.commitSession(early)).toBe('')
      late.set('b', 1)
      expect(await storage.commitSession(late)).toBe('')
      expect([storage.stateOf(early), early.id]).toEqual(['moved', ''])
      expect(await dataOf(fresh)).toEqual({ cart: ['book'], user: 'ada' })
    })

    it('gets no session out of the grace time', async () => {
      const first = await login(await visitor())
      await storage.regenerateSession(await storage.getSession(cookieOf(first)), { grace: 30 })
      const thief = await storage.getSession(cookieOf(first))
      expect(thief.data).toEqual({ cart: ['book'], user: 'ada' })
      expect(await storage.regenerateSession(thief)).toBe('')
    })

    it('is a success without a cookie where it was carried out before the move', async () => {
      const record = await store.create({ n: 0 })
      const mine = createSessionStore<{ n: number }>({ ...options, endpoint: proxy.endpoint })
      const read = (await mine.read(record.id)) as NonNullable<Awaited<ReturnType<typeof mine.read>>>
      let updates = 0
      let moved: { id: string } | null = null
      proxy.fault = async ({ operation }) => {
        if (operation !== 'UpdateItem') return undefined
        if (updates++ === 0) return 'reset after'
        if (updates === 2) moved = await store.regenerate((await store.read(record.id)) as typeof record)
        return undefined
      }
      expect((await mine.update(read, { n: 1 }))?.data).toEqual({ n: 1 })
      expect((await store.read((moved as unknown as { id: string }).id))?.data).toEqual({ n: 1 })
    })
  })

  describe('a log-out', () => {
    it.for([0, 30])('by the old id ends the session, with grace %i', async (grace) => {
      const cookie = await visitor()
      const early = await storage.getSession(cookie)
      const fresh = await login(cookie, { grace })
      proxy.reset()
      await logout(cookie)
      expect(proxy.operations().filter((name) => name !== 'GetItem')).toEqual([
        'DeleteItem',
        ...(grace > 0 ? ['UpdateItem'] : []),
        'DeleteItem',
      ])
      expect([await dataOf(fresh), (await storage.getSession(cookie)).data]).toEqual([{}, {}])
      await storage.destroySession(early)
      expect(await live()).toBe(before)
    })

    it('that read before the move and comes after it ends the session', async () => {
      const cookie = await visitor()
      const early = await storage.getSession(cookie)
      const fresh = await login(cookie)
      await storage.destroySession(early)
      expect(await dataOf(fresh)).toEqual({})
    })

    it('ends the old id in its grace time, and is one request without', async () => {
      const cookie = await visitor()
      const fresh = await login(cookie, { grace: 30 })
      await logout(cookieOf(fresh))
      expect((await storage.getSession(cookie)).data).toEqual({})
      const alone = await storage.getSession(await visitor())
      proxy.reset()
      await storage.destroySession(alone)
      expect(proxy.operations()).toEqual(['DeleteItem'])
    })

    it('follows a session that moved twice, and what ends with it', async () => {
      const cookie = await visitor()
      const b = await login(cookie)
      const sibling = await login(cookie)
      const c = await storage.regenerateSession(await storage.getSession(cookieOf(b)))
      await logout(cookie)
      expect([await dataOf(c), await dataOf(sibling)]).toEqual([{}, {}])
      expect(await live()).toBe(before)
    })
  })

  it('a tombstone says where the session went and holds nothing of it', async () => {
    atTime(START)
    const record = await store.create({ user: 'ada' })
    const moved = await store.regenerate(record)
    expect(await itemOf(record.key)).toEqual({
      session_id: { S: record.key },
      created_at: { N: String(START) },
      updated_at: { N: String(START) },
      expire_at: { N: String(START + 60) },
      version: { S: record.version },
      moved: { S: expect.any(String) },
      moved_to: { S: moved?.key },
    })
  })

  it('a lifetime that a commit asked for is in every later cookie of the session', async () => {
    atTime(START)
    const session = await storage.getSession()
    session.set('a', 1)
    const first = await storage.commitSession(session, { maxAge: 3 * 86_400 })
    expect(first).toContain('Max-Age=259200;')
    atTime(START + 86_400)
    const later = await storage.getSession(cookieOf(first))
    later.set('a', 2)
    const second = await storage.commitSession(later)
    expect(second).toContain('Max-Age=172800;')
    expect(second).toContain(`Expires=${new Date((START + 3 * 86_400) * 1000).toUTCString()}`)
  })
})
