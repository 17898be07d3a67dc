// An application with the module, the mount and the task, built with the packed package and run as a server, as a Lambda function and in development.
import { cp, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { createSessionStore, deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { bareClient } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'
import { copies } from './copies.ts'
import { invokeOnLambda } from './lambda.ts'
import type { LambdaAnswer } from './lambda.ts'
import { AWS, createProject, install, run } from './npm.ts'
import { createProjectWithOurs } from './once.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'
import type { RunningServer } from './server.ts'
import { testReadme } from './nitro-readme.ts'
import { startRelay } from './relay.ts'

const BETA = 'Nitro 3, beta of June'
interface Case {
  readonly name: string
  /** Another, before it: npm exchanges what differs in a copy of its project. */
  readonly like?: string
  readonly isInOneGo?: true
  readonly command: string
  readonly packages: readonly string[]
  readonly both: string
  readonly adapt?: (route: string) => string
}

const cases: readonly Case[] = [
  {
    name: 'nitropack 2',
    command: 'nitropack',
    packages: ['nitropack@^2.13.0'],
    both: "export { useStorage, runTask, defineCachedEventHandler as defineCachedHandler } from 'nitropack/runtime'",
    adapt: (route: string) => route.replaceAll(/^import .*\n/gm, ''),
  },
  {
    // Its cache keeps what later releases refuse.
    name: 'nitropack 2.13.0',
    like: 'nitropack 2',
    command: 'nitropack',
    packages: ['nitropack@2.13.0'],
    both: "export { useStorage, runTask, defineCachedEventHandler as defineCachedHandler } from 'nitropack/runtime' //",
  },
  {
    name: 'Nitro 3.0.0',
    command: 'nitro',
    // Installed in one go, which left its unstorage where `nitro dev` does not find it, beside another chokidar.
    isInOneGo: true,
    packages: ['nitro@3.0.0'],
    both: "export { useStorage, runTask, defineCachedHandler } from 'nitro/runtime'",
    adapt: (route: string) => route,
  },
  {
    name: 'Nitro 3',
    command: 'nitro',
    // jiti reads a configuration in TypeScript on Node 20; Nitro would install it by itself, in the midst of a build.
    packages: ['nitro@>=3.0.260903-beta <4', 'jiti'],
    both: "export * from 'nitro/storage'; export * from 'nitro/task'; export * from 'nitro/cache'",
    adapt: (route: string) => route.replace("'nitro/runtime'", "'nitro/storage'"),
  },
  {
    // Its cache shows handlers the cookies that it does not tell visitors apart by.
    name: BETA,
    like: 'Nitro 3',
    command: 'nitro',
    packages: ['nitro@3.0.260610-beta', 'jiti'],
    both: "export * from 'nitro/storage'; export * from 'nitro/task'; export * from 'nitro/cache' //",
  },
]
const [engine] = inject('engines')
if (!engine) throw new Error('there is no engine')
const { endpoint } = engine
/** By the name of the case, until all are through: another may start from one. */
const apps = new Map<string, Awaited<ReturnType<typeof createProject>>>()
const SECRET = 'a long and random secret'
const COOKIE = '__Host-session'
const client = bareClient(endpoint)

interface Answer {
  readonly status: number
  readonly body: string
  readonly cookies: string[]
  readonly cacheControl: string | null
}

afterAll(async () => {
  client.destroy()
  for (const { remove } of apps.values()) await remove()
})

describe.each(cases)('$name', ({ name, like, isInOneGo, command, packages, both, adapt }) => {
  const table = { tableName: `nitro-${process.pid}-${Date.now()}-${both.length}`, endpoint }
  const build = { BOTH: both }
  const environment = (): NodeJS.ProcessEnv => ({
    ...serverEnvironment(endpoint),
    // The module's options and the mount's.
    NITRO_DYNAMODB_SESSIONS_TABLE_NAME: table.tableName,
    NITRO_DYNAMODB_SESSIONS_SECRET_KEY: SECRET,
    AWS_DYNAMO_DB_SESSION_TABLE_NAME: table.tableName,
  })
  let app: Awaited<ReturnType<typeof createProject>>
  let server: RunningServer

  beforeAll(async () => {
    const other = like && apps.get(like)
    app = isInOneGo ? await createProject() : other ? await createProject(other.project) : await createProjectWithOurs()
    apps.set(name, app)
    await cp(join(import.meta.dirname, '../apps/nitro'), app.project, { recursive: true })
    await writeFile(join(app.project, 'example.config.ts'), readmeBlock('nitro.config.ts', 'docs/nitro.md'))
    await writeFile(join(app.project, 'routes/visits.ts'), readmeBlock('routes/visits.ts', 'docs/nitro.md'))
    await install(app.project, tarball, ...AWS, ...packages)
    expect((await copies(app.project)).filter((copy) => copy.startsWith(`${command}@`))).toHaveLength(1)
    await ensureSessionTable(table)
    const presets = ['node-server', 'aws-lambda'].map(async (preset) => {
      // Neither secret, nor table, region or credentials.
      const env = { ...bareEnvironment(), ...build, OUTPUT: `.output-${preset}`, BUILD_DIR: `.build-${preset}` }
      await run(app.project, env, join(app.project, 'node_modules/.bin', command), 'build', '--preset', preset)
    })
    await Promise.all(presets)
    server = await startServer(app.project, '.output-node-server/server/index.mjs', environment())
  }, 300_000)

  afterAll(async () => {
    await server?.stop()
    await deleteSessionTable(table).catch(() => {})
  })

  async function overHttp(path: string, cookies: string[] = [], origin = server.origin): Promise<Answer> {
    const response = await fetch(origin + path, { headers: { cookie: cookies.map(pairOf).join('; ') } })
    const { status, headers } = response
    return { status, body: await response.text(), cookies: headers.getSetCookie(), cacheControl: headers.get('cache-control') }
  }

  async function onLambda(path: string, cookies: string[] = []): Promise<Answer> {
    const request = { path, cookies: cookies.map(pairOf) }
    const [answer] = await invokeOnLambda(app.project, '.output-aws-lambda/server/index.mjs', environment(), [request])
    const { statusCode, headers = {}, body = '', cookies: set = [] } = answer as LambdaAnswer
    return { status: statusCode, body, cookies: set, cacheControl: headers['cache-control'] ?? null }
  }

  const keysOf = async (): Promise<string[]> => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table.tableName }))
    return Items.map((item) => item.session_id?.S as string)
  }

  /** The key of a session that was used last before the application's `maxStale`, though it has not expired. */
  async function idleSession(): Promise<string> {
    const { key } = await createSessionStore({ ...table, keyPrefix: 'app:', maxStale: 0 }).create({ visits: 1 })
    const values = { ':then': { N: String(Date.now() / 1000 - 2 * 60 * 60) } }
    const Key = { session_id: { S: key } }
    await client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key,
        UpdateExpression: 'SET updated_at = :then',
        ExpressionAttributeValues: values,
      }),
    )
    return key
  }

  describe.each([
    ['as a server', overHttp],
    ['on Lambda', onLambda],
  ] as const)('%s', (_, visit) => {
    test('keeps a session by the options of the module, under those of the environment', async () => {
      const first = await visit('/visits')
      expect([first.status, first.body], server.output()).toEqual([200, '{"visits":1}'])
      expect(first.cookies).toEqual([expect.stringMatching(/^__Host-session=[^;]+;.*Max-Age=360[01];.*HttpOnly; Secure/)])
      expect(first.cacheControl).toBe('private, no-store')
      expect((await visit('/visits', first.cookies)).body).toBe('{"visits":2}')
      expect((await keysOf()).some((key) => /^app:[0-9a-f]{64}$/.test(key))).toBe(true)
    })

    test('keeps a session on the mounted driver, with the secret of the module', async () => {
      const first = await visit('/mounted')
      expect([first.body, first.cookies], server.output()).toEqual(['{"visits":1}', [expect.stringMatching(/^mounted=/)]])
      expect((await visit('/mounted', first.cookies)).body).toBe('{"visits":2}')
      expect((await keysOf()).some((key) => key.startsWith('mounted:'))).toBe(true)
    })

    test.each([
      ["Nitro's error handler answers", '/throws', /"error": ?true/],
      ['one of the application answers a Response', '/throws/own', /^sorry$/],
    ])('keeps the cookie of a session when its handler throws and %s', async (_, path, body) => {
      const broken = await visit(path)
      // Nitro 3.0.0 sends it twice over, which browsers do not mind.
      const cookies = name === 'Nitro 3.0.0' ? [...new Set(broken.cookies)] : broken.cookies
      expect([broken.status, cookies.map(nameOf)], broken.body).toEqual([500, [COOKIE]])
      expect(broken.body).toMatch(body)
      expect(broken.cacheControl).toBe('private, no-store')
      expect((await visit('/visits', broken.cookies)).body).toBe('{"visits":11}')
    })
  })

  test.each([
    ['a cached route', '/cached'],
    ['a route that is kept while it is made anew', '/swr'],
    ['a cached handler', '/direct'],
  ])('hands no session cookie of %s to strangers', async (_, path) => {
    const before = await keysOf()
    for (const _ of [1, 2, 3]) {
      const answer = await overHttp(path)
      expect([answer.status, answer.body, answer.cookies]).toEqual([200, '{"visits":0}', []])
    }
    expect((await keysOf()).length).toBe(before.length)
  })

  test('keeps the session of a visitor out of what is cached, and neither replaces nor changes it there', async () => {
    const { cookies } = await overHttp('/visits')
    for (const asked of [cookies, []]) expect((await overHttp('/mine', asked)).body).toBe('{"visits":0}')
    for (const path of ['/cached', '/swr', '/direct']) {
      const answer = await overHttp(`${path}?by=visitor`, cookies)
      expect([path, answer.body, answer.cookies]).toEqual([path, '{"visits":0}', []])
    }
    expect((await overHttp('/visits', cookies)).body).toBe('{"visits":2}')
    expect(server.output().match(/SESSION_HIDDEN_BY_CACHE/g)).toHaveLength(1)
  })

  test('makes a store by the same options, even while modules are loaded', async () => {
    const { key } = JSON.parse((await overHttp('/keys')).body) as { key: string }
    expect(key).toBe(createSessionStore({ ...table, keyPrefix: 'app:' }).keyOf('a'.repeat(43)))
  })

  test('has a task that collects garbage by the same options', async () => {
    const store = createSessionStore({ ...table, keyPrefix: 'app:' })
    const short = await store.create({ visits: 1 }, { expiresAt: new Date(Date.now() + 1000) })
    await sleep(2100)
    const dry = JSON.parse((await overHttp('/gc?dry')).body) as { result: { matched: number; deleted: number } }
    expect(dry.result).toMatchObject({ matched: 1, deleted: 0 })
    expect(await keysOf()).toContain(short.key)
    const real = JSON.parse((await overHttp('/gc')).body) as { result: object }
    expect(real.result).toMatchObject({ matched: 1, deleted: 1 })
    expect(await keysOf()).not.toContain(short.key)
  })

  const closes = name !== BETA
  if (!closes) console.log(`${BETA} runs no close hooks at the end of its server: that test is skipped`)
  test.skipIf(!closes)('closes its clients with the server, which ends soon', async ({ onTestFinished }) => {
    const relay = await startRelay(endpoint)
    onTestFinished(() => void relay.server.close())
    const own = await startServer(app.project, '.output-node-server/server/index.mjs', {
      ...environment(),
      AWS_ENDPOINT_URL_DYNAMODB: relay.endpoint,
    })
    onTestFinished(() => own.stop())
    expect((await overHttp('/visits', [], own.origin)).status).toBe(200)
    expect((await overHttp('/mounted', [], own.origin)).status).toBe(200)
    expect(relay.open.size).toBeGreaterThan(0)
    const order: string[] = []
    const since = Date.now()
    await Promise.all([
      own.terminate().then(() => order.push('the server has ended')),
      // While a hook of the application still holds the server.
      expect
        .poll(() => relay.open.size, { interval: 20 })
        .toBe(0)
        .then(() => order.push('clients are closed')),
    ])
    expect(own.output()).toContain('CLOSING')
    expect(order).toEqual(['clients are closed', 'the server has ended'])
    expect(Date.now() - since).toBeLessThan(30_000)
  })

  if (adapt) testReadme({ command, adapt, installed: () => app.project })

  test('has neither the command nor the configuration loader in its bundle', async () => {
    for (const preset of ['node-server', 'aws-lambda']) {
      const output = join(app.project, `.output-${preset}/server`)
      const files = (await readdir(output, { recursive: true })).filter((file) => /\.[cm]?js$/.test(file))
      expect(files.filter((file) => /(?:node_modules|_libs)\/(?:c12|citty)\b/.test(file))).toEqual([])
      expect(files.filter((file) => /dynamodb-sessions\/dist\/(?:cli|config)\.mjs$/.test(file))).toEqual([])
      const texts = await Promise.all(files.map((file) => readFile(join(output, file), 'utf8')))
      expect(files.filter((_, index) => /(?:from|import)\s*\(?['"](?:c12|citty)['"]/.test(texts[index] as string))).toEqual([])
      expect(texts.some((code) => code.includes('__Host-session'))).toBe(true)
    }
  })

  test('in development mounts the local engine, has a secret of its own, and collects garbage on its schedule', async () => {
    const idle = await idleSession()
    const { AWS_ENDPOINT_URL_DYNAMODB: _, NITRO_DYNAMODB_SESSIONS_SECRET_KEY: __, ...rest } = environment()
    const module = { NITRO_DYNAMODB_SESSIONS_ENDPOINT: endpoint, EVERY_SECOND: 'yes' }
    const env = { ...rest, ...build, ...module, NODE_ENV: 'development' as const, LOCAL_ENDPOINT: endpoint }
    const dev = await startServer(app.project, [`node_modules/.bin/${command}`, 'dev'], env)
    try {
      let answer = await overHttp('/mounted', [], dev.origin)
      for (let tries = 0; answer.status === 503 && tries < 150; tries++) {
        await sleep(200)
        answer = await overHttp('/mounted', [], dev.origin)
      }
      expect([answer.status, JSON.parse(answer.body)], dev.output()).toEqual([200, { visits: 1 }])
      expect((await keysOf()).some((key) => key.startsWith('dev:'))).toBe(true)
      expect(dev.output()).toContain('set NITRO_DYNAMODB_SESSIONS_SECRET_KEY')
      await expect.poll(keysOf, { timeout: 60_000 }).not.toContain(idle)
    } finally {
      await dev.stop()
    }
  })
})

function pairOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] as string
}

function nameOf(setCookie: string): string {
  return setCookie.split('=', 1)[0] as string
}
