// From the start of a process to its first session, and what a whole bundle weighs.
import { build } from 'esbuild'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { createReport } from '../measure/report.ts'
import { ROUNDS, inTurns, median } from '../measure/rounds.ts'
import { start } from '../servers/start.ts'
import { measureImports } from './imports.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DIST = `${ROOT}dist`
/** Of each program, a process a round; a start differs by more from the next than a call does. */
const RUNS = Math.max(ROUNDS, 15)

const SDK = `
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
const client = new DynamoDBClient({ endpoint: process.env.ENDPOINT })
const { Item } = await client.send(new GetItemCommand({ TableName: 'bench', Key: { session_id: { S: 'first' } }, ConsistentRead: true }))
console.log(JSON.parse(Item.data.S).name)`
const store = (more: string): string => `
import { createSessionStore } from '${DIST}/index.mjs'
const store = createSessionStore({ tableName: 'bench', endpoint: process.env.ENDPOINT${more} })
console.log((await store.read('0123456789abcdef0123456789abcdef')).data.name)`
const router = `
import { createDynamoSessionStorage } from '${DIST}/react-router.mjs'
const storage = createDynamoSessionStorage({ tableName: 'bench', endpoint: process.env.ENDPOINT, cookie: { name: 's', secrets: ['s3cret'] } })
const session = await storage.getSession(process.env.COOKIE)
console.log(session.get('name') ?? 'none')`
const driver = `
import createDriver from '${DIST}/driver.mjs'
const driver = createDriver({ tableName: 'bench', endpoint: process.env.ENDPOINT })
console.log(JSON.parse(await driver.getItem('first')).name)`

/** An application takes the SDK from beside itself, or brings it in its own file. */
const OUTSIDE = ['@aws-sdk/*', 'react-router', 'unstorage']
let files = 0
const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const report = createReport('Start and size', 'start')
report.paragraph(
  `Programs that read one session, each in a process of its own, from its start to the session; region and credentials are in the environment. Medians of ${RUNS} interleaved rounds; ratios to the SDK's own program of the same kind, in brackets the lowest and the highest round.`,
)
const stub = await start('stub.ts')
await compare('From the start of a process to its first session, with node_modules', {
  'node, and nothing else': file('console.log(1)'),
  "the SDK's own": file(SDK),
  createSessionStore: file(store('')),
  "createSessionStore, transport: 'sdk'": file(store(", transport: 'sdk'")),
})
await compare('The same, bundled by esbuild', {
  'node, and nothing else': file('console.log(1)'),
  "the SDK's own": await bundle(SDK, []),
  'createSessionStore, the SDK outside': await bundle(store(''), OUTSIDE),
  'createSessionStore, the SDK in the bundle': await bundle(store(''), []),
  "createSessionStore, transport: 'sdk', the SDK in the bundle": await bundle(store(", transport: 'sdk'"), []),
})
report.table('A whole bundle, minified', ['KB', 'minified', 'gzipped', 'ours, without the SDK, gzipped'], await sizes())
measureImports(report)
report.write()
process.exit(0)

/** A program as a file elsewhere, whose imports are those of this package. */
function file(program: string): string {
  return write(program.replace(/'(@aws-sdk[^']*)'/, (_, name: string) => JSON.stringify(import.meta.resolve(name))))
}

async function bundle(program: string, external: readonly string[]): Promise<string> {
  return write(await bundled(program, external))
}

function write(program: string): string {
  const path = join(folder, `${files++}.mjs`)
  writeFileSync(path, program)
  return path
}

async function bundled(contents: string, external: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    external: [...external],
    // Packages of CommonJS in a bundle of modules: https://esbuild.github.io/api/#banner
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
  return outputFiles[0]?.text ?? ''
}

async function compare(title: string, programs: Readonly<Record<string, string>>): Promise<void> {
  const measured = await inTurns(Object.fromEntries(Object.entries(programs).map(([name, path]) => [name, () => firstLine(path)])), {
    rounds: RUNS,
    warmUp: 1,
  })
  const base = measured.get("the SDK's own") ?? []
  const rows = [...measured].map(([name, list]) => [
    name,
    median(list).toFixed(0),
    list === base ? '×1' : report.ratio(`${title}: ${name}`, list, base),
  ])
  report.table(title, ['ms', '', 'ratio'], rows)
}

/** Milliseconds from here to what a process prints first. */
async function firstLine(path: string): Promise<number> {
  const began = performance.now()
  const env = { ...process.env, ENDPOINT: stub, NODE_OPTIONS: '', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }
  const child = spawn(process.execPath, [path], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(createInterface(child.stdout), 'line')
  const milliseconds = performance.now() - began
  child.kill()
  await once(child, 'exit')
  return milliseconds
}

async function sizes(): Promise<string[][]> {
  const programs = {
    "the SDK's own": SDK,
    createSessionStore: store(''),
    'driver (unstorage)': driver,
    'createDynamoSessionStorage (React Router)': router,
  }
  const rows: string[][] = []
  for (const [name, program] of Object.entries(programs)) {
    const [whole, alone] = [await bundled(program, OUTSIDE.slice(1)), await bundled(program, OUTSIDE)]
    const gzipped = gzipSync(alone, { level: 9 }).length / 1024
    if (program !== SDK) report.keep(`KB gzipped without the SDK: ${name}`, gzipped)
    const cells = [whole.length / 1024, gzipSync(whole, { level: 9 }).length / 1024].map((size) => size.toFixed(1))
    rows.push([name, ...cells, program === SDK ? '' : gzipped.toFixed(1)])
  }
  return rows
}
