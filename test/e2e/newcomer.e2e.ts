// What a new user types: the lines and the file that the first steps show, in an empty folder, with the packed package.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { createBrowser } from '../support/browser.ts'
import { readme } from '../support/readme.ts'
import { run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, startServer } from './server.ts'

const QUIET = { npm_config_prefer_offline: 'true', npm_config_ignore_scripts: 'true', npm_config_audit: 'false', npm_config_fund: 'false' }
/** README asks for Node 22.18 or `tsx`, which is here; plain JavaScript runs by itself. */
const TYPED = ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]

test.for([
  { from: 'README.md', heading: '## A server with a log-in', language: 'ts', node: TYPED, form: { username: 'ada' }, shown: '/account' },
  { from: 'docs/express.md', heading: '# Express, NestJS and Fastify', language: 'js', node: [], form: { username: 'ada' }, shown: '/' },
])(
  '$from: its first lines and its first file are a server with a log-in',
  async ({ from, heading, language, node, form, shown }, context) => {
    const engine = await startDynalite()
    context.onTestFinished(() => engine.stop())
    const folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-newcomer-'))
    context.onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
    const text = readme(from).split(`${heading}\n`)[1] ?? ''
    const env = { ...bareEnvironment(), AWS_DYNAMO_DB_SESSION_ENDPOINT: engine.endpoint, SESSION_SECRET: 'a long and random secret' }

    const lines = blockOf(text, 'sh').replace('install dynamodb-sessions ', `install ${tarball} `)
    expect(lines).toContain(tarball)
    await run(folder, { ...env, ...QUIET }, 'sh', '-ec', lines)
    const [ensure] = text.split('\n## ', 1)[0]?.match(/^npx dynamodb-sessions table ensure .*$/m) ?? []
    if (ensure) await run(folder, { ...env, ...QUIET }, 'sh', '-ec', ensure)
    const file = `server.${language}`
    await writeFile(join(folder, file), blockOf(text, language).replace('port: 3000', 'port: Number(process.env.PORT)'))
    const server = await startServer(folder, [...node, file], env)
    context.onTestFinished(() => server.stop())

    const browser = createBrowser(server.origin)
    for (const visits of [1, 2]) expect(JSON.parse((await browser.visit('/')).text), server.output()).toMatchObject({ visits })
    await browser.visit('/login', form)
    expect(JSON.parse((await browser.visit(shown)).text)).toMatchObject({ user: 'ada' })
    expect(server.output()).not.toMatch(/warn|error/i)
    // What the next lines do, without the one that installs dynalite and with it.
    await server.stop()
    const command = join(folder, 'node_modules/dynamodb-sessions/dist/cli.mjs')
    await expect(run(folder, env, process.execPath, command, 'dev')).rejects.toThrow('`npm install --save-dev dynalite` adds it')
    const [install = '', dev = ''] = text.match(/^(?:npm install --save-dev|npx dynamodb-sessions dev) .*$/gm) ?? []
    expect([install, dev]).toEqual([expect.stringMatching(/ dynalite\b/), expect.stringMatching(` -- node ${file}`)])
    await run(folder, { ...env, ...QUIET }, 'sh', '-ec', install)
    const words = ['dev', '--port', '0', '--user-id-key', 'userId', '--', process.execPath, ...node, file]
    const { AWS_DYNAMO_DB_SESSION_ENDPOINT: _, ...withoutEngine } = env
    const kept = new Map<string, string>()
    for (const isRestarted of [false, true]) {
      const developed = await startServer(folder, [command, ...words], withoutEngine)
      try {
        const { visit, cookies } = createBrowser(developed.origin)
        for (const [name, value] of kept) cookies.set(name, value)
        if (!isRestarted) await visit('/login', form)
        expect(JSON.parse((await visit(shown)).text), developed.output()).toMatchObject({ user: 'ada' })
        for (const [name, value] of cookies) kept.set(name, value)
      } finally {
        await developed.terminate()
      }
    }
  },
)

/** The first block of a language. */
function blockOf(text: string, language: string): string {
  const [, block = ''] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text) ?? []
  return block
}
