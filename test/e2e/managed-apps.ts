// Applications of the frameworks that build and develop, in a project that a package manager has installed them in.
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { LOG_IN } from '../../src/cli/init/apps.ts'
import { createBrowser } from '../support/browser.ts'
import type { Browser } from '../support/browser.ts'
import { readme, readmeBlock } from '../support/readme.ts'
import { run } from './npm.ts'
import { node24 } from './once.ts'
import { bareEnvironment, startServer } from './server.ts'

export interface App {
  readonly name: string
  /** What it is a copy of, in this repository. */
  readonly fixture?: string
  readonly files?: Readonly<Record<string, string>>
  /** The framework's command, in the project's `node_modules`, and its arguments. */
  readonly command: string
  readonly build: readonly string[]
  readonly dev: readonly string[]
  /** Node's own arguments while it is developed on. */
  readonly devNode?: readonly string[]
  /** What runs what is built: a file of the application, or of `node_modules` with its arguments. */
  readonly start: readonly string[]
  /** What a visitor does, and sees if all is well. */
  readonly visit: (browser: Browser) => Promise<void>
  /** Whether it needs a newer Node than the package. */
  readonly isModern?: true
}

/** Builds and runs an application, then develops on it. */
export async function buildAndDevelop(app: App, project: string, endpoint: string): Promise<void> {
  // Below the project, where Node and bundlers find what is installed in it.
  const folder = join(project, app.name)
  await mkdir(folder)
  if (app.fixture) await cp(join(import.meta.dirname, '../..', app.fixture), folder, { recursive: true })
  for (const [path, text] of Object.entries(app.files ?? {})) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const node = app.isModern ? await node24() : process.execPath
  const command = join(project, 'node_modules', app.command)
  await run(folder, ENVIRONMENT, node, command, ...app.build)

  const [program = '', ...args] = app.start
  const built = [program.startsWith('@') ? join(project, 'node_modules', program) : program, ...args]
  // The endpoint alone: an engine on this machine needs neither region nor credentials.
  const env = { ...ENVIRONMENT, ...SECRETS, AWS_ENDPOINT_URL_DYNAMODB: endpoint }
  for (const [mode, line] of [
    ['production', built],
    ['development', [...(app.devNode ?? []), command, ...app.dev]],
  ] as const) {
    const server = await startServer(folder, [...line], { ...env, NODE_ENV: mode }, node)
    try {
      const browser = createBrowser(server.origin)
      await whenReady(browser)
      await app.visit(browser).catch((error: unknown) => {
        throw new Error(`${app.name} in ${mode}: ${String(error)}\n${server.output()}`, { cause: error })
      })
    } finally {
      await server.stop()
    }
  }
}

