// The packed tarball beside each framework, installed by npm as a user would: no conflict of peers, no second copy, imports work, and what
// builds is built, run and developed on.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { startDynalite } from '../../playground/start-dynalite.ts'
import { ensureSessionTable } from '../../src/index.ts'
import { copies } from './copies.ts'
import { load } from './load.ts'
import { ASTRO, NITRO_3_0, NITROPACK_2, NUXT_4, REACT_ROUTER, REMIX_2, buildAndDevelop } from './managed-apps.ts'
import type { App } from './managed-apps.ts'
import { AWS, createProject, install, resolve, run } from './npm.ts'
import { createProjectWithOurs } from './once.ts'
import { tarball } from './packed.ts'

/** Entries that need a peer; every other entry must work anywhere. */
const NEEDS: Record<string, { name: string; major: number }> = {
  './react-router': { name: 'react-router', major: 7 },
  './remix': { name: '@remix-run/server-runtime', major: 2 },
  './remix3': { name: '@remix-run/session', major: 0 },
  './express': { name: 'express-session', major: 1 },
  './nuxt': { name: '@nuxt/kit', major: 3 },
}

interface Case {
  readonly name: string
  readonly framework: string
  readonly beside: readonly string[]
  readonly sdk?: string
  /** Which are built, run and developed on. */
  readonly apps?: readonly App[]
  /** What entries are loaded beside, where the framework itself is large, runs nowhere here, and only has its place in the lock file. */
  readonly loads?: readonly string[]
}

const REMIX_2_AND_ASTRO: Case = {
  name: 'Remix 2 and Astro',
  framework: '@remix-run/server-runtime',
  beside: [
    '@astrojs/node@^9.0.0',
    ...['dev', 'node', 'react', 'serve', 'server-runtime'].map((name) => `@remix-run/${name}@^2.17.0`),
    'astro@^5.7.0',
    'react-dom@^18.3.0',
    'react@^18.3.0',
    'vite@^6.0.0',
  ],
  apps: [REMIX_2, ASTRO],
}
const cases: readonly Case[] = [
  { name: 'nothing', framework: '', beside: [] },
  // `@aws-sdk/lib-dynamodb`, were it asked for, would be of the latest release, and want the same of the client.
  // The first release in the range of the peer: 3.700.0 itself was never published.
  { name: 'the oldest SDK', framework: '', beside: [], sdk: '3.705.0' },
  REMIX_2_AND_ASTRO,
  { name: 'Remix 3', framework: '@remix-run/session', beside: ['@remix-run/session@^0.4.0'] },
  { name: 'React Router 6', framework: 'react-router', beside: ['react-router@^6.30.0', 'react@^18.3.0', 'react-dom@^18.3.0'] },
  { name: 'React Router 7', framework: 'react-router', beside: ['react-router@^7.0.0', 'react@^19.2.0', 'react-dom@^19.2.0'] },
  { name: 'React Router 8', framework: 'react-router', beside: ['react-router@^8.0.0', 'react@^19.2.7', 'react-dom@^19.2.7'] },
  {
    name: 'React Router 8.4 and what builds it',
    framework: 'react-router',
    // Its own packages of one release: npm finds the newest of some only.
    beside: [
      ...['react-router', '@react-router/dev', '@react-router/node'].map((name) => `${name}@~8.4.0`),
      'isbot@^5.1.0',
      'react-dom@^19.2.7',
      'react@^19.2.7',
      'vite@^8.0.0',
    ],
    apps: [REACT_ROUTER],
  },
  { name: 'Express', framework: 'express-session', beside: ['express@^5.0.0', 'express-session@^1.18.0'] },
  { name: 'Express 4', framework: 'express-session', beside: ['express@^4.21.0', 'express-session@~1.17.0'] },
  { name: 'Nuxt 3', framework: 'nuxt', beside: ['nuxt@^3.0.0'], loads: ['@nuxt/kit@^3.0.0'] },
  { name: 'Nuxt 4', framework: 'nuxt', beside: ['nuxt@^4.0.0'], apps: [NUXT_4] },
  { name: 'nitropack 2', framework: 'nitropack', beside: ['nitropack@^2.0.0'], apps: [NITROPACK_2] },
  { name: 'Nitro 3', framework: 'nitro', beside: ['nitro@^3.0.0'], apps: [NITRO_3_0] },
]

const INSTALLED: ReadonlySet<App> = new Set([NITROPACK_2, NUXT_4, REACT_ROUTER, REMIX_2])

