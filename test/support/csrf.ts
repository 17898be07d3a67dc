// What each adapter promises of forged requests, over HTTP. The application shows the token at GET /form, logs in at POST /login, and
// returns what it read of the form at POST /.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DynamoSessionOptions } from '../../src/web.ts'
import { cookieOf } from './cookie.ts'
import { onEveryEngine } from './engines.ts'
import { post } from './post.ts'
import type { Posted } from './post.ts'
import { useProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import type { Listening } from './serve.ts'

/** On every engine, with the application that `start` starts. */
export function csrfSuite(start: (options: DynamoSessionOptions) => Promise<Listening>): void {
  onEveryEngine(({ engine, options }) => {
    const proxy = useProxy(engine)
    let server: Listening
    beforeAll(async () => {
      server = await start({ ...options, endpoint: proxy.endpoint, secretKey: 'a long and random secret' })
    })
    afterAll(() => server.stop())
    forgedRequests(() => server.origin, proxy)
  })
}

function forgedRequests(originOf: () => string, proxy: Proxy): void {
  const jar = (...answers: Posted[]): Record<string, string> => ({
    cookie: answers.flatMap(({ cookies }) => cookies.map(cookieOf)).at(-1) ?? '',
  })
  const ask = (path: string, headers: Record<string, string> = {}): Promise<Posted> => post(originOf(), headers, undefined, path)
  const send = (headers: Record<string, string>, form: Record<string, string> = { a: '1' }, path = '/'): Promise<Posted> =>
    post(originOf(), headers, form, path)

  it('lets forms of this origin pass, and refuses those of others without a request', async () => {
    const { host } = new URL(originOf())
    proxy.reset()
    expect(await send({ 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 200, text: '1' })
    expect(await send({ origin: `http://${host}` })).toMatchObject({ status: 200, text: '1' })
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      {},
    ])
      expect((await send(headers as Record<string, string>)).status).toBe(403)
    expect((await send({ 'sec-fetch-site': 'cross-site' }, { a: '1' }, '/webhooks')).status).not.toBe(403)
    expect(proxy.operations()).toEqual([])
  })

  it('stores a new session for its token by one write, with its cookie, and asks for nothing more', async () => {
    proxy.reset()
    const form = await ask('/form')
    expect([proxy.operations(), form.cookies.length]).toEqual([['PutItem'], 1])
    expect(form.text).toMatch(/^[\w-]{86}$/)
    proxy.reset()
    const again = await ask('/form', jar(form))
    expect([proxy.operations(), again.cookies]).toEqual([['GetItem'], []])
    expect(again.text).not.toBe(form.text)
    proxy.reset()
    for (const { text } of [form, again]) {
      expect(await send({ ...jar(form), 'x-csrf-token': text })).toMatchObject({ status: 200, text: '1' })
      expect(await send(jar(form), { a: 'é', _csrf: text })).toMatchObject({ status: 200, text: 'é' })
    }
    expect((await send({ 'x-csrf-token': form.text })).status).toBe(403)
    expect((await send({ ...jar(await ask('/form')), 'x-csrf-token': form.text })).status).toBe(403)
    proxy.reset()
    expect((await ask('/page')).cookies).toEqual([])
    expect(proxy.operations()).toEqual([])
  })

  it('takes the token of a form that was opened before a log-in for what it is', async () => {
    const form = await ask('/form')
    const login = await send({ ...jar(form), 'sec-fetch-site': 'same-origin' }, {}, '/login')
    expect(login.cookies).toHaveLength(1)
    expect((await send({ ...jar(login), 'x-csrf-token': form.text })).status).toBe(403)
    // A browser of today needs none; and the form that is shown again has the token of now.
    expect((await send({ ...jar(login), 'x-csrf-token': form.text, 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    const { text } = await ask('/form', jar(login))
    expect((await send({ ...jar(login), 'x-csrf-token': text })).status).toBe(200)
    // An old id shows no token, whether or not it is readable yet.
    expect((await ask('/form', jar(form))).text).toBe('')
  })
}
