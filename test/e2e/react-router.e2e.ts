// A React Router application as its framework builds it, with the packed package, served by Node and driven over HTTP.
import { cp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ensureSessionTable } from '../../src/index.ts'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { createBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { useProxy } from '../support/proxy.ts'
import { copies } from './copies.ts'
import { copyExample, testExample } from './example.ts'
import { install, run } from './npm.ts'
import type { createProject } from './npm.ts'
import { createProjectWithOurs } from './once.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'

// Of our own, since the table's name is one that could be in use anywhere else.
const engine = await startDynalite()
const { endpoint } = engine
const table = { tableName: 'sessions', endpoint }
const fixture = join(import.meta.dirname, '../apps/react-router')
const proxy = useProxy({ endpoint })

let app: Awaited<ReturnType<typeof createProject>>
let server: RunningServer

const start = () =>
  startServer(app.project, 'server.js', { ...serverEnvironment(proxy.endpoint), SESSION_SECRET: 'a long and random secret' })

beforeAll(async () => {
  app = await createProjectWithOurs()
  await cp(fixture, app.project, { recursive: true })
  // dynalite is for the example.
  await install(app.project, tarball, 'dynalite@^4')
  // Installed last.
  expect((await copies(app.project)).filter((copy) => copy.startsWith('react-router@'))).toHaveLength(1)
  await run(app.project, bareEnvironment(), join(app.project, 'node_modules/.bin/react-router'), 'build')
  await run(app.project, bareEnvironment(), process.execPath, createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', '.')
  await ensureSessionTable(table)
  server = await start()
}, 600_000)

afterAll(async () => {
  await server?.stop()
  await app?.remove()
  await engine.stop()
})

describe('a React Router application', () => {
  let browser: Browser
  beforeEach(() => {
    browser = createBrowser(server.origin)
  })

  /** The `data-*` values of a page. */
  async function look(path: string, form?: Record<string, string>): Promise<Record<string, string>> {
    const page = await browser.visit(path, form)
    expect(page.status, server.output()).toBe(200)
    return Object.fromEntries([...page.text.matchAll(/ data-(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
  }
  const logIn = (user = 'ada') => look('/login', { user, password: 'correct horse' })
  /** Posts a change that commits late, and answers once the server has read the session for it. */
  async function changeLate(form: Record<string, string>): Promise<{ done: Promise<{ cookies: readonly string[] }> }> {
    proxy.reset()
    const done = browser.visit('/account/settings', { ...form, wait: '700' })
    await expect.poll(() => proxy.operations()).toContain('GetItem')
    return { done }
  }

  test('costs a visitor without a session nothing', async () => {
    const page = await browser.visit('/account/settings')
    expect([page.status, page.cookies, proxy.operations()]).toEqual([200, [], []])
    expect(await look('/')).toMatchObject({ user: 'nobody' })
    expect([browser.cookies.size, proxy.operations()]).toEqual([0, []])
  })

  test('reads once for a page of three loaders', async () => {
    await logIn()
    proxy.reset()
    expect(await look('/account/settings')).toMatchObject({ user: 'ada', count: '0', theme: '' })
    expect(proxy.operations()).toEqual(['GetItem'])
  })

  test('logs in by a thrown redirect, under a new id', async () => {
    await look('/account', {})
    const before = browser.cookies.get('__session') as string
    expect(await logIn()).toMatchObject({ user: 'ada', count: '1' })
    const after = browser.cookies.get('__session') as string
    expect(after).not.toBe(before)
    browser.cookies.set('__session', before)
    expect(await look('/account/settings')).toMatchObject({ user: 'nobody', count: '0' })
  })

  test('shows a flash message once', async () => {
    expect(await look('/login', { user: 'ada', password: 'wrong' })).toMatchObject({ user: 'nobody', message: 'Wrong password' })
    expect(await look('/')).toMatchObject({ message: '' })
  })

  test('counts', async () => {
    expect(await look('/account', {})).toMatchObject({ count: '1' })
    expect(await look('/account', {})).toMatchObject({ count: '2' })
  })

  test('keeps what two tabs change at the same time', async () => {
    await logIn()
    const { done } = await changeLate({ theme: 'dark' })
    await look('/account/settings', { language: 'de' })
    await done
    expect(await look('/account/settings')).toMatchObject({ user: 'ada', theme: 'dark', language: 'de' })
  })

  test('keeps sessions over a restart', async () => {
    await logIn()
    await look('/account', {})
    await server.stop()
    server = await start()
    const { cookies } = browser
    browser = createBrowser(server.origin)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    expect(await look('/account/settings')).toMatchObject({ user: 'ada', count: '1' })
  })

  test('logs out, and a tab that commits later brings nothing back and wipes no cookie', async () => {
    await logIn()
    const old = browser.cookies.get('__session') as string
    const { done } = await changeLate({ theme: 'dark' })
    expect(await look('/logout', {})).toMatchObject({ user: 'nobody' })
    expect(browser.cookies.size).toBe(0)
    await logIn('grace')
    expect((await done).cookies).toEqual([])
    expect(await look('/account/settings')).toMatchObject({ user: 'grace', theme: '' })
    browser.cookies.set('__session', old)
    expect(await look('/account/settings')).toMatchObject({ user: 'nobody', theme: '' })
  })

  test('takes a forged cookie for none, without a request', async () => {
    await logIn()
    const good = browser.cookies.get('__session') as string
    proxy.reset()
    for (const forged of [`x${good}`, `${good.slice(0, -4)}AAAA`, 'x'.repeat(43), '%E0%A4%A', `${good}${'x'.repeat(5000)}`]) {
      browser.cookies.set('__session', forged)
      expect(await look('/account/settings')).toMatchObject({ user: 'nobody' })
    }
    expect(proxy.operations()).toEqual([])
  })

  describe('with middleware', () => {
    test('costs a visitor without a session nothing', async () => {
      const page = await browser.visit('/middleware')
      expect([page.status, page.cookies, proxy.operations()]).toEqual([200, [], []])
    })

    test('reads once, and writes only what changed', async () => {
      expect(await look('/middleware?index', {})).toMatchObject({ count: '1' })
      expect(proxy.operations()).toEqual(['PutItem'])
      proxy.reset()
      expect(await look('/middleware')).toMatchObject({ count: '1' })
      expect(proxy.operations()).toEqual(['GetItem'])
      proxy.reset()
      expect(await look('/middleware?index', {})).toMatchObject({ count: '2' })
      expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem'])
    })

    test('commits before a thrown redirect, shows a flash message once, and logs out', async () => {
      expect(await look('/middleware/login', { user: 'ada' })).toMatchObject({ user: 'ada', message: 'Welcome' })
      expect(await look('/middleware')).toMatchObject({ user: 'ada', message: '' })
      expect(await look('/middleware/logout', {})).toMatchObject({ user: 'nobody', message: '' })
      expect(browser.cookies.size).toBe(0)
    })
  })

  test('works in `react-router dev`', async () => {
    // The condition is one that it starts itself anew for, in a process that would outlive this one.
    const program = ['--conditions=development', 'node_modules/.bin/react-router', 'dev']
    const env = { ...bareEnvironment(), AWS_ENDPOINT_URL_DYNAMODB: endpoint, SESSION_SECRET: 'a long and random secret' }
    const developed = await startServer(app.project, program, env)
    try {
      browser = createBrowser(developed.origin)
      expect(await logIn()).toMatchObject({ user: 'ada' })
      expect(await look('/')).toMatchObject({ user: 'ada' })
      expect(await look('/logout', {})).toMatchObject({ user: 'nobody' })
    } finally {
      await developed.stop()
    }
  })
})

testExample('react-router', () => app.project)

test('the code of the example compiles', async () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  // Beside what is installed, since it has packages of its own.
  await copyExample('react-router', join(app.project, 'example'))
  await run(app.project, bareEnvironment(), process.execPath, tsc, '-p', 'example')
})
