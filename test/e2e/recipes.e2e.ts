// The recipes of docs/ for frameworks that are too large to be dependencies here: written into applications word for word, built by the
// framework, compiled strictly, started on Node 24, and used over HTTP and in Chromium.
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { ensureSessionTable } from '../../src/index.ts'
import { createBrowser } from '../support/browser.ts'
import { filesOf, readmeBlock } from '../support/readme.ts'
import { errorsOf, inChromium } from './chromium.ts'
import { installWith, run } from './npm.ts'
import type { createProject } from './npm.ts'
import { createProjectWithOurs, node24 } from './once.ts'
import { tarball } from './packed.ts'
import { serverEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'

interface Recipe {
  /** Where its application is. */
  readonly folder: string
  /** By path. */
  readonly files: Iterable<readonly [string, string]>
  /** The program that builds it, with its arguments. */
  readonly build: readonly string[]
  readonly start: readonly string[]
}

const BIN = '../node_modules'
const VITE = `${BIN}/vite/bin/vite.js`
const TSC = [`${BIN}/typescript/bin/tsc`, '-p', '.']
const nest = (platform: string): Recipe => ({
  folder: 'nest',
  files: [[`src/${platform}.ts`, readmeBlock(`nest-${platform}`, 'docs/express.md')]],
  build: [...TSC.slice(0, -1), `tsconfig.${platform}.json`],
  start: [`dist/${platform}.js`],
})
const RECIPES: Record<string, Recipe> = {
  'Next.js': {
    folder: 'next',
    files: filesOf('docs/next.md'),
    build: [`${BIN}/next/dist/bin/next`, 'build'],
    start: [`${BIN}/next/dist/bin/next`, 'start'],
  },
  SvelteKit: {
    folder: 'sveltekit',
    files: filesOf('docs/sveltekit.md'),
    build: [VITE, 'build'],
    start: ['build/index.js'],
  },
  'TanStack Start': {
    folder: 'tanstack',
    files: filesOf('docs/tanstack-start.md'),
    build: [VITE, 'build'],
    start: [VITE, 'preview'],
  },
  'NestJS on Express': nest('express'),
  'NestJS on Fastify': nest('fastify'),
}
/** Without a program to start. */
const TYPES = [
  ['auth0.ts', readmeBlock('auth0', 'docs/better-auth.md')],
  ['oauth.ts', readmeBlock('oauth', 'docs/nuxt.md')],
] as const

const engine = await startDynalite()
const servers = new Map<string, RunningServer>()
let app: Awaited<ReturnType<typeof createProject>>

const environment = (): NodeJS.ProcessEnv => ({
  ...serverEnvironment(engine.endpoint),
  SESSION_SECRET: 'a long and random secret, as Fastify wants it',
  // What reads only extends the life of a session at each page.
  AWS_DYNAMO_DB_SESSION_TOUCH_AFTER: '0',
  NEXT_TELEMETRY_DISABLED: '1',
  // SvelteKit takes https for granted otherwise, and a form that came by http for another site's.
  PROTOCOL_HEADER: 'x-forwarded-proto',
})

async function write(folder: string, files: Recipe['files']): Promise<void> {
  for (const [path, text] of files) {
    const file = join(app.project, folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

const call = async (folder: string, args: readonly string[]): Promise<string> =>
  run(join(app.project, folder), environment(), await node24(), ...args)

beforeAll(async () => {
  app = await createProjectWithOurs()
  await cp(join(import.meta.dirname, '../apps/recipes'), app.project, { recursive: true })
  await Promise.all([
    installWith(app.project, tarball),
    ensureSessionTable({ tableName: 'sessions', endpoint: engine.endpoint, userIdKey: 'userId' }),
  ])
  for (const { folder, files } of Object.values(RECIPES)) await write(folder, files)
  await write('types', TYPES)
  await Promise.all([
    ...Object.values(RECIPES).map(async ({ folder, build }) => {
      await call(folder, build)
      // They make files first that the compiler needs; the others have their types checked as they are built.
      if (build.includes(VITE)) await call(folder, [...TSC, '--noEmit'])
    }),
    call('types', TSC),
  ])
  await Promise.all(
    Object.entries(RECIPES).map(async ([name, { folder, start }]) => {
      // Express and Fastify set no secure cookie where the request came by http.
      const env: NodeJS.ProcessEnv = folder === 'nest' ? { ...environment(), NODE_ENV: 'development' } : environment()
      servers.set(name, await startServer(join(app.project, folder), [...start], env, await node24()))
    }),
  )
}, 600_000)

afterAll(async () => {
  for (const server of servers.values()) await server.stop()
  await app?.remove()
  await engine.stop()
})

/** Secure cookies need a host that browsers trust. */
const originOf = (name: string): string => servers.get(name)?.origin.replace('127.0.0.1', 'localhost') ?? ''

describe.concurrent('NestJS', () => {
  test.for(['Express', 'Fastify'])('on %s counts visits, logs in under a new id, and logs out for good', async (platform, { expect }) => {
    const browser = createBrowser(servers.get(`NestJS on ${platform}`)?.origin ?? '')
    const seen = async (path = '/', form?: Record<string, string>): Promise<unknown> => JSON.parse((await browser.visit(path, form)).text)
    expect(await seen()).toEqual({ visits: 1 })
    expect(await seen()).toEqual({ visits: 2 })
    const visitor = new Map(browser.cookies)
    expect(await seen('/login', {})).toMatchObject({ user: 'ada' })
    const user = new Map(browser.cookies)
    expect([...user.keys()]).toEqual([...visitor.keys()])
    expect([...user]).not.toEqual([...visitor])
    expect(await seen('/logout', {})).toEqual({ visits: 1 })
    for (const [name, value] of user) browser.cookies.set(name, value)
    expect(await seen()).toEqual({ visits: 1 })
  })
})

test('Next.js: a route handler makes a session, and no cache may keep its response', async () => {
  const post = (cookie = ''): Promise<Response> => fetch(`${originOf('Next.js')}/api/visits`, { method: 'POST', headers: { cookie } })
  const first = await post()
  expect([await first.json(), first.headers.get('cache-control')]).toEqual([{ visits: 1 }, 'private, no-store'])
  const cookie = String(first.headers.getSetCookie()[0]).split(';')[0]
  expect(await (await post(cookie)).json()).toEqual({ visits: 2 })
})

test('TanStack Start: a server route reads the session', async () => {
  const response = await fetch(`${originOf('TanStack Start')}/api/visits`)
  expect([await response.json(), response.headers.getSetCookie()]).toEqual([{}, []])
})

inChromium('in Chromium', (chromium) => {
  test.for([
    { name: 'Next.js', javaScriptEnabled: true },
    { name: 'Next.js', javaScriptEnabled: false },
    { name: 'SvelteKit', javaScriptEnabled: true },
    { name: 'TanStack Start', javaScriptEnabled: true },
  ])(
    '$name: a user logs in, goes on and logs out (scripts: $javaScriptEnabled)',
    async ({ name, javaScriptEnabled }, { onTestFinished }) => {
      const origin = originOf(name)
      const context = await chromium.newContext({ javaScriptEnabled, extraHTTPHeaders: { 'x-forwarded-proto': 'http' } })
      onTestFinished(() => context.close())
      const page = await context.newPage()
      const errors = errorsOf(page)
      const output = (): string => `${servers.get(name)?.output()}\n${errors.join('\n')}`
      const see = (text: string) => expect.poll(() => page.textContent('body'), { message: output() }).toContain(text)
      const logIn = async (): Promise<string | undefined> => {
        await page.waitForSelector('text=Log in')
        if ((await page.locator('[name=user]').count()) > 0) await page.fill('[name=user]', 'ada')
        // A button works once the page's script does.
        await page.waitForLoadState('networkidle')
        await page.click('text=Log in')
        await see('ada, visits: 0')
        return (await context.cookies()).find((cookie) => cookie.name === '__Host-session')?.value
      }
      await page.goto(origin)
      const first = await logIn()
      expect(await context.cookies()).toMatchObject([{ name: '__Host-session', httpOnly: true, secure: true, sameSite: 'Lax', path: '/' }])
      await page.click('button:text-is("Visit")')
      await see('ada, visits: 1')
      await page.goto(origin)
      await see('ada, visits: 1')
      await page.click('text=Log out')
      await page.waitForSelector('text=Log in')
      expect(await context.cookies()).toEqual([])
      expect(await logIn()).not.toBe(first)
      // What somebody kept of the session that was logged out is worth nothing.
      const kept = await fetch(origin, { headers: { cookie: `__Host-session=${first}` } })
      expect([kept.status, (await kept.text()).includes('Log out')]).toEqual([200, false])
      expect(errors.filter((text) => !text.includes('404'))).toEqual([])
    },
  )
})
