// AWS's SDK is an optional peer: a bundler goes on where it is missing, and so does a process that does not need it.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { onEveryEngine } from '../../support/engines.ts'

const PROGRAM = `
  import { createSessionStore } from './src/index.ts'
  import dynamodbDriver from './src/driver.ts'
  const options = JSON.parse(process.argv[2])
  const store = createSessionStore(options)
  const told = async (work) => { try { return await work() } catch (error) { return error.code + ': ' + error.message } }
  console.log(await told(async () => (await store.read((await store.create({ n: 1 })).id)).data.n))
  console.log(await told(async () => typeof await dynamodbDriver({ ...options, keyPrefix: 'a:' }).getInstance()))
  process.exit()
`
/** Where neither the sources nor what becomes of them find the SDK. */
const folder = mkdtempSync(join(tmpdir(), 'without-sdk-'))
const outfile = join(folder, 'out.mjs')

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../../../src'), join(folder, 'src'), { recursive: true })
  writeFileSync(join(folder, 'program.ts'), PROGRAM)
  const alias = { 'cookie-es': createRequire(import.meta.url).resolve('cookie-es') }
  const { warnings } = await build({
    absWorkingDir: folder,
    entryPoints: ['program.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    alias,
    logLevel: 'silent',
  })
  expect(warnings.map(({ text: what }) => what).filter((what) => !what.includes('@aws-sdk/client-dynamodb'))).toEqual([])
})
afterAll(() => rmSync(folder, { recursive: true }))

async function run(options: object, env: Record<string, string> = {}): Promise<string[]> {
  const child = spawn(process.execPath, [outfile, JSON.stringify(options)], {
    cwd: folder,
    env: { ...process.env, AWS_DYNAMO_DB_SESSION_TRANSPORT: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return (await text(child.stdout)).trim().split('\n')
}

const NEEDED = /^MISSING_PACKAGE: @aws-sdk\/client-dynamodb is not installed, and is needed here: /

onEveryEngine(({ options: { tableName, endpoint } }) => {
  it('sessions work, and what hands out a client of the SDK says what is missing', async () => {
    expect(await run({ tableName, endpoint })).toEqual(['1', expect.stringMatching(NEEDED)])
  })

  it('of `transport: sdk` and of a profile it is said what they need', async () => {
    expect((await run({ tableName, endpoint, transport: 'sdk' }))[0]).toMatch(NEEDED)
    expect((await run({ tableName, endpoint }, { AWS_PROFILE: 'work' }))[0]).toMatch(/needed here: AWS_PROFILE is set/)
  })
})
