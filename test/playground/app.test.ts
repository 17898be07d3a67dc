// The playground's application in this process: hosts, sessions to revoke, faults, and the code that it shows.
import type { H3 } from 'h3'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { measuredBefore, STEPS } from '../../playground/comparison.ts'
import { createLive } from '../../playground/live.ts'
import { createPages } from '../../playground/pages.ts'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { notedClient, openPlayground } from './in-process.ts'
import { attribute, shown } from './playground.ts'

const [{ endpoint } = { endpoint: '' }] = inject('engines')
const tableName = `test-playground-app-${process.pid}`
const PATHS = ['/', '/h3', '/web', '/express', '/b', '/b/h3', '/b/web', '/b/express']
const secret = 'a secret of the playground, long enough'
const live = createLive()
let app: H3

beforeAll(async () => {
  await ensureSessionTable({ tableName, endpoint, userIdKey: 'user' })
  app = openPlayground({ endpoint, tableName, secret, hosts: ['localhost', '127.0.0.1'], live })
})
afterAll(() => deleteSessionTable({ tableName, endpoint }))

describe('hosts', () => {
  it.each(['localhost:3000', '127.0.0.1', 'LOCALHOST'])('is visited as %s', async (host) => {
    expect((await ask('/', { headers: { host } })).status).toBe(200)
  })

  it.each(['evil.example', 'localhost.evil.example:3000', ''])(
    'is not visited as %j, which a site of another name may lead here',
    async (host) => {
      for (const path of ['/', '/h3?peek', '/events']) expect((await ask(path, { headers: { host } })).status).toBe(421)
    },
  )
})

describe.each(PATHS)('at %s', (path) => {
  it('logs in, is looked at without a visit, and ends where it is revoked', async () => {
    const user = `Ada at ${path}`
    const [here, there] = [await logIn(path, user), await logIn(path, user)]
    const key = attribute(await text(`${path}?peek`, there), 'session_id')
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    const peek = await text(`${path}?peek`, here)
    expect([peek.includes(`data-session="${key}"`), shown(peek, 'user')]).toEqual([true, undefined])
    await press(path, { intent: 'revoke', key: key ?? '' }, here)
    expect(shown(await text(path, there), 'ended')).toContain('The session has ended. It was logged out.')
    expect(shown(await text(path, here), 'user')).toBe(user)
  })

  it("revokes nobody else's session", async () => {
    const [here, there] = [await logIn(path, `Eve at ${path}`), await logIn(path, `Grace at ${path}`)]
    const key = attribute(await text(`${path}?peek`, there), 'session_id') ?? ''
    await press(path, { intent: 'revoke', key }, here)
    await press(path, { intent: 'revoke', key })
    expect(shown(await text(path, there), 'user')).toBe(`Grace at ${path}`)
  })

  it('lets members in, and others know', async () => {
    const members = path === '/' ? '/members' : `${path}/members`
    expect((await ask(members)).status).toBe(401)
    const response = await ask(members, { headers: { cookie: await logIn(path, 'Ada') } })
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Welcome, Ada')])
  })

  it('reads once for four loaders', async () => {
    const cookie = await logIn(path, 'Ada')
    expect(shown(await text(`${path}?loaders=4`, cookie), 'cost')).toMatch(/1 request \(GetItem\)$/)
  })

  it('shows the code of each button', () => {
    const page = createPages({ client: notedClient(endpoint), rival: notedClient(endpoint), tableName, secret }).find(
      (each) => each.path === path,
    )
    expect(page?.intents.filter((intent) => !/session|store|race/.test(page.code.get(intent) ?? ''))).toEqual([])
    expect(page?.code.get('count')).toMatch(/count/)
    expect([...(page?.code.values() ?? [])].filter((code) => /\bcase '|\bbreak$/.test(code))).toEqual([])
  })
})

describe('faults', () => {
  it.each(['throttled', 'lost'])('are survived: %s', async (fault) => {
    const cookie = await logIn('/h3', 'Ada')
    await switchTo(fault)
    for (let count = 1; count <= 3; count++) {
      await press('/h3', { intent: 'count' }, cookie)
      // Neither lost nor done twice.
      expect(shown(await text('/h3', cookie), 'count')).toBe(String(count))
    }
    const page = await text('/h3?peek', cookie)
    const [, met = '0', requests = '0'] = /met by (\d+) of (\d+) requests/.exec(shown(page, 'faults') ?? '') ?? []
    expect([Number(met) > 2, Number(requests) > Number(met)]).toEqual([true, true])
    await switchTo('none')
  })

  it('of a dead engine is told, with a way to switch it off, and passes', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    const cookie = await logIn('/', 'Ada')
    await switchTo('dead')
    const response = await ask('/', { headers: { cookie } })
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('Switch the fault off')])
    expect((await switchTo('none')).status).toBe(303)
    expect(shown(await text('/', cookie), 'user')).toBe('Ada')
    expect(errors).not.toHaveBeenCalled()
  })

  it('are not switched by another site', async () => {
    const init = {
      method: 'POST',
      body: new URLSearchParams({ fault: 'dead' }),
      headers: { host: 'localhost', origin: 'https://evil.example' },
    }
    expect((await ask('/faults', init)).status).toBe(403)
    expect(shown(await text('/'), 'faults')).toBe('Nothing is switched on.')
  })
})

it('tells what the benchmark measured of each peer and step', () => {
  const { rows, source } = measuredBefore()
  expect(rows.map(({ requests }) => requests.length)).toEqual([STEPS.length, STEPS.length, STEPS.length])
  expect(rows.flatMap(({ requests }) => requests).every((count) => count >= 1 && count < 10)).toBe(true)
  expect(source).toMatch(/\d{4}-\d\d-\d\d/)
})

it('publishes nothing of what the page itself reads', async () => {
  const reader = live.listen().getReader()
  await reader.read()
  const cookie = await logIn('/', 'Ada')
  await text('/?peek', cookie)
  await ask('/members', { headers: { cookie } })
  let told = ''
  while (!told.includes('GET /members"')) told += (await reader.read()).value ?? ''
  await reader.cancel()
  expect(told).not.toMatch(/Scan|Query|outside of a visit/)
  expect(told).not.toContain('Ada')
})

function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const headers = { host: 'localhost', ...init.headers }
  return Promise.resolve(app.request(`http://localhost${path}`, { ...init, headers }))
}

async function text(path: string, cookie = ''): Promise<string> {
  const response = await ask(path, { headers: { cookie } })
  expect(response.status).toBe(200)
  return response.text()
}

async function press(path: string, fields: Record<string, string>, cookie = ''): Promise<string> {
  const response = await ask(path, { method: 'POST', body: new URLSearchParams(fields), headers: { cookie } })
  expect([response.status, response.headers.get('location')]).toEqual([303, path])
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const logIn = (path: string, name: string): Promise<string> => press(path, { intent: 'log-in', name })

async function switchTo(fault: string): Promise<Response> {
  return ask('/faults', { method: 'POST', body: new URLSearchParams({ fault, back: '/' }) })
}
