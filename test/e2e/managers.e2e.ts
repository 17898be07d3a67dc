// The packed tarball installed by pnpm, where a package finds only what it declares, and by yarn, in both orders beside frameworks: every entry
// loads, README's Nitro example is built, run and developed on, and `dev` wants dynalite.
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { startDynalite } from '../../playground/start-dynalite.ts'
import { ensureSessionTable } from '../../src/index.ts'
import { readmeBlock } from '../support/readme.ts'
import { load } from './load.ts'
import { AWS, createProject, run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'

const MANAGERS = {
  pnpm: ['pnpm@10', 'add', '--ignore-scripts', '--prefer-offline'],
  // Two at once would spoil each other's cache.
  yarn: [
    'yarn@1',
    'add',
    '--ignore-scripts',
    '--prefer-offline',
    '--non-interactive',
    '--silent',
    '--mutex',
    `file:${join(tmpdir(), 'yarn-mutex')}`,
  ],
}
const FRAMEWORKS = [
  '@remix-run/session@^0.4.0',
  'express-session@^1.18.0',
  'h3@^2.0.0',
  'jiti',
  'nitro@3.0.260903-beta',
  'react-dom@^19.2.0',
  'react-router@^7.9.0',
  'react@^19.2.0',
]
/** Whose peers are not among these. */
const OTHERS = new Set(['./nuxt', './remix', './package.json'])
const ENTRIES = Object.keys(manifest.exports).filter((entry) => !OTHERS.has(entry))

const engine = await startDynalite()
beforeAll(async () => {
  await ensureSessionTable({ tableName: 'sessions', endpoint: engine.endpoint })
})
afterAll(async () => {
  await engine.stop()
})

/** A program that finds the engine of \`dev\`. */
const ASKS = 'fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB).then(({ status }) => console.log(status))'

describe.concurrent.each(Object.entries(MANAGERS))('%s', (name, command) => {
  test.for([
    { order: 'frameworks first', isLast: true },
    { order: 'frameworks last', isLast: false },
  ])('$order', async ({ isLast }, { onTestFinished }) => {
    const { project, remove } = await createProject()
    onTestFinished(remove)
    const add = (packages: readonly string[]) => run(project, bareEnvironment(), 'npx', '--yes', ...command, ...packages)
    const ours = [`file:${tarball}`, ...AWS]
    for (const packages of isLast ? [FRAMEWORKS, ours] : [ours, FRAMEWORKS]) await add(packages)
    expect(await load(project, ENTRIES)).toEqual(ENTRIES.map((entry) => ({ entry, import: 'works', require: 'works' })))

    await mkdir(join(project, 'routes'))
    await writeFile(join(project, 'nitro.config.ts'), readmeBlock('nitro.config.ts'))
    await writeFile(join(project, 'routes/visits.ts'), readmeBlock('routes/visits.ts').replace("'nitro/runtime'", "'nitro/storage'"))
    const nitro = 'node_modules/nitro/dist/cli/index.mjs'
    await run(project, bareEnvironment(), process.execPath, nitro, 'build', '--preset', 'node-server')
    // Endpoint alone: an engine on this machine needs neither region nor credentials.
    const { AWS_ENDPOINT_URL_DYNAMODB } = serverEnvironment(engine.endpoint)
    for (const program of [['.output/server/index.mjs'], [nitro, 'dev']]) {
      const server = await startServer(project, program, { ...bareEnvironment(), AWS_ENDPOINT_URL_DYNAMODB })
      try {
        let response = await fetch(`${server.origin}/visits`)
        for (let tries = 0; response.status === 503 && tries < 100; tries++) {
          await sleep(200)
          response = await fetch(`${server.origin}/visits`)
        }
        expect(await response.json(), server.output()).toEqual({ visits: expect.any(Number) as number })
      } finally {
        await server.stop()
      }
    }
    if (!isLast) return

    const dev = (...args: string[]): Promise<string> => {
      const program = join(project, 'node_modules/.bin/dynamodb-sessions')
      return run(project, bareEnvironment(), program, 'dev', '--in-memory', '--port', '0', ...args)
    }
    await expect(dev()).rejects.toThrow(`\`${name === 'pnpm' ? 'pnpm add --save-dev' : 'yarn add --dev'} dynalite\` adds it`)
    // The oldest that its peer admits, once: another manager puts nothing else there.
    if (name !== 'pnpm') return
    await add(['dynalite@~3.2.0'])
    expect(await dev('--', process.execPath, '-e', ASKS)).toBe('200\n')
  })
})
