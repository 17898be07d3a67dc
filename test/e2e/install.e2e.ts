// The packed tarball beside each framework, installed by npm as a user would: no conflict of peers, no second copy, imports work.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { load } from './load.ts'
import { AWS, createProject, install, resolve, run } from './npm.ts'
import { tarball } from './packed.ts'

/** What must not come twice; whatever a framework brings of them on its own is what must be there afterwards. */
const FRAMEWORKS = new Set([
  'react-router',
  '@remix-run/server-runtime',
  '@remix-run/node',
  '@remix-run/session',
  'nuxt',
  '@nuxt/kit',
  'nitropack',
  'nitro',
  'h3',
  'unstorage',
  'express-session',
])
/** Entries that need a peer; every other entry must work anywhere. */
const NEEDS: Record<string, { name: string; major: number }> = {
  './react-router': { name: 'react-router', major: 7 },
  './remix': { name: '@remix-run/server-runtime', major: 2 },
  './remix3': { name: '@remix-run/session', major: 0 },
  './express': { name: 'express-session', major: 1 },
  './nuxt': { name: '@nuxt/kit', major: 3 },
}

const cases: { name: string; framework: string; beside: string[]; sdk?: string }[] = [
  { name: 'nothing', framework: '', beside: [] },
  // `@aws-sdk/lib-dynamodb`, were it asked for, would be of the latest release, and want the same of the client.
  // The first release in the range of the peer: 3.700.0 itself was never published.
  { name: 'the oldest SDK', framework: '', beside: [], sdk: '3.705.0' },
  { name: 'Remix 2', framework: '@remix-run/server-runtime', beside: ['@remix-run/node@^2.17.0', '@remix-run/server-runtime@^2.17.0'] },
  { name: 'Remix 3', framework: '@remix-run/session', beside: ['@remix-run/session@^0.4.0'] },
  { name: 'React Router 6', framework: 'react-router', beside: ['react-router@^6.30.0', 'react@^18.3.0', 'react-dom@^18.3.0'] },
  { name: 'React Router 7', framework: 'react-router', beside: ['react-router@^7.0.0', 'react@^19.2.0', 'react-dom@^19.2.0'] },
  { name: 'React Router 8', framework: 'react-router', beside: ['react-router@^8.0.0', 'react@^19.2.7', 'react-dom@^19.2.7'] },
  { name: 'Express', framework: 'express-session', beside: ['express@^5.0.0', 'express-session@^1.18.0'] },
  { name: 'Express 4', framework: 'express-session', beside: ['express@^4.21.0', 'express-session@~1.17.0'] },
  { name: 'Nuxt 3', framework: 'nuxt', beside: ['nuxt@^3.0.0'] },
  { name: 'Nuxt 4', framework: 'nuxt', beside: ['nuxt@^4.0.0'] },
  { name: 'nitropack 2', framework: 'nitropack', beside: ['nitropack@^2.0.0'] },
  { name: 'Nitro 3', framework: 'nitro', beside: ['nitro@^3.0.0'] },
]

describe.concurrent('installs with npm beside', () => {
  test.for(cases)('$name', async ({ framework, beside, sdk = 'latest' }, { onTestFinished }) => {
    const { project, remove } = await createProject()
    onTestFinished(remove)

    if (beside.length > 0) await install(project, ...beside)
    const before = await copies(project)
    await install(project, tarball, ...AWS.map((name) => `${name}@${sdk}`))
    const after = await copies(project)

    expect(after).toEqual(before)
    if (framework) expect(after.filter((copy) => copy.startsWith(`${framework}@`))).toHaveLength(1)

    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json' && isPresent(entry, after))
    expect(entries).toContain('.')
    expect(await load(project, entries)).toEqual(entries.map((entry) => ({ entry, import: 'works', require: 'works' })))
    const shown = await run(project, process.env, join(project, 'node_modules/.bin/dynamodb-sessions'), 'config', '--json')
    expect(JSON.parse(shown)).toHaveProperty('tableName')
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

  test.for(cases.filter(({ beside, name }) => beside.length > 0 && name !== 'Nuxt 3'))(
    'the framework last: $name comes once',
    async ({ framework, beside }, { onTestFinished }) => {
      const { project, remove } = await createProject(ours.project)
      onTestFinished(remove)
      await resolve(project, ...beside)
      expect((await copies(project, 'package-lock.json')).filter((copy) => copy.startsWith(`${framework}@`))).toHaveLength(1)
    },
  )
})

/** `name@version` of every copy of a framework's packages in the project, also those deep in other packages. */
async function copies(project: string, file = 'node_modules/.package-lock.json'): Promise<string[]> {
  const lock = await readFile(join(project, file), 'utf8').catch(() => '{"packages":{}}')
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> }
  return Object.entries(packages)
    .map(([path, { version }]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version }))
    .filter(({ name }) => FRAMEWORKS.has(name))
    .map(({ name, version }) => `${name}@${version}`)
    .toSorted()
}

function isPresent(entry: string, installed: string[]): boolean {
  const need = NEEDS[entry]
  return (
    need === undefined ||
    installed.some((copy) => copy.startsWith(`${need.name}@`) && Number.parseInt(copy.slice(need.name.length + 1), 10) >= need.major)
  )
}
