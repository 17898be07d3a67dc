// The packed tarball installed by pnpm, where a package finds only what it declares, and by yarn, in both orders beside frameworks: every entry
// loads, an application of each framework that builds is built, run and developed on, and `dev` wants dynalite.
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { startDynalite } from '../../playground/start-dynalite.ts'
import { ensureSessionTable } from '../../src/index.ts'
import { useProxy } from '../support/proxy.ts'
import { load } from './load.ts'
import { ASTRO, NITRO_3, NITROPACK_2, NUXT_4, REACT_ROUTER, REMIX_2, buildAndDevelop } from './managed-apps.ts'
import { AWS, createProject, run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment } from './server.ts'

const MANAGERS = [
  {
    name: 'pnpm',
    lock: 'pnpm-lock.yaml',
    command: ['pnpm@10', 'add', '--ignore-scripts', '--prefer-offline'],
    lockOnly: ['--lockfile-only'],
    installed: [],
  },
  {
    name: 'yarn',
    lock: 'yarn.lock',
    // Frameworks refuse Node 20 by now, though they run on it as far as they are used here. Two at once would spoil each other's cache.
    command: [
      'yarn@1',
      'add',
      '--ignore-scripts',
      '--ignore-engines',
      '--prefer-offline',
      '--non-interactive',
      '--silent',
      '--mutex',
      `file:${join(tmpdir(), 'yarn-mutex')}`,
    ],
    // It has no such flag, but by Plug'n'Play it writes the same lock file and copies nothing.
    lockOnly: ['--pnp'],
    installed: ['--disable-pnp'],
  },
]
const ENTRIES = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
/** Frameworks that go into one project: React 18 and 19, and h3 1 and 2, do not. */
const SETS = [
  {
    name: 'Nitro 3, React Router 8 and what runs by itself',
    packages: [
      '@react-router/dev@~8.4.0',
      '@react-router/node@~8.4.0',
      '@remix-run/session@^0.4.0',
      'express-session@^1.18.0',
      'h3@^2.0.0',
      'isbot@^5.1.0',
      'jiti',
      'nitro@3.0.260903-beta',
      'react-dom@^19.2.7',
      'react-router@~8.4.0',
      'react@^19.2.7',
      'vite@^8.0.0',
    ],
    without: ['./nuxt', './remix'],
    apps: [NITRO_3, REACT_ROUTER],
  },
  {
    name: 'Nuxt 4, nitropack 2, Remix 2 and Astro',
    packages: [
      '@astrojs/node@^9.0.0',
      '@remix-run/dev@^2.17.0',
      '@remix-run/node@^2.17.0',
      '@remix-run/react@^2.17.0',
      '@remix-run/serve@^2.17.0',
      '@remix-run/server-runtime@^2.17.0',
      'astro@^5.7.0',
      'nitropack@^2.13.0',
      'nuxt@~4.5.0',
      'react-dom@^18.3.0',
      'react@^18.3.0',
      'vite@^6.0.0',
    ],
    without: ['./express', './react-router', './remix3'],
    apps: [NUXT_4, NITROPACK_2, REMIX_2, ASTRO],
  },
]

/** A program that finds the engine of `dev`. */
const ASKS = 'fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB).then(({ status }) => console.log(status))'

/** Milliseconds that a write takes, as in another Region. A visitor who comes back at once finds what was written all the same. */
const FAR = 150

const engine = await startDynalite()
const proxy = useProxy(engine)

beforeAll(async () => void (await ensureSessionTable({ tableName: 'sessions', endpoint: engine.endpoint })))
beforeEach(() => {
  proxy.fault = ({ operation }) => (['UpdateItem', 'PutItem'].includes(operation) ? FAR : undefined)
})
afterAll(() => engine.stop())

describe.concurrent.each(MANAGERS)('$name', ({ name, command, lock, lockOnly, installed }) => {
  test.for(SETS)('in both orders beside $name', async ({ packages, without, apps }, { onTestFinished }) => {
    const add = async (project: string, order: readonly (readonly string[])[], flags: readonly string[]): Promise<string> => {
      for (const added of order) await run(project, bareEnvironment(), 'npx', '--yes', ...command, ...flags, ...added)
      // Yarn writes the path of a tarball one way as it adds it, and another way later.
      return (await readFile(join(project, lock), 'utf8')).replaceAll(/file:[^"#\s]*\.tgz/g, 'file:')
    }
    const ours = [`file:${tarball}`, ...AWS]
    const [first, second] = [await createProject(), await createProject()]
    for (const { remove } of [first, second]) onTestFinished(remove)
    const isSame = (await add(first.project, [packages, ours], [])) === (await add(second.project, [ours, packages], lockOnly))
    // Equal ones put equal files into equal places, which need not be tried twice.
    if (!isSame) await add(second.project, [packages], installed)
    const entries = ENTRIES.filter((entry) => !without.includes(entry))
    for (const { project } of isSame ? [first] : [first, second]) {
      expect(await load(project, entries)).toEqual(entries.map((entry) => ({ entry, import: 'works', require: 'works' })))
      for (const app of apps) await buildAndDevelop(app, project, proxy.endpoint)
    }
    if (apps.includes(NUXT_4)) return

    const { project } = first
    const dev = (...args: string[]): Promise<string> => {
      const program = join(project, 'node_modules/.bin/dynamodb-sessions')
      return run(project, bareEnvironment(), program, 'dev', '--in-memory', '--port', '0', ...args)
    }
    await expect(dev()).rejects.toThrow(`\`${name === 'pnpm' ? 'pnpm add --save-dev' : 'yarn add --dev'} dynalite\` adds it`)
    // The oldest that its peer admits, once: another manager puts nothing else there.
    if (name !== 'pnpm') return
    await add(project, [['dynalite@~3.2.0']], [])
    expect(await dev('--', process.execPath, '-e', ASKS)).toBe('200\n')
  })
})