const engine = await startDynalite()
beforeAll(async () => void (await ensureSessionTable({ tableName: 'sessions', endpoint: engine.endpoint })))
afterAll(() => engine.stop())

describe.concurrent('installs with npm beside', () => {
  test.for(cases)('$name', async ({ framework, beside, sdk = 'latest', apps = [], loads }, { onTestFinished }) => {
    const { project, remove } = await createProject()
    onTestFinished(remove)
    const [add, lock] = loads ? [resolve, 'package-lock.json'] : [install]

    if (beside.length > 0) await add(project, ...beside)
    const before = await copies(project, lock)
    // It is many files, and no framework's: looked at by itself, and by name beside the others.
    const ofAws = AWS.map((name) => `${name}@${sdk}`)
    await add(project, tarball, ...(framework ? [] : ofAws))
    const after = await copies(project, lock)

    expect(after).toEqual(before)
    if (framework) expect(after.filter((copy) => copy.startsWith(`${framework}@`))).toHaveLength(1)

    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json' && isPresent(entry, after))
    expect(entries).toContain('.')
    const place = loads ? await createProjectWithOurs() : { project, remove }
    onTestFinished(place.remove)
    if (loads) await install(place.project, ...loads)
    expect(await load(place.project, entries)).toEqual(entries.map((entry) => ({ entry, import: 'works', require: 'works' })))
    const shown = await run(project, process.env, join(place.project, 'node_modules/.bin/dynamodb-sessions'), 'config', '--json')
    expect(JSON.parse(shown)).toHaveProperty('tableName')
    for (const app of apps) await buildAndDevelop(app, project, engine.endpoint)

    if (!framework) return
    await resolve(project, ...ofAws)
    expect(await copies(project, 'package-lock.json')).toEqual(before)
  })
})

describe.concurrent('npm puts what a framework brings where it was, in the order', () => {
  const orders = { 'all at once': [0], 'the framework first': [1, 2], 'the framework last': [2, 1] }
  test.for(Object.entries(orders))('%s: `nitro dev` of 3.0.0 finds its unstorage', async ([, order], { onTestFinished }) => {
    const { project, remove } = await createProject()
    onTestFinished(remove)
    const ourPackages = [tarball, ...AWS]
    const steps = [[...ourPackages, 'nitro@3.0.0'], ['nitro@3.0.0'], ourPackages]
    for (const step of order) await resolve(project, ...(steps[step] as string[]))
    expect(await copies(project, 'package-lock.json')).toEqual(expect.arrayContaining([expect.stringMatching(/^unstorage@2/)]))
    const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> }
    // What is built for development imports it from the project's own folder.
    expect(Object.keys(packages).filter((path) => path.endsWith('node_modules/unstorage'))).toEqual(['node_modules/unstorage'])
  })

  let ours: Awaited<ReturnType<typeof createProject>>
  beforeAll(async () => {
    ours = await createProject()
    await resolve(ours.project, tarball, ...AWS)
  })
  afterAll(() => ours.remove())

  // That of the others is installed, built and developed on: below, and in the files of Nuxt, Nitro and React Router.
  test.for(
    cases.filter(({ beside, name, apps = [] }) => beside.length > 0 && name !== 'Nuxt 3' && !apps.some((app) => INSTALLED.has(app))),
  )('the framework last: $name comes once', async ({ framework, beside }, { onTestFinished }) => {
    const { project, remove } = await createProject(ours.project)
    onTestFinished(remove)
    await resolve(project, ...beside)
    expect((await copies(project, 'package-lock.json')).filter((copy) => copy.startsWith(`${framework}@`))).toHaveLength(1)
  })

  test('the framework last: Remix 2 and Astro come once, and are built and developed on', async ({ onTestFinished }) => {
    const { framework, beside, apps = [] } = REMIX_2_AND_ASTRO
    const { project, remove } = await createProjectWithOurs()
    onTestFinished(remove)
    await install(project, ...beside)
    expect((await copies(project)).filter((copy) => copy.startsWith(`${framework}@`))).toHaveLength(1)
    for (const app of apps) await buildAndDevelop(app, project, engine.endpoint)
  })
})

function isPresent(entry: string, installed: string[]): boolean {
  const need = NEEDS[entry]
  return (
    need === undefined ||
    installed.some((copy) => copy.startsWith(`${need.name}@`) && Number.parseInt(copy.slice(need.name.length + 1), 10) >= need.major)
  )
}
