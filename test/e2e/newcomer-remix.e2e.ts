// What a new user of Remix 3 types: the packages and the three files of docs/remix.md, in an empty folder, with the packed package.
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { startDynalite } from '../../playground/start-dynalite.ts'
import { createBrowser } from '../support/browser.ts'
import { readme } from '../support/readme.ts'
import { createProject, run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, startServer } from './server.ts'

const QUIET = { npm_config_prefer_offline: 'true', npm_config_ignore_scripts: 'true', npm_config_audit: 'false', npm_config_fund: 'false' }
/** The page asks for Node 22.18 or `tsx`, which is here. */
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

test('the lines and files of docs/remix.md are a server of Remix 3 with a log-in', async ({ onTestFinished }) => {
  const engine = await startDynalite()
  onTestFinished(() => engine.stop())
  const { project, remove } = await createProject()
  onTestFinished(remove)
  const page = readme('docs/remix.md').split('## Remix 3\n')[1] ?? ''
  const env = { ...bareEnvironment(), AWS_DYNAMO_DB_SESSION_ENDPOINT: engine.endpoint, SESSION_SECRET: 'a long and random secret' }

  const lines = (/```sh\n(.*?)```/s.exec(page)?.[1] ?? '').replace('install dynamodb-sessions ', `install ${tarball} `)
  expect(lines).toContain(tarball)
  await run(project, { ...env, ...QUIET }, 'sh', '-ec', lines)
  for (const [, code = '', file = ''] of page.matchAll(/```ts\n(\/\/ (\S+)\n.*?)```/gs)) {
    await mkdir(dirname(join(project, file)), { recursive: true })
    await writeFile(join(project, file), code)
  }
  const server = await startServer(project, ['--import', TSX, 'server.ts'], env)
  onTestFinished(() => server.stop())

  const browser = createBrowser(server.origin)
  const user = async (): Promise<unknown> => JSON.parse((await browser.visit('/')).text)
  expect(await user(), server.output()).toEqual({ user: null })
  await browser.visit('/login', { username: 'ada' })
  expect([await user(), [...browser.cookies.keys()]]).toEqual([{ user: 'ada' }, ['__Host-session']])
  const { cookies } = await browser.visit('/login', { username: 'eve' })
  expect(cookies).toEqual([expect.stringMatching(/; HttpOnly/)])
  await browser.visit('/logout', {})
  expect(await user()).toEqual({ user: null })
  expect(server.output()).not.toMatch(/warn|error/i)
})
