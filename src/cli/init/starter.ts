import { ASTRO, LOG_IN, NUXT, REACT_ROUTER, nitroFiles } from './apps.ts'
import type { Framework, Project } from './project.ts'
import { EXPRESS, H3, HONO } from './servers.ts'

/** Something to do by hand. */
export interface Step {
  readonly what: string
  /** Commands, or lines of code for the file that `what` names. */
  readonly lines: readonly string[]
}

/** What an application of a framework needs. */
export interface Starter {
  /** Texts by their paths. */
  readonly files: Readonly<Record<string, string>>
  /** Before the last. */
  readonly steps: readonly Step[]
  readonly start: Start
}

/** The last step. */
export interface Start extends Step {
  /** Whether its one line is a command. */
  readonly runs: boolean
}

export const CONFIG_FILE = 'dynamodb-sessions.config.ts'

/** The configuration file with these options, and the first code. */
export function starterOf(project: Project, options: Readonly<Record<string, unknown>>): Starter {
  const own: Parts = project.framework === undefined ? NONE : PARTS[project.framework](project)
  const { files = {}, packages = [], before = [], start } = own
  const missing = ['dynamodb-sessions', '@aws-sdk/client-dynamodb', ...packages].filter(
    (name) => !Object.hasOwn(project.dependencies, name),
  )
  const signs = own.secret ?? true
  return {
    files: { [CONFIG_FILE]: configOf(options), ...files },
    steps: [
      ...(missing.length > 0 ? [{ what: 'Install what is missing', lines: [`${project.install} ${missing.join(' ')}`] }] : []),
      ...before,
      ...(signs
        ? [{ what: 'Make the secret that signs cookies', lines: ['echo "SESSION_SECRET=$(openssl rand -base64 32)" >> .env'] }]
        : []),
    ],
    start,
  }
}

interface Parts extends Partial<Pick<Starter, 'files'>>, Pick<Starter, 'start'> {
  /** Packages beside ours and AWS's. */
  readonly packages?: readonly string[]
  /** Whether SESSION_SECRET is read. Default `true`. */
  readonly secret?: boolean
  readonly before?: readonly Step[]
}

const NONE: Parts = {
  secret: false,
  start: {
    what: 'Open the store; docs/store.md has the rest',
    lines: ["import { createSessionStore } from 'dynamodb-sessions'"],
    runs: false,
  },
}

const inFile = (file: string, lines: readonly string[]): Step => ({ what: `Add to ${file}`, lines })
const SERVER: Start = { what: 'Start it', lines: ['node --env-file=.env server.mjs'], runs: true }
const DEVELOP: Start = { what: 'Start it', lines: ['npm run dev'], runs: true }

const IMPORT_OPTIONS = "import options from './dynamodb-sessions.config'"
const ENDINGS = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.cts']

/** The framework's own configuration: a file where there is none, else what to add to the one that is there, which nothing replaces. */
function configured(
  project: Project,
  name: string,
  { imports, open, lines, close }: Readonly<Record<'imports' | 'open' | 'close', string>> & { readonly lines: readonly string[] },
): Required<Pick<Parts, 'files' | 'before'>> {
  const found = ENDINGS.map((ending) => name + ending).find((file) => project.has(file))
  if (found !== undefined)
    return { files: {}, before: project.says(found, './dynamodb-sessions.config') ? [] : [inFile(found, [imports, ...lines])] }
  const text = [imports, '', open, ...lines.map((line) => `  ${line}`), close, ''].join('\n')
  return { files: { [`${name}.ts`]: text }, before: [] }
}

const PARTS: Readonly<Record<Framework, (project: Project) => Parts>> = {
  express: () => ({ files: { 'server.mjs': EXPRESS }, packages: ['express', 'express-session'], start: SERVER }),
  hono: () => ({ files: { 'server.mjs': HONO }, packages: ['hono', '@hono/node-server'], start: SERVER }),
  // h3 1 has another application; its page says how.
  h3: ({ dependencies: { h3 = '' } }) =>
    /^[\^~]?1\b/.test(h3)
      ? {
          start: {
            what: 'With h3 1, open sessions as docs/h3.md has it',
            lines: ["import { useDynamoSession } from 'dynamodb-sessions/h3'"],
            runs: false,
          },
        }
      : { files: { 'server.mjs': H3 }, packages: ['h3'], start: SERVER },
  'react-router': () => ({
    files: REACT_ROUTER,
    packages: ['react-router'],
    before: [
      inFile('app/routes.ts', [
        "import { route } from '@react-router/dev/routes'",
        "route('login', 'routes/login.tsx'),",
        "route('logout', 'routes/logout.ts'),",
      ]),
    ],
    start: { ...DEVELOP, what: 'Start it, and open /login' },
  }),
  nuxt: (project) => {
    // Nuxt 3's place, which Nuxt 4 takes where it finds it.
    const source = !project.has('app') && ['app.vue', 'pages', 'components'].some((path) => project.has(path)) ? '' : 'app/'
    const [view, pages] = [`${source}app.vue`, `${source}pages`]
    const config = configured(project, 'nuxt.config', {
      imports: IMPORT_OPTIONS,
      open: 'export default defineNuxtConfig({',
      lines: ["modules: ['dynamodb-sessions/nuxt'],", "dynamodbSessions: { ...options, public: ['userId'] },"],
      close: '})',
    })
    return {
      files: {
        ...NUXT,
        [`${source}components/LogIn.vue`]: LOG_IN,
        ...(project.has(view) || project.has(pages) ? {} : { [view]: '<template>\n  <LogIn />\n</template>\n' }),
        ...config.files,
      },
      // Development makes a secret of its own.
      secret: false,
      before: [
        ...config.before,
        ...(project.has(pages) ? [inFile(`a page in ${pages}`, ['<LogIn />'])] : []),
        ...(project.has(view) && !project.has(pages) && !project.says(view, '<LogIn') ? [inFile(view, ['<LogIn />'])] : []),
      ],
      start: DEVELOP,
    }
  },
  nitro: (project) => {
    const isOld = Object.hasOwn(project.dependencies, 'nitropack')
    const config = configured(project, 'nitro.config', {
      imports: IMPORT_OPTIONS,
      open: 'export default {',
      lines: [
        ...(isOld ? [] : ["serverDir: './',"]),
        "modules: ['dynamodb-sessions/nitro'],",
        'runtimeConfig: { dynamodbSessions: options },',
      ],
      close: '}',
    })
    return {
      files: { ...nitroFiles(isOld ? 'readFormData(event)' : 'event.req.formData()'), ...config.files },
      secret: false,
      before: config.before,
      start: DEVELOP,
    }
  },
  astro: () => ({
    files: ASTRO,
    packages: ['astro'],
    // Astro's own cookie is not signed.
    secret: false,
    before: [
      inFile('astro.config.mjs', [
        "import options from './dynamodb-sessions.config'",
        "output: 'server',",
        "session: { driver: 'dynamodb-sessions/astro', options: { tableName: options.tableName } },",
      ]),
    ],
    start: DEVELOP,
  }),
}

function configOf(options: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${literal(value)},`)
  return `import type { SessionOptions } from 'dynamodb-sessions'

// Every option: docs/configuration.md. Secrets belong into the environment.
export default {
${lines.join('\n')}
} satisfies SessionOptions
`
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : JSON.stringify(value)
}
