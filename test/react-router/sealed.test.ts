// Out of cookies that held the whole session, in React Router and Remix 2: ours takes the place of the old one under its name.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { createCookie as createRemixCookie, createCookieSessionStorage as createRemixCookieStorage } from '@remix-run/node'
import { createCookie } from 'react-router'
import { describe, expect, it } from 'vitest'
import type { SealedCookie } from '../../src/core/options/options.ts'
import { createDynamoSessionStorage, createSessionMiddleware } from '../../src/react-router.ts'
import type { DynamoSessionStorage, DynamoSessionStorageOptions } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../../src/remix.ts'
import { cookieOf } from '../support/cookie.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { DATA, MAKERS, PACKAGES, PASSWORD, sealedBy } from '../support/sealed-cookies.ts'

type Storage = DynamoSessionStorage<typeof DATA>

const NAMES: Record<SealedCookie['from'], string> = {
  h3: 'h3',
  'h3-legacy': 'h3',
  'nuxt-auth-utils': 'nuxt-session',
  'iron-session': 'app',
  'react-router': '__session',
}

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const open = (migrate: SealedCookie, more: DynamoSessionStorageOptions = {}): Storage =>
    createDynamoSessionStorage<typeof DATA>({
      ...table.options,
      endpoint: proxy.endpoint,
      secretKey: 'a long and random secret',
      cookie: { name: NAMES[migrate.from] },
      migrate,
      ...more,
    })

  describe.for(PACKAGES)('a cookie of %s', (from) => {
    it('shows its data to every loader, and moves with the first commit, whose cookie takes its place', async () => {
      const sealed = await MAKERS[from]()
      const storage = open(sealedBy(from))
      const [one, two] = await Promise.all([storage.getSession(sealed), storage.getSession(sealed)])
      expect([one.data, two.data, one.data === two.data, storage.stateOf(one)]).toEqual([DATA, DATA, false, 'new'])
      one.set('cart', [3])
      expect([two.data, proxy.operations()]).toEqual([DATA, []])
      const setCookie = await storage.commitSession(one)
      expect([setCookie.split('=')[0], proxy.operations()]).toEqual([NAMES[from], ['PutItem']])
      const again = await storage.getSession(cookieOf(setCookie))
      expect([again.data, storage.stateOf(again)]).toEqual([{ ...DATA, cart: [3] }, 'stored'])
    })

    it('is nothing with another password, when it was changed, or after its time', async () => {
      const sealed = await MAKERS[from]()
      for (const [cookie, migrate] of [
        [sealed, sealedBy(from, { password: 'another password of thirty-two characters' })],
        [`${sealed.slice(0, -2)}00`, sealedBy(from)],
        [sealed, sealedBy(from, { until: new Date(Date.now() - 1) })],
        [sealed.replace('=', `=${'x'.repeat(5000)}`), sealedBy(from)],
      ] as const)
        expect((await open(migrate).getSession(cookie)).data).toEqual({})
      expect(proxy.operations()).toEqual([])
    })
  })

  it('is not looked at beside one of ours, whose session has ended', async () => {
    const sealed = await MAKERS['react-router']()
    const storage = open(sealedBy('react-router'))
    const session = await storage.getSession(sealed)
    const ours = cookieOf(await storage.commitSession(session))
    expect(await storage.destroySession(session)).toMatch(/^__session=; .*Expires=Thu, 01 Jan 1970/)
    expect((await storage.getSession(`${ours}; ${sealed}`)).data).toEqual({})
  })

  it('moves under a new id at a log-in, and goes with a log-out that came first', async () => {
    const sealed = await MAKERS['react-router']()
    const storage = open(sealedBy('react-router'))
    const session = await storage.getSession(sealed)
    session.set('userId', 'bob')
    const ours = cookieOf(await storage.regenerateSession(session))
    expect((await storage.getSession(ours)).data).toEqual({ ...DATA, userId: 'bob' })
    expect(await storage.destroySession(await storage.getSession(sealed))).toMatch(/^__session=; .*Expires=Thu, 01 Jan 1970/)
  })

  it.for([false, true])('moves by the middleware at once, with enableLocking: %s', async (enableLocking) => {
    const sealed = await MAKERS['react-router']()
    const storage = open(sealedBy('react-router'), { enableLocking })
    const [middleware] = createSessionMiddleware(storage)
    const context = { get: () => null, set: () => {} }
    const visit = (cookie: string): Promise<Response> =>
      middleware({ request: new Request('http://shop.example/', { headers: { cookie } }), context }, async () => new Response('ok'))
    const [setCookie] = (await visit(sealed)).headers.getSetCookie()
    expect((await storage.getSession(cookieOf(setCookie as string))).data).toEqual(DATA)
    expect((await visit(cookieOf(setCookie as string))).headers.getSetCookie()).toEqual([])
  })

  it('keeps a flash message, and belongs to its user', async () => {
    const { getSession, commitSession } = createRemixCookieStorage({ cookie: { secrets: [PASSWORD] } })
    const before = await getSession()
    before.set('userId', 'grace')
    before.flash('note', 'grüß dich')
    const sealed = cookieOf(await commitSession(before))
    const storage = createRemixStorage({
      ...table.options,
      endpoint: proxy.endpoint,
      cookie: createRemixCookie('__session', { secrets: ['a long and random secret'] }),
      migrate: sealedBy('react-router'),
      userIdKey: 'userId',
    })
    const session = await storage.getSession(sealed)
    expect([session.get('note'), session.get('userId')]).toEqual(['grüß dich', 'grace'])
    const ours = cookieOf(await storage.commitSession(session))
    expect((await storage.getSession(ours)).data).toEqual({ userId: 'grace' })
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.options.tableName }))
    expect(Items.filter((item) => item.user_id?.S === 'grace')).toHaveLength(1)
  })

  it('must have the name of ours, or a log-out would bring it back', () => {
    const cookie = createCookie('other', { secrets: ['a long and random secret'] })
    for (const [migrate, more] of [
      [sealedBy('h3'), { cookie: {} }],
      [sealedBy('react-router'), { cookie: { name: 'other' } }],
      [sealedBy('react-router'), { cookie }],
      [sealedBy('h3', { name: 'other' }), {}],
    ] as const)
      expect(() => open(migrate, more)).toThrow(/`?migrate\.name`?.* must be that of `cookie`/)
    expect(() => open(sealedBy('h3', { name: 'other' }), { cookie })).not.toThrow()
  })
})
