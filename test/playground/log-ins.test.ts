// What the scenes of devices, fresh log-ins, remember me and forged requests play, over HTTP at the playground's page of each framework.
import type { H3 } from 'h3'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createLive } from '../../playground/live.ts'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { openPlayground } from './in-process.ts'
import { attribute, shown } from './playground.ts'

// A log-out of all others looks again a second later.
vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

const [{ endpoint } = { endpoint: '' }] = inject('engines')
const tableName = `test-playground-log-ins-${process.pid}`
/** Browser B's pages are the same code; ending all others takes a second each. */
const PATHS = ['/', '/b/h3', '/web', '/b/express']
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
let app: H3

beforeAll(async () => {
  await ensureSessionTable({ tableName, endpoint, userIdKey: 'user' })
  app = openPlayground({
    endpoint,
    tableName,
    secret: 'a secret of the playground, long enough',
    hosts: ['localhost', '127.0.0.1'],
    live: createLive(),
  })
})
afterAll(() => deleteSessionTable({ tableName, endpoint }))

describe.each(PATHS)('at %s', (path) => {
  const isExpress = path.endsWith('express')
  const name = `Ada at ${path}`

  it('names the devices of a user, and ends all others', async () => {
    const [here, there, eve] = [visitor(path), visitor(path), visitor(path)]
    for (const each of [here, there]) await each.press('log-in', { name })
    await eve.press('log-in', { name: `Eve at ${path}` })
    const page = await here.view('?peek')
    // The store of express-session sees no request, and so no device.
    const label = isExpress ? 'An unknown device' : `Firefox on Windows, as browser ${path.startsWith('/b') ? 'B' : 'A'}`
    expect([page.split(new RegExp(`>${label}\\s*<code>`)).length - 1, page.split('<strong>this one').length - 1]).toEqual([2, 1])
    await here.press('revoke-others')
    expect(shown(await there.view(), 'ended')).toContain('The session has ended.')
    expect([shown(await here.view(), 'user'), shown(await eve.view(), 'user')]).toEqual([name, `Eve at ${path}`])
  })

  it('changes a password after a fresh log-in only', async () => {
    const ada = visitor(path)
    atTime(START)
    await ada.press('log-in', { name })
    expect(shown(await ada.view(), 'authenticated')).toBe(`${new Date(START * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`)
    await ada.press('change-password', { seconds: '60' })
    expect(shown(await ada.view(), 'message')).toBe('The password was changed.')
    atTime(START + 61)
    const refused = await ada.post('change-password', { seconds: '60' })
    expect([refused.status, await refused.text()]).toEqual([
      401,
      expect.stringMatching(/Confirm your password|log-in of the last 60 seconds/),
    ])
    expect(shown(await ada.view(), 'message')).toBeUndefined()
    await ada.press('confirm')
    await ada.press('change-password', { seconds: '60' })
    expect(shown(await ada.view(), 'message')).toBe('The password was changed.')
  })

  it('remembers for as long as the box says', async () => {
    atTime(START)
    const ada = visitor(path)
    await ada.press('log-in', { name, remember: 'ticked' })
    expect(ada.setCookie).toMatch(isExpress ? /Expires=/ : /Max-Age=300\b/)
    expect(Number(attribute(await ada.view('?peek'), 'expire_at'))).toBe(START + 300)
    atTime(START + 100)
    await ada.press('count')
    expect(Number(attribute(await ada.view('?peek'), 'expire_at'))).toBe(START + (isExpress ? 400 : 300))
    await ada.press('log-in', { name, remember: 'unticked' })
    expect(ada.setCookie).not.toMatch(/Max-Age|Expires/)
    expect(Number(attribute(await ada.view('?peek'), 'expire_at'))).toBeGreaterThan(START + 600)
  })

  it('stores a visitor’s session for a token, which what no browser sent must bring', async () => {
    const ada = visitor(path)
    expect(shown(await ada.view(), 'token')).toBeUndefined()
    await ada.press('token')
    const page = await ada.view()
    expect(page).toMatch(new RegExp(`data-visit="POST ${path} token">\\s*<td>[^<]*</td>\\s*<td>PutItem</td>`))
    expect(shown(page, 'cost')).toMatch(/1 request \(GetItem\)$/)
    const tokens = [tokenIn(page), tokenIn(await ada.view())]
    expect(new Set(tokens).size).toBe(2)
    for (const _csrf of tokens) await ada.press('order', { _csrf })
    expect(shown(await ada.view(), 'orders')).toBe('2')
    expect((await ada.post('order', {}, { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
    expect((await ada.post('order', {}, { origin: 'http://localhost' })).status).toBe(303)
    for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'http://127.0.0.1' }]) {
      const refused = await ada.post('order', {}, headers as Record<string, string>)
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('The request was refused')])
    }
    // The token of a form that was opened before a log-in is worth nothing after it.
    await ada.press('log-in', { name })
    expect((await ada.post('order', { _csrf: tokens[0] as string })).status).toBe(403)
    expect(shown(await ada.view(), 'orders')).toBe('4')
  })
})

describe('another site', () => {
  it('is this server under its other name, whose form is sent to the page', async () => {
    const [, href = ''] =
      /href="([^"]+)" target="another-site"/.exec(await (await ask('/b/web', { headers: { host: 'localhost:3000' } })).text()) ?? []
    expect(href).toBe('http://127.0.0.1:3000/another-site?form=/b/web')
    const response = await ask('/another-site?form=/b/web', { headers: { host: '127.0.0.1:3000' } })
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:3000;")
    expect(await response.text()).toContain('action="http://localhost:3000/b/web"')
    expect((await ask('/another-site?form=https://evil.example/')).status).toBe(400)
  })
})

const tokenIn = (page: string): string => /name="_csrf" id="[\w-]+" value="([\w-]{86})"/.exec(page)?.[1] ?? ''

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

interface Visitor {
  /** The last one. */
  readonly setCookie: string
  view(query?: string): Promise<string>
  post(intent: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>
  press(intent: string, fields?: Record<string, string>): Promise<void>
}

function visitor(path: string): Visitor {
  let [setCookie, cookie] = ['', '']
  async function send(url: string, init: Init = {}): Promise<Response> {
    const response = await ask(url, { ...init, headers: { cookie, 'user-agent': FIREFOX, ...init.headers } })
    for (setCookie of response.headers.getSetCookie()) cookie = setCookie.split(';')[0] ?? ''
    return response
  }
  const post: Visitor['post'] = (intent, fields, headers = {}) =>
    send(path, { method: 'POST', body: new URLSearchParams({ intent, ...fields }), headers })
  return {
    get setCookie() {
      return setCookie
    },
    post,
    async view(query = '') {
      const response = await send(path + query)
      expect(response.status).toBe(200)
      return response.text()
    },
    async press(intent, fields) {
      const response = await post(intent, fields)
      expect([intent, response.status, response.headers.get('location')]).toEqual([intent, 303, path])
    },
  }
}

function ask(path: string, init: Init = {}): Promise<Response> {
  const headers = { host: 'localhost', ...init.headers }
  return Promise.resolve(app.request(`http://${headers.host}${path}`, { ...init, headers }))
}
