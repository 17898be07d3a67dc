// AWS's SDK is an optional peer: each bundler builds an application without it, which runs, and with it, which can use it.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { AWS, createProject, install, run } from './npm.ts'
import { createProjectWithOurs } from './once.ts'
import { tarball } from './packed.ts'
import { bareEnvironment, serverEnvironment, startServer } from './server.ts'

const [engine] = inject('engines')
if (!engine) throw new Error('there is no engine')
const table = { tableName: `bundlers-${process.pid}-${Date.now()}`, endpoint: engine.endpoint }
const PROGRAM = `import { createSessionStore } from 'dynamodb-sessions'
const store = createSessionStore()
const told = ({ code }) => ({ code })
console.log(JSON.stringify(await store.create({ a: 1 }).then(({ data }) => data, told)))
process.exit()
`
const ROUTE = `import { defineEventHandler } from 'h3'
import { useDynamoSession } from 'dynamodb-sessions/h3'
export default defineEventHandler(async (event) => {
  const session = await useDynamoSession(event, { secretKey: 'a long and random secret, of 32 characters' })
  await session.update(({ visits = 0 }) => ({ visits: visits + 1 }))
  return session.data
})
`
const ROLLUP = `import { rollup } from 'rollup'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
const plugins = [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()]
const bundle = await rollup({ input: 'program.mjs', plugins, onwarn: () => {} })
// Not in one file: what is imported later is not there yet while the program awaits.
await bundle.write({ dir: 'rolled', entryFileNames: '[name].mjs', format: 'es' })
`

beforeAll(async () => void (await ensureSessionTable(table)))
afterAll(() => deleteSessionTable(table))

const environment = (transport: string): NodeJS.ProcessEnv => ({
  ...serverEnvironment(table.endpoint),
  AWS_DYNAMO_DB_SESSION_TABLE_NAME: table.tableName,
  AWS_DYNAMO_DB_SESSION_TRANSPORT: transport,
})

/** With the SDK. */
let whole: Awaited<ReturnType<typeof createProject>>
beforeAll(async () => {
  whole = await createProjectWithOurs()
  const rollup = ['rollup@^4', '@rollup/plugin-node-resolve@^16', '@rollup/plugin-commonjs@^28', '@rollup/plugin-json@^6']
  await install(whole.project, tarball, 'nitropack@^2.13.0', 'h3@^1.15.0', ...rollup, ...AWS)
}, 300_000)
afterAll(() => whole?.remove())

describe.each([
  { name: 'missing', bySdk: { code: 'MISSING_PACKAGE' } },
  { name: 'present', bySdk: { a: 1 } },
])('with the SDK $name', ({ name, bySdk }) => {
  let app: Awaited<ReturnType<typeof createProject>>
  beforeAll(async () => {
    app = await createProject(whole.project)
    // All that it brings; npm leaves what is an optional peer.
    const scopes = name === 'missing' ? ['@aws', '@aws-crypto', '@aws-sdk', '@smithy'] : []
    for (const scope of scopes) await rm(join(app.project, 'node_modules', scope), { recursive: true, force: true })
    await writeFile(join(app.project, 'program.mjs'), PROGRAM)
    await writeFile(join(app.project, 'rollup.mjs'), ROLLUP)
  }, 300_000)
  afterAll(() => app?.remove())

  const runs = async (file: string, transport: string): Promise<unknown> =>
    JSON.parse(await run(app.project, environment(transport), process.execPath, file))

  test('esbuild', async () => {
    const [entryPoints, outfile] = [[join(app.project, 'program.mjs')], join(app.project, 'esbuild.mjs')]
    const mainFields = ['module', 'main']
    await esbuild({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', mainFields, external: ['c12'], logLevel: 'error' })
    expect([await runs('esbuild.mjs', 'http'), await runs('esbuild.mjs', 'sdk')]).toEqual([{ a: 1 }, bySdk])
  })

  test('Rollup', async () => {
    await run(app.project, bareEnvironment(), process.execPath, 'rollup.mjs')
    expect([await runs('rolled/program.mjs', 'http'), await runs('rolled/program.mjs', 'sdk')]).toEqual([{ a: 1 }, bySdk])
  })

  test('Nitro', async () => {
    await mkdir(join(app.project, 'routes'), { recursive: true })
    await writeFile(join(app.project, 'routes/index.ts'), ROUTE)
    await writeFile(join(app.project, 'nitro.config.ts'), "export default { compatibilityDate: '2026-01-01', sourceMap: false }\n")
    await run(app.project, bareEnvironment(), join(app.project, 'node_modules/.bin/nitropack'), 'build', '--preset', 'node-server')
    const statuses: number[] = []
    for (const transport of ['http', 'sdk']) {
      const server = await startServer(app.project, '.output/server/index.mjs', environment(transport))
      onTestFinished(() => server.stop())
      const response = await fetch(server.origin)
      statuses.push(response.status)
      if (transport === 'http') expect(await response.text(), server.output()).toMatch(/"visits": ?1/)
    }
    expect(statuses).toEqual([200, name === 'present' ? 200 : 500])
  })
})
