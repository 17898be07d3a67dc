// examples/astro from the packed tarball, on each major of Astro: installed in a fresh folder, built and started as its `npm start` does, on
// Node 24, visited over HTTP and by Chromium.
import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { readmeBlock } from '../support/readme.ts'
import { errorsOf, inChromium } from './chromium.ts'
import { installWith, run } from './npm.ts'
import { createProjectWithOurs, node24 } from './once.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'

const FOLDER = join(import.meta.dirname, '..')
const DAY = 24 * 3600
const VERSIONS = [
  { astro: 5, adapter: 9 },
  { astro: 6, adapter: 10 },
  { astro: 7, adapter: 11 },
] as const

interface App {
  readonly project: string
  remove(): Promise<void>
  server?: RunningServer
}

const engine = await startDynalite()
const apps = new Map<number, App>()

async function prepare({ astro, adapter }: (typeof VERSIONS)[number]): Promise<void> {
  const app: App = await createProjectWithOurs()
  apps.set(astro, app)
  await cp(join(FOLDER, '../examples/astro'), app.project, { recursive: true })
  await cp(join(FOLDER, 'apps/astro'), app.project, { recursive: true })
  const file = join(app.project, 'package.json')
  const { dependencies, ...manifest } = JSON.parse(await readFile(file, 'utf8')) as { dependencies: Record<string, string> }
  // The example is for Astro 5, as it stands.
  if (astro > 5) await writeFile(join(app.project, 'astro.config.mjs'), readmeBlock('astro.config.mjs', 'docs/astro.md'))
  const versions = astro === 5 ? {} : { astro: `^${astro}.0.0`, '@astrojs/node': `^${adapter}.0.0` }
  await writeFile(file, JSON.stringify({ ...manifest, dependencies: { ...dependencies, ...versions } }))
  await installWith(app.project, tarball)
}

async function start(app: App, keyPrefix: string): Promise<void> {
  const cli = ['bin/astro.mjs', 'astro.js'].find((name) => existsSync(join(app.project, 'node_modules/astro', name))) as string
  const telemetry = { ASTRO_TELEMETRY_DISABLED: '1' }
  await run(app.project, { ...bareEnvironment(), ...telemetry }, await node24(), join('node_modules/astro', cli), 'build')
  const env = { ...serverEnvironment(engine.endpoint), ...telemetry, AWS_DYNAMO_DB_SESSION_KEY_PREFIX: keyPrefix }
  app.server = await startServer(app.project, 'start.js', env, await node24())
}

beforeAll(async () => {
  await Promise.all(VERSIONS.map(prepare))
  await Promise.all([...apps].map(([astro, app]) => start(app, `astro${astro}:`)))
}, 600_000)

afterAll(async () => {
  for (const app of apps.values()) {
    await app.server?.stop()
    await app.remove()
  }
  await engine.stop()
})

