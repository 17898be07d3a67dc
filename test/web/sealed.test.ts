// Out of cookies that held the whole session, each sealed or signed by the package that made it.
import { H3 } from 'h3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { openSession } from '../../src/web.ts'
import type { DynamoSessionOptions, WebSession } from '../../src/web.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SealedCookie } from '../../src/core/options/options.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'
import { DATA, MAKERS, PACKAGES, PASSWORD, sealedBy } from '../support/sealed-cookies.ts'

onEveryEngine((table) => {
  const proxy = useProxy(table.engine)
  const options = (migrate: SealedCookie, more: DynamoSessionOptions = {}): DynamoSessionOptions => ({
    ...table.options,
    endpoint: proxy.endpoint,
    secretKey: 'a long and random secret',
    migrate,
    ...more,
  })
  const open = (cookie: string, migrate: SealedCookie, readOnly = false): Promise<WebSession> =>
    openSession({ cookie, host: 'shop.example', readOnly }, options(migrate))

  describe.for(PACKAGES)('a cookie of %s', (from) => {
    it('is read once: its data goes on in the table, and it is removed', async () => {
      const sealed = await MAKERS[from]()
      const [name] = sealed.split('=') as [string]
      const first = await open(`other=1; ${sealed}`, sealedBy(from))
      expect(first).toMatchObject({ data: DATA, state: 'stored', isNew: false })
      expect(proxy.operations()).toEqual(['PutItem'])
      const [ours, removal] = first.setCookies()
      expect([ours?.name, removal]).toMatchObject(['__Host-session', { name, value: '', attributes: { maxAge: 0 } }])
      proxy.requests.splice(0)
      const again = await open(`${ours?.name}=${ours?.value}; ${sealed}`, sealedBy(from))
      expect([again.data, again.setCookies(), proxy.operations()]).toEqual([DATA, [], ['GetItem']])
      await again.destroy()
      const after = await open(`${ours?.name}=${ours?.value}; ${sealed}`, sealedBy(from))
      expect(after.data).toEqual({})
    })

    it('is not believed with another password, when it was changed, or after its time', async () => {
      const sealed = await MAKERS[from]()
      for (const [cookie, migrate] of [
        [sealed, sealedBy(from, { password: 'another password of thirty-two characters' })],
        [`${sealed.slice(0, -2)}00`, sealedBy(from)],
        [sealed.replace(/=./, '=x'), sealedBy(from)],
        [sealed, sealedBy(from, { until: new Date(Date.now() - 1) })],
        [sealed, sealedBy(from, { until: '2020-01-01' })],
        [sealed.replace('=', `=${'x'.repeat(5000)}`), sealedBy(from)],
      ] as const)
        expect((await open(cookie, migrate)).data).toEqual({})
      expect(proxy.operations()).toEqual([])
    })
  })

  it('a forged seal costs one derivation, and one that is no seal none', async () => {
    const sealed = await MAKERS.h3()
    const derive = vi.spyOn(crypto, 'pbkdf2')
    syncBuiltinESMExports()
    onTestFinished(() => {
      derive.mockRestore()
      syncBuiltinESMExports()
    })
    await open(`${sealed.slice(0, -2)}00`, sealedBy('h3'))
    expect(derive).toHaveBeenCalledTimes(1)
    derive.mockClear()
    for (const cookie of ['h3=', 'h3=Fe26.2', 'h3=Fe26.2**a*b*c*1*d*e', `h3=${'*'.repeat(7)}`]) await open(cookie, sealedBy('h3'))
    expect(derive).not.toHaveBeenCalled()
  })

  it('several passwords are told by the number in the seal', async () => {
    const sealed = await MAKERS['iron-session']()
    expect((await open(sealed, sealedBy('iron-session', { password: { 1: PASSWORD, 2: 'the next one' } }))).data).toEqual(DATA)
    expect((await open(sealed, sealedBy('iron-session', { password: { 2: PASSWORD } }))).data).toEqual({})
  })

  it('is shown, and not moved, where the response carries no cookie', async () => {
    const session = await open(await MAKERS.h3(), sealedBy('h3'), true)
    expect([session.data, session.setCookies(), proxy.operations()]).toEqual([DATA, [], []])
  })

  it('moves in h3 as well', async () => {
    const app = new H3()
    app.get('/', async (event) => (await useDynamoSession(event, options(sealedBy('h3')))).data)
    const response = await app.request('/', { headers: { cookie: await MAKERS.h3(), host: 'shop.example' } })
    expect(await response.json()).toEqual(DATA)
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=/), expect.stringMatching(/^h3=; Max-Age=0/)])
  })

  it('under the name of ours gives way to ours', async () => {
    const sealed = (await MAKERS.h3()).replace('h3=', 'session=')
    const session = await openSession({ cookie: sealed, host: 'localhost' }, options(sealedBy('h3', { name: 'session' })))
    expect(session.setCookies()).toMatchObject([{ name: 'session', value: expect.stringMatching(/^[\w-]{43}\./) }])
  })
})
