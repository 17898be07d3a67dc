// Cloudflare's runtime, as miniflare starts it: the example of docs/edge.md, and what is said where there is no node:http.
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { readmeBlock } from '../support/readme.ts'
import { createProject, install } from './npm.ts'
import { tarball } from './packed.ts'

/** One whose Node is 20. */
const MINIFLARE = 'miniflare@4.20251011.0'
const [engine] = inject('engines')
if (!engine) throw new Error('there is no engine')
const table = { tableName: `edge-${process.pid}-${Date.now()}`, endpoint: engine.endpoint }

interface Worker {
  dispatchFetch(url: string, init?: { headers: Record<string, string> }): Promise<Response>
  dispose(): Promise<void>
}

let app: Awaited<ReturnType<typeof createProject>>
let script: string

beforeAll(async () => {
  ;[app] = await Promise.all([createProject(), ensureSessionTable(table)])
  // Without the SDK. Only workerd is a native package, which needs no script to run.
  await install(app.project, tarball, MINIFLARE)
  await writeFile(join(app.project, 'worker.ts'), readmeBlock('worker', 'docs/edge.md'))
  const { outputFiles } = await build({
    entryPoints: [join(app.project, 'worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd'],
    external: ['node:*', '@aws-sdk/*'],
  })
  script = outputFiles[0]?.text as string
}, 300_000)

afterAll(async () => {
  await deleteSessionTable(table)
  await app?.remove()
})

async function start(compatibilityDate: string, ...flags: string[]): Promise<Worker> {
  const path = createRequire(join(app.project, 'package.json')).resolve('miniflare')
  const { Miniflare } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { Miniflare: new (options: object) => Worker }
  const worker = new Miniflare({
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
    compatibilityDate,
    compatibilityFlags: ['nodejs_compat', ...flags],
    bindings: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_DYNAMO_DB_SESSION_TABLE_NAME: table.tableName,
      SESSION_SECRET: 'a long and random secret, of 32 characters',
    },
  })
  onTestFinished(() => worker.dispose())
  return worker
}

test('a Worker keeps sessions by environment alone, of requests at once too', async () => {
  const worker = await start('2025-09-15')
  const visit = (cookie?: string): Promise<Response> =>
    worker.dispatchFetch('https://localhost/', cookie ? { headers: { cookie } } : undefined)
  const first = await visit()
  expect(await first.text()).toBe('{"visits":1}')
  const cookie = first.headers.getSetCookie()[0]?.split(';', 1)[0] as string
  expect(await (await visit(cookie)).text()).toBe('{"visits":2}')
  // Requests must not wait for what another request has begun.
  const answers = await Promise.all(Array.from({ length: 8 }, async () => (await visit(cookie)).status))
  expect(answers).toEqual(answers.map(() => 200))
  const others = await Promise.all(Array.from({ length: 8 }, async () => (await visit()).text()))
  expect(others).toEqual(others.map(() => '{"visits":1}'))
})

test('where there is no node:http, that is what the error says', async () => {
  const worker = await start('2025-08-01', 'enable_nodejs_fs_module', 'enable_nodejs_os_module')
  const answer = await worker.dispatchFetch('https://localhost/')
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('this runtime has no node:http')])
})
