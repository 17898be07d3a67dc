// The session of the web entry is that of h3, and what a response needs.
import { H3 } from 'h3'
import { expect, it } from 'vitest'
import { useDynamoSession } from '../../src/h3.ts'
import { openSession } from '../../src/web.ts'
import { MAKERS, sealedBy } from '../support/sealed-cookies.ts'
import { onEveryEngine } from '../support/engines.ts'

const secretKey = 'a long and random secret'

it('has the members of that of h3, and `setCookies` and `headers`', async () => {
  let ofH3: object = {}
  const app = new H3()
  app.get('/', async (event) => {
    ofH3 = await useDynamoSession(event, { secretKey })
    return ''
  })
  await app.request('/')
  const ofWeb = await openSession({ cookie: null }, { secretKey })
  const names = (session: object): string[] => Object.keys(session).toSorted()
  expect(names(ofH3).length).toBeGreaterThan(10)
  expect(names(ofWeb)).toEqual([...names(ofH3), 'setCookies', 'headers'].toSorted())
})

onEveryEngine((table) => {
  it('removes a sealed cookie where it lies', async () => {
    const migrate = sealedBy('h3', { path: '/shop', domain: 'example.com' })
    const session = await openSession({ cookie: await MAKERS.h3(), host: 'shop.example.com' }, { ...table.options, secretKey, migrate })
    expect(session.headers().getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-session=[^;]+;(?!.*Domain).*Path=\/;/),
      expect.stringMatching(/^h3=; Max-Age=0; Domain=example.com; Path=\/shop;/),
    ])
    await expect(openSession({ cookie: null }, { ...table.options, secretKey, migrate: { ...migrate, domain: '' } })).rejects.toThrow(
      'domain',
    )
  })
})