const ENVIRONMENT: NodeJS.ProcessEnv = { ...bareEnvironment(), NUXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1' }
const SECRET = 'a long and random secret'
const SECRETS = { SESSION_SECRET: SECRET, NITRO_DYNAMODB_SESSIONS_SECRET_KEY: SECRET, NUXT_DYNAMODB_SESSIONS_SECRET_KEY: SECRET }

/** Servers for development listen before they have built. */
async function whenReady(browser: Browser): Promise<void> {
  for (let tries = 0; tries < 450; tries++) {
    if ((await browser.visit('/not-a-page')).status !== 503) return
    await sleep(200)
  }
}

async function countsVisits(browser: Browser, path: string): Promise<void> {
  for (const visits of [1, 2]) expect(JSON.parse((await browser.visit(path)).text)).toEqual({ visits })
}

async function logsIn(browser: Browser, path: string, form: Record<string, string>, name: string): Promise<void> {
  const page = await browser.visit(path, form)
  expect([page.status, page.text]).toEqual([200, expect.stringContaining(name)])
  expect((await browser.visit('/')).text).toContain(name)
}

/** README's mount, and the module's first example. */
function nitro(name: string, command: string, adapt: (route: string) => string): App {
  return {
    name,
    command,
    files: {
      'mount.config.ts': readmeBlock('nitro.config.ts'),
      'module.config.ts': readmeBlock('nitro.config.ts', 'docs/nitro.md'),
      'nitro.config.ts': `import mount from './mount.config.ts'\nimport module from './module.config.ts'\nexport default { ...mount, ...module }\n`,
      'routes/mount.ts': adapt(readmeBlock('routes/visits.ts')),
      'routes/visits.ts': readmeBlock('routes/visits.ts', 'docs/nitro.md'),
    },
    build: ['build', '--preset', 'node-server'],
    dev: ['dev'],
    start: ['.output/server/index.mjs'],
    async visit(browser) {
      await countsVisits(browser, '/visits')
      expect(JSON.parse((await browser.visit('/mount')).text)).toEqual({ visits: expect.any(Number) as number })
    },
  }
}

export const NITRO_3: App = nitro('nitro', 'nitro/dist/cli/index.mjs', (route) => route.replace("'nitro/runtime'", "'nitro/storage'"))
/** The release that `npm install nitro` gives today, word for word. */
export const NITRO_3_0: App = nitro('nitro', 'nitro/dist/cli/index.mjs', (route) => route)
export const NITROPACK_2: App = nitro('nitropack', 'nitropack/dist/cli/index.mjs', (route) => route.replaceAll(/^import .*\n/gm, ''))

export const REACT_ROUTER: App = {
  name: 'react-router',
  fixture: 'test/apps/react-router',
  command: '@react-router/dev/bin.cjs',
  build: ['build'],
  dev: ['dev'],
  // One that it starts itself anew for, in a process that would outlive this one.
  devNode: ['--conditions=development'],
  start: ['server.js'],
  visit: (browser) => logsIn(browser, '/login', { user: 'ada', password: 'correct horse' }, 'data-user="ada"'),
}

export const REMIX_2: App = {
  name: 'remix',
  fixture: 'test/apps/remix-2',
  command: '@remix-run/dev/dist/cli.js',
  build: ['vite:build'],
  dev: ['vite:dev'],
  start: ['@remix-run/serve/dist/cli.js', 'build/server/index.js'],
  visit: (browser) => logsIn(browser, '/?index', { user: 'ada' }, 'ada'),
}

export const NUXT_4: App = {
  name: 'nuxt',
  files: {
    'package.json': '{ "private": true, "type": "module" }',
    // Which nobody looks at.
    '.nuxtrc': 'sourcemap.server=false',
    'nuxt.config.ts': readmeBlock('nuxt.config.ts'),
    'server/api/login.post.ts': readmeBlock('server/api/login.post.ts'),
    // What the docs show in pages, and what `init` writes.
    'app/app.vue': (/```vue\n(.*?)```/s.exec(readme('docs/nuxt.md'))?.[1] ?? '').replace('</template>', '  <LogIn />\n</template>'),
    'app/components/LogIn.vue': LOG_IN,
  },
  command: 'nuxt/bin/nuxt.mjs',
  build: ['build'],
  dev: ['dev', '--no-fork'],
  start: ['.output/server/index.mjs'],
  async visit(browser) {
    expect((await browser.visit('/')).text).toContain('>Log in</button>')
    await logsIn(browser, '/api/login', { username: 'ada' }, 'Logged in as ada')
    expect((await browser.visit('/')).text).toMatch(/Logged in as ada.*Logged in as ada <button>Log out/s)
  },
  isModern: true,
}

export const ASTRO: App = {
  name: 'astro',
  fixture: 'examples/astro',
  files: {
    // As it says, but for the address.
    'astro.config.mjs': (/```js\n(\/\/ astro.config.mjs\n.*?)```/s.exec(readme('docs/astro.md'))?.[1] ?? '').replace(
      "output: 'server',",
      "output: 'server', server: { host: process.env.HOST, port: Number(process.env.PORT ?? 4321) },",
    ),
  },
  command: 'astro/astro.js',
  build: ['build'],
  dev: ['dev'],
  start: ['dist/server/entry.mjs'],
  visit: (browser) => countsVisits(browser, '/'),
}
