// A Nuxt application with the packed package, built and served by Node 24, driven over HTTP and by Chromium.
import { cp, readFile, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { createSessionStore, deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { unsign } from '../../src/core/base/signature.ts'
import { createBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { useProxy } from '../support/proxy.ts'
import { readmeBlock } from '../support/readme.ts'
import { copies } from './copies.ts'
import { testExample } from './example.ts'
import { replaySuite } from '../replays/suite.ts'
import { install, run } from './npm.ts'
import type { createProject } from './npm.ts'
import { createProjectWithOurs, node24 } from './once.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'
import { COOKIE, PIN, USER, testInChromium } from './nuxt-in-chromium.ts'

const engines = inject('engines')
// Dynalite answers a query of the index too, but this one is closer to AWS.
const engine = engines.find(({ name }) => name === 'dynoxide') ?? engines[0]
if (!engine) throw new Error('there is no engine')
const table = { tableName: `nuxt-${process.pid}-${Date.now()}`, endpoint: engine.endpoint, userIdKey: 'userId' }
const proxy = useProxy(engine)

/** Nitro takes it for the number 100000. */
const SECRET = '1.00000000000000e5'

/** The password of nuxt-auth-utils, which the application had before. */
const SEALED_BY = 'a-password-of-more-than-32-characters'

let app: Awaited<ReturnType<typeof createProject>>
let server: RunningServer
let node: string

const environment = (): NodeJS.ProcessEnv => ({
  ...serverEnvironment(proxy.endpoint),
  NUXT_DYNAMODB_SESSIONS_TABLE_NAME: table.tableName,
  NUXT_DYNAMODB_SESSIONS_MIGRATE_PASSWORD: SEALED_BY,
  NUXT_SESSION_PASSWORD: SEALED_BY,
})
const start = (env: NodeJS.ProcessEnv) => startServer(app.project, '.output/server/index.mjs', env, node)
const withoutTelemetry = (): NodeJS.ProcessEnv => ({ ...bareEnvironment(), NUXT_TELEMETRY_DISABLED: '1' })

beforeAll(async () => {
  node = await node24()
  app = await createProjectWithOurs()
  await cp(join(import.meta.dirname, '../apps/nuxt'), app.project, { recursive: true })
  await writeFile(join(app.project, 'nuxt.config.ts'), readmeBlock('nuxt.config.ts'))
  await writeFile(join(app.project, 'server/api/readme.post.ts'), readmeBlock('server/api/login.post.ts'))
  for (const name of ['server/api/devices.get.ts', 'server/api/devices.post.ts'])
    await writeFile(join(app.project, name), readmeBlock(name, 'docs/devices.md'))
  // dynalite is for the example.
  await install(app.project, tarball, 'dynalite@^4')
  // Installed last.
  expect((await copies(app.project)).filter((copy) => copy.startsWith('nuxt@'))).toHaveLength(1)
  // Neither secret nor region nor credentials.
  await run(app.project, withoutTelemetry(), node, 'node_modules/nuxt/bin/nuxt.mjs', 'build')
  await ensureSessionTable(table)
  server = await start({ ...environment(), NUXT_DYNAMODB_SESSIONS_SECRET_KEY: SECRET })
}, 600_000)

afterAll(async () => {
  await server?.stop()
  await deleteSessionTable(table).catch(() => {})
  await app?.remove()
})

beforeEach(() => proxy.reset())

describe('a Nuxt application', () => {
  let browser: Browser
  beforeEach(() => {
    browser = createBrowser(server.origin)
  })
  const logIn = (user = USER) => browser.visit('/api/login', { user, password: 'correct horse' })
  const get = (path: string): Promise<Response> =>
    fetch(server.origin + path, { headers: { cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; ') } })

  test('costs a visitor without a session nothing', async () => {
    const response = await get('/')
    expect([response.status, response.headers.getSetCookie(), response.headers.get('cache-control')], server.output()).toEqual([
      200,
      [],
      null,
    ])
    expect(await response.text()).toContain('nobody')
    expect(proxy.operations()).toEqual([])
  })

  test('reads once for a page that shows public data and fetches from a protected route', async () => {
    await logIn()
    proxy.reset()
    const page = await browser.visit('/account')
    expect(page.text).toContain(`Private page of ${USER}`)
    expect(page.text).toContain(`<span id="user">${USER}</span>`)
    expect(proxy.operations()).toEqual(['GetItem'])
  })

  test('sends pages the public keys only, and lets nobody keep them', async () => {
    await logIn()
    const store = createSessionStore(table)
    const id = unsign(decodeURIComponent(browser.cookies.get(COOKIE) as string), [SECRET]) as string
    expect((await store.read(id))?.data).toEqual({ userId: USER, pin: PIN })
    // The last has a route rule that would give it to everybody.
    for (const path of ['/', '/account', '/headers']) {
      const response = await get(path)
      const text = await response.text()
      expect([path, response.headers.get('cache-control')]).toEqual([path, 'private, no-store'])
      expect(text).toContain(USER)
      expect(text).not.toContain(PIN)
      expect(text).not.toContain(id)
    }
    expect((await get('/api/account')).headers.get('cache-control')).toBe('private, no-store')
  })

  test('tells a page its session again, without a cache or a write', async () => {
    const ask = async (): Promise<unknown> => (await get('/_dynamodb-sessions')).json()
    expect(await ask()).toEqual({ data: {}, loggedIn: false })
    expect(proxy.operations()).toEqual([])
    await logIn()
    proxy.reset()
    expect(await ask()).toEqual({ data: { userId: USER }, loggedIn: true })
    const response = await get('/_dynamodb-sessions')
    expect([response.headers.get('cache-control'), response.headers.getSetCookie()]).toEqual(['private, no-store', []])
    expect(proxy.operations()).toEqual(['GetItem', 'GetItem'])
    expect((await fetch(`${server.origin}/_dynamodb-sessions`, { method: 'DELETE' })).status).not.toBe(200)
  })

  test('refuses what other sites’ pages send', async () => {
    const send = (path: string, site?: string): Promise<Response> =>
      fetch(server.origin + path, { method: 'POST', headers: site === undefined ? {} : { 'sec-fetch-site': site } })
    for (const site of ['cross-site', 'same-site', undefined]) {
      const response = await send('/account', site)
      expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('was refused')])
    }
    expect((await send('/account', 'same-origin')).status).not.toBe(403)
    expect((await send('/api/visit', 'cross-site')).status).toBe(200)
    expect(proxy.operations()).not.toContain('GetItem')
  })

  test('lists the devices of its user, ends one, and no other user’s', async () => {
    const there = createBrowser(server.origin)
    const ask = async (of: Browser, body?: object): Promise<Response> =>
      fetch(`${server.origin}/api/devices`, {
        method: body ? 'POST' : 'GET',
        headers: { cookie: [...of.cookies].map((pair) => pair.join('=')).join('; '), 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    const devices = async (of: Browser): Promise<{ key: string; isCurrent: boolean }[]> => (await ask(of)).json() as never
    await logIn('dee')
    await there.visit('/api/login', { user: 'eve', password: 'correct horse' })
    const [hers] = await devices(there)
    expect(await (await ask(browser, { key: hers?.key })).json()).toEqual({ ended: false })
    expect(await devices(there)).toMatchObject([{ key: hers?.key, isCurrent: true }])
    await there.visit('/api/login', { user: 'dee', password: 'correct horse' })
    const other = (await devices(browser)).find(({ isCurrent }) => !isCurrent)
    // Its log-in did not say that it authenticated anybody.
    const refused = await ask(browser, { others: true })
    expect([refused.status, await refused.json()]).toEqual([
      401,
      expect.objectContaining({ data: { reason: 'fresh-log-in', seconds: 600 } }),
    ])
    expect(await (await ask(browser, { key: other?.key })).json()).toEqual({ ended: true })
    expect((await ask(there)).status).toBe(401)
    expect(await devices(browser)).toMatchObject([{ isCurrent: true }])
  })

  test('answers 401 at a protected route without a user', async () => {
    expect((await get('/api/account')).status).toBe(401)
    await browser.visit('/api/visit', {})
    expect((await get('/api/account')).status).toBe(401)
  })

  test('keeps a user out of pages that are cached or made at build time', async () => {
    await logIn()
    for (const path of ['/cached', '/cached/_payload.json', '/isr', '/isr/_payload.json', '/prerendered', '/prerendered/_payload.json']) {
      proxy.reset()
      const response = await get(path)
      expect([path, response.status]).toEqual([path, 200])
      expect(await response.text()).not.toContain(USER)
      expect([path, proxy.operations()]).toEqual([path, []])
    }
    const cached = await fetch(`${server.origin}/cached`)
    expect(cached.headers.get('cache-control')).toContain('s-maxage=60')
    expect(await cached.text()).toContain('nobody')
  })

  test('keeps a session that is open already out of a cached handler, and does not replace it there', async () => {
    await logIn()
    expect((await get('/api/cached?as=ada&write=yes')).headers.getSetCookie()).toEqual([])
    expect(await (await get('/api/cached?as=ada')).json()).toEqual({ user: null })
    expect(await (await fetch(`${server.origin}/api/cached?as=ada`)).json()).toEqual({ user: null })
    expect(await (await get('/api/handler')).json()).toEqual({ user: USER, visits: 0 })
  })

  test('makes no session in a cached handler, which strangers would get too', async () => {
    for (const _ of [1, 2]) {
      const response = await get('/api/cached?as=nobody&write=yes')
      expect([response.headers.getSetCookie(), await response.json()]).toEqual([[], { user: null }])
    }
    expect(proxy.operations()).toEqual([])
  })

  test('shares the session with what a request asks its own server for, but not as somebody else', async () => {
    const stranger = { user: null, visits: 0 }
    const page = await browser.visit('/api/inside')
    expect(JSON.parse(page.text), server.output()).toEqual({ own: { user: null, visits: 1 }, stranger })
    // It was made inside, and its cookie reaches the browser.
    expect([...browser.cookies.keys()]).toEqual([COOKIE])
    expect((await get('/api/inside')).headers.get('cache-control')).toBe('private, no-store')
    await logIn()
    proxy.reset()
    expect(await (await get('/api/inside')).json()).toEqual({ own: { user: USER, visits: 3 }, stranger })
    expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem'])
  })

  test('shows a flash message once, and logs in under a new id', async () => {
    const wrong = await browser.visit('/api/login', { user: USER, password: 'wrong' })
    expect([wrong.path, wrong.text.includes('Wrong password')]).toEqual(['/login', true])
    expect((await browser.visit('/login')).text).not.toContain('Wrong password')
    const before = browser.cookies.get(COOKIE)
    expect((await logIn()).path).toBe('/account')
    expect(browser.cookies.get(COOKIE)).not.toBe(before)
  })

  test('takes over a session that nuxt-auth-utils keeps in its cookie', async () => {
    await browser.visit('/api/sealed', {})
    expect([[...browser.cookies.keys()], proxy.operations()]).toEqual([['nuxt-session'], []])
    const moved = async (): Promise<unknown> => JSON.parse((await browser.visit('/api/moved')).text)
    const data = { user: { name: 'ada' }, secure: { token: 'of somebody' } }
    expect(await moved(), server.output()).toMatchObject(data)
    expect([[...browser.cookies.keys()], proxy.operations()]).toEqual([[COOKIE], ['PutItem']])
    expect(await moved()).toMatchObject(data)
  })

  replaySuite(proxy, () => ({ origin: server.origin, base: '/api/replay' }))

  test("logs in by README's example", async () => {
    const page = await browser.visit('/api/readme', { username: 'grace' })
    expect([page.path, page.text.includes('<span id="user">grace</span>')]).toEqual(['/', true])
  })

  test('answers a page that is not there to a user without ending the session', async () => {
    await logIn()
    const response = await get('/nowhere')
    expect([response.status, response.headers.getSetCookie()]).toEqual([404, []])
    expect((await browser.visit('/account')).text).toContain(`Private page of ${USER}`)
  })

  test('fails with a clear error without a secret, but serves what was made at build time', async () => {
    const bare = await start(environment())
    try {
      expect((await fetch(`${bare.origin}/prerendered`)).status).toBe(200)
      const response = await fetch(bare.origin)
      expect([response.status, await response.json()]).toEqual([500, expect.objectContaining({ message: 'Server Error' })])
      expect(bare.output()).toContain('set NUXT_DYNAMODB_SESSIONS_SECRET_KEY to a long random text')
    } finally {
      await bare.stop()
    }
  })

  test('refuses a value of the environment that is none, by the name of its variable', async () => {
    const env = { ...environment(), NUXT_DYNAMODB_SESSIONS_SECRET_KEY: SECRET, NUXT_DYNAMODB_SESSIONS_MAX_STALE: '1 day' }
    const odd = await start(env)
    try {
      expect((await fetch(odd.origin)).status).toBe(500)
      expect(odd.output()).toContain('Option `maxStale` (from NUXT_DYNAMODB_SESSIONS_MAX_STALE) must be')
    } finally {
      await odd.stop()
    }
  })

  test('has a secret of its own in development, which a restart keeps', async () => {
    const env: NodeJS.ProcessEnv = { ...environment(), ...withoutTelemetry(), NODE_ENV: 'development' }
    const develop = () => startServer(app.project, ['node_modules/nuxt/bin/nuxt.mjs', 'dev', '--no-fork'], env, node)
    const notice = 'Made a secret that signs session cookies in development only'
    const first = await develop()
    const visitor = createBrowser(first.origin)
    try {
      await visitor.visit('/api/readme', { username: 'grace' })
      // Without `Secure`, which its name would promise.
      expect([...visitor.cookies.keys()], first.output()).toEqual(['session'])
      expect(first.output()).toContain(notice)
    } finally {
      await first.stop()
    }
    const second = await develop()
    try {
      const again = createBrowser(second.origin)
      for (const [name, value] of visitor.cookies) again.cookies.set(name, value)
      expect((await again.visit('/')).text, second.output()).toContain('<span id="user">grace</span>')
      expect(second.output()).not.toContain(notice)
    } finally {
      await second.stop()
    }
  })

  test('has a task that collects garbage by the same options', async () => {
    const { result } = (await (await get('/api/gc')).json()) as { result: { scanned: number } }
    expect(result, server.output()).toMatchObject({ deleted: 0, failed: 0, scanned: expect.any(Number) })
    expect(proxy.operations()).toContain('Scan')
    expect(proxy.requests.every(({ body }) => body.TableName === table.tableName)).toBe(true)
  })

  test('has neither the command nor the configuration loader in its bundle', async () => {
    const output = join(app.project, '.output/server')
    const files = (await readdir(output, { recursive: true })).filter((file) => /\.m?js$/.test(file))
    expect(files.filter((file) => /node_modules\/(?:c12|citty|jiti|@nuxt\/kit)\//.test(file))).toEqual([])
    const own = files.filter((file) => !file.startsWith('node_modules/'))
    const texts = await Promise.all(own.map((file) => readFile(join(output, file), 'utf8')))
    expect(own.filter((_, index) => /from\s*['"](?:c12|citty|@nuxt\/kit)['"]/.test(texts[index] as string))).toEqual([])
    expect(texts.some((text) => text.includes('__Host-session'))).toBe(true)
  })

  test('has typed session data, on the server and in pages', async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
    const check = (part: string) =>
      run(app.project, bareEnvironment(), process.execPath, tsc, '--noEmit', '-p', `.nuxt/tsconfig.${part}.json`)
    await Promise.all([check('app'), check('server')])
  })
})

testExample(
  'nuxt',
  () => app.project,
  () => ({
    ...withoutTelemetry(),
    PATH: [dirname(node), process.env.PATH].join(delimiter),
  }),
)

testInChromium(() => server.origin)