describe.concurrent.each(VERSIONS)('Astro $astro', ({ astro }) => {
  const origin = (): string => apps.get(astro)?.server?.origin ?? ''

  /** A browser with one cookie, and what it did. */
  function visitor() {
    const jar = { cookie: '' }
    async function visit(method: string, path: string, sent = jar.cookie): Promise<Response> {
      const headers = { cookie: sent, 'content-type': 'application/json' }
      const response = await fetch(origin() + path, { method, headers, redirect: 'manual' })
      const [setCookie] = response.headers.getSetCookie()
      if (setCookie !== undefined && sent === jar.cookie) jar.cookie = setCookie.split(';')[0] as string
      return response
    }
    const seen = async (sent?: string): Promise<unknown> => (await visit('GET', '/', sent)).json()
    return { jar, visit, seen }
  }

  /** The items of this version: with data, or what was left of a session that ended. */
  async function items(): Promise<{ live: Record<string, unknown>[]; ended: Record<string, number>[]; text: string }> {
    const client = new DynamoDBClient({
      endpoint: engine.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    })
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'sessions', ConsistentRead: true }))
    client.destroy()
    const own = Items.filter(({ session_id }) => session_id?.S?.startsWith(`astro${astro}:`))
    const plain = own.map((item) =>
      Object.fromEntries(Object.entries(item).map(([name, { S, N }]) => [name, N === undefined ? S : Number(N)])),
    )
    const ended = plain.filter(({ ended_at }) => ended_at !== undefined) as Record<string, number>[]
    return { live: plain.filter(({ data }) => data !== undefined), ended, text: JSON.stringify(own) }
  }

  test('counts visits, logs in under a new id, and logs out for good', async ({ expect }) => {
    const { jar, visit, seen } = visitor()
    expect(await seen()).toEqual({ visits: 1 })
    expect(await seen()).toEqual({ visits: 2 })
    const old = jar.cookie
    expect((await visit('POST', '/login')).status).toBe(302)
    expect(jar.cookie).not.toBe(old)
    expect(await seen()).toEqual({ visits: 3, user: 'ada' })
    expect(await seen(old)).toEqual({ visits: 1 })
    const user = jar.cookie
    expect((await visit('POST', '/logout')).status).toBe(302)
    // The old id shows nothing, and what is written to it within a minute does not stay.
    expect(await seen(user)).toEqual({ visits: 1 })
    expect(await seen(user)).toEqual({ visits: 1 })
  })

  test('keeps hashes of ids for fourteen days, and what is left of a session that ended for a minute', async ({ expect }) => {
    const { jar, visit, seen } = visitor()
    await seen()
    const id = decodeURIComponent(jar.cookie.split('=')[1] as string)
    const { live, text } = await items()
    expect(text).not.toContain(id)
    for (const { session_id, updated_at, expire_at } of live) {
      expect(session_id).toMatch(new RegExp(`^astro${astro}:astro:[0-9a-f]{64}$`))
      expect(Number(expire_at) - Number(updated_at)).toBeGreaterThanOrEqual(14 * DAY)
      expect(Number(expire_at) - Number(updated_at)).toBeLessThan(14 * DAY + 2)
    }
    await visit('POST', '/logout')
    const { ended } = await items()
    expect(ended.length).toBeGreaterThan(0)
    for (const { ended_at = 0, expire_at = 0 } of ended) expect(Math.floor(expire_at - ended_at)).toBe(60)
  })

  test('of two changes at once the later one is whole, and a log-out during a slow request stays', async ({ expect }) => {
    const { jar, visit, seen } = visitor()
    await seen()
    const both = await Promise.all(['a', 'b'].map((key) => visit('POST', `/put?key=${key}&wait=100`)))
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    const keys = (await (await visit('GET', '/put')).json()) as string[]
    expect(['visits,a', 'visits,b', 'visits,a,b', 'visits,b,a']).toContain(keys.join())
    const user = jar.cookie
    const slow = visit('POST', '/put?key=c&wait=1000')
    await visit('POST', '/logout', user)
    expect((await slow).status).toBe(200)
    expect(await (await visit('GET', '/put', user)).json()).toEqual([])
  })
})

inChromium('Astro in Chromium', (chromium) => {
  test.for(VERSIONS)('a user of Astro $astro logs in, goes on and logs out', async ({ astro }, { onTestFinished }) => {
    const context = await chromium.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const errors = errorsOf(page)
    const see = (text: string) => page.waitForSelector(`p:text-is("${text}")`)
    await page.goto(`${apps.get(astro)?.server?.origin.replace('127.0.0.1', 'localhost')}/page`)
    await see('nobody, visits: 0')
    // The example leads to its first page, which counts.
    await page.click('text=Log in')
    await see('ada, visits: 1')
    await page.click('button:text-is("Visit")')
    await see('ada, visits: 2')
    expect(await context.cookies()).toMatchObject([{ name: 'astro-session', httpOnly: true, sameSite: 'Lax' }])
    await page.click('text=Log out')
    await see('nobody, visits: 1')
    // A browser asks for an icon, which there is none of.
    expect(errors.filter((text) => !text.includes('404'))).toEqual([])
  })
})
