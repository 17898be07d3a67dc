// The package as npm makes it: from a clean tree and from git, for TypeScript's every way to resolve it, and for a bundler.
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import type { BuildOptions } from 'esbuild'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { fileOf, readmeBlock, RUNNABLE } from '../support/readme.ts'
import { AWS, createProject, install, pack, run } from './npm.ts'
import { createProjectWithOurs } from './once.ts'
import { tarball } from './packed.ts'
import { serverEnvironment } from './server.ts'

const ENTRIES = Object.keys(manifest.exports).filter((entry) => entry !== './package.json')
/** What else the declarations and README's examples name. */
const BESIDE = [
  ...AWS,
  '@aws-sdk/lib-dynamodb',
  '@nuxt/kit@^4.0.0',
  '@remix-run/cookie@^0.5.1',
  '@remix-run/fetch-router@^0.18.2',
  '@remix-run/session-middleware@^0.2.2',
  '@remix-run/server-runtime@^2.17.0',
  '@remix-run/session@^0.4.0',
  '@types/express-session@^1.18.0',
  '@types/node@^20.19.0',
  '@types/react@^19.0.0',
  'express-session@^1.18.0',
  'h3@^2.0.0',
  'react@^19.0.0',
  'react-router@^7.9.0',
  'unstorage@^1.17.0',
]
const RESOLUTIONS: readonly { name: string; options: ts.CompilerOptions }[] = [
  { name: 'node16', options: { module: ts.ModuleKind.Node16 } },
  { name: 'node20', options: { module: ts.ModuleKind.Node20 } },
  { name: 'nodenext', options: { module: ts.ModuleKind.NodeNext } },
  { name: 'bundler', options: { module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler } },
]
/** Of test/apps/types, and README's. */
const FILES = ['options.ts', 'entries.mts', 'imported.cts', 'required.cts', ...RUNNABLE.map(fileOf)]
/** React Router's routes import without an extension, as is usual there: for a bundler alone. */
const NODE_FILES = FILES.filter((file) => !file.startsWith('app/routes/'))
const STRICT = {
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  noEmit: true,
}
let app: Awaited<ReturnType<typeof createProject>>

beforeAll(async () => {
  app = await createProjectWithOurs()
  await install(app.project, tarball, ...BESIDE)
}, 600_000)

afterAll(() => app?.remove())

describe.concurrent('from sources alone', () => {
  test('npm pack builds what is packed', async ({ onTestFinished }) => {
    const { tree, remove } = await cleanTree()
    onTestFinished(remove)
    await symlink(join(process.cwd(), 'node_modules'), join(tree, 'node_modules'))
    const made = await pack(tree)
    onTestFinished(made.remove)
    const files = await contents(tarball)
    expect(await contents(made.tarball)).toEqual(files)
    // `test/package.test.ts` looks at the rest.
    const built = files.filter((file) => file.startsWith('dist/'))
    expect([built.length > 10, built.filter((file) => !/\.m[jt]s$/.test(file))]).toEqual([true, []])
  })

  test('npm installs it from git', async ({ onTestFinished }) => {
    const { tree, remove } = await cleanTree()
    onTestFinished(remove)
    await keepForBuild(tree)
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      ['-c', 'user.name=a', '-c', 'user.email=a@localhost', 'commit', '-qm', 'All'],
    ])
      await run(tree, process.env, 'git', ...args)
    const { project, remove: removeProject } = await createProject()
    onTestFinished(removeProject)
    await run(project, process.env, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `git+file://${tree}`, ...AWS)
    const installed = join(project, 'node_modules', manifest.name)
    expect(await filesIn(installed)).toEqual(await contents(tarball))
  })
})

describe('for TypeScript', () => {
  beforeAll(async () => {
    await cp(join(import.meta.dirname, '../apps/types'), app.project, { recursive: true })
    for (const name of RUNNABLE) {
      const file = join(app.project, fileOf(name))
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, `${readmeBlock(name)}\nexport {}\n`)
    }
  })

  test.for(RESOLUTIONS)("$name finds the types, exact ones too, and compiles README's lines", ({ name, options }) => {
    const files = (name === 'bundler' ? FILES : NODE_FILES).filter((file) => name !== 'node16' || file !== 'required.cts')
    const program = ts.createProgram(
      files.map((file) => join(app.project, file)),
      {
        ...options,
        ...STRICT,
        target: ts.ScriptTarget.ES2023,
        lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
        typeRoots: [join(app.project, 'node_modules/@types')],
      },
    )
    // What others declare is theirs to mend.
    const ours = program
      .getSourceFiles()
      .filter(({ fileName }) => !/node_modules\/(?!dynamodb-sessions\/)/.test(fileName.slice(app.project.length)))
    expect(ours.length).toBeGreaterThan(files.length + ENTRIES.length)
    const problems = ours.flatMap((file) => [program.getSyntacticDiagnostics(file), program.getSemanticDiagnostics(file)].flat())
    expect(
      problems.map(
        ({ file, messageText }) => `${file?.fileName.slice(app.project.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      ),
    ).toEqual([])
  })

  test("TypeScript 7 finds them, and compiles README's lines", async () => {
    const wrong = 'wrong.ts'
    await writeFile(
      join(app.project, wrong),
      "import { createSessionStore } from 'dynamodb-sessions'\nexport const store: string = createSessionStore()\n",
    )
    const compilerOptions = { ...STRICT, module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'] }
    await writeFile(join(app.project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [...NODE_FILES, wrong] }))
    const tsc = join(process.cwd(), 'node_modules/typescript-7/bin/tsc')
    const output = await run(app.project, process.env, process.execPath, tsc, '-p', '.', '--pretty', 'false').catch(
      ({ message }: Error) => message,
    )
    const ours = output.split('\n').filter((line) => / error TS/.test(line) && !/^node_modules\/(?!dynamodb-sessions\/)/.test(line))
    expect(ours).toEqual([expect.stringMatching(/^wrong\.ts\(2,14\): error TS2322/)])
  })
})

describe('for a bundler', () => {
  test.for(ENTRIES)('%s has nothing to warn of', async (entry) => {
    const { warnings } = await build({
      stdin: { contents: `export * as all from '${manifest.name}${entry.slice(1)}'`, resolveDir: app.project },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      // Whose own warnings are not ours; and what Nuxt puts in there.
      external: ['c12', '@nuxt/kit', '#*'],
    })
    expect(warnings.map(({ text, location }) => `${location?.file}: ${text}`)).toEqual([])
  })
})

describe('a bundle of ES modules with the SDK inside', () => {
  const program = `import { createSessionStore } from '${manifest.name}'
    const store = createSessionStore({ transport: process.env.TRANSPORT || undefined })
    console.log(JSON.stringify(await store.create({ a: 1 }).then(({ data }) => data, ({ message }) => message)))`
  const [engine] = inject('engines')
  if (!engine) throw new Error('there is no engine')

  async function runs(transport: string, options: BuildOptions = {}): Promise<unknown> {
    const outfile = join(app.project, `bundle-${transport}-${Object.keys(options).join('-')}.mjs`)
    const stdin = { contents: program, resolveDir: app.project }
    await build({ stdin, bundle: true, outfile, format: 'esm', platform: 'node', logLevel: 'silent', external: ['c12'], ...options })
    const { AWS_REGION: _, ...env } = serverEnvironment(engine!.endpoint)
    const table = { AWS_DYNAMO_DB_SESSION_TABLE_NAME: `bundle-${process.pid}`, TRANSPORT: transport }
    return JSON.parse(await run(app.project, { ...env, ...table }, process.execPath, outfile))
  }

  beforeAll(async () => void (await ensureSessionTable({ tableName: `bundle-${process.pid}`, endpoint: engine.endpoint })))
  afterAll(() => deleteSessionTable({ tableName: `bundle-${process.pid}`, endpoint: engine.endpoint }))

  test('runs as it is by our own transport', async () => {
    expect(await runs('')).toEqual({ a: 1 })
  })

  test("runs by AWS's SDK with its ES modules, and says so where it has the others", async () => {
    expect(await runs('sdk', { mainFields: ['module', 'main'] })).toEqual({ a: 1 })
    expect(await runs('sdk')).toMatch(/bundled as CommonJS.*mainFields.*docs\/transport\.md/)
  })
})

/** The repository's files without what is built or installed. */
async function cleanTree(): Promise<{ tree: string; remove: () => Promise<void> }> {
  const tree = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-tree-'))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' })
  for (const file of listed.split('\0').filter((name) => name !== ''))
    await cp(file, join(tree, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, and not yet committed.
      if (error.code !== 'ENOENT') throw error
    })
  return { tree, remove: () => rm(tree, { recursive: true, force: true, maxRetries: 5 }) }
}

/**
 * Leaves in a tree's manifest what its build imports. npm installs for a package from git all that its developers have, and what the tests
 * need beside that is most of it.
 */
async function keepForBuild(tree: string): Promise<void> {
  const { workspaces: _, devDependencies, ...rest } = manifest
  const files = ['build.config.ts', ...(await readdir(join(tree, 'src'), { recursive: true })).map((file) => `src/${file}`)]
  const texts = await Promise.all(files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(tree, file), 'utf8')))
  // The builder finds the compiler by itself.
  const isUsed = (name: string): boolean =>
    name === 'typescript' || name.startsWith('@types/') || texts.some((text) => text.includes(`'${name}'`))
  const kept = Object.fromEntries(Object.entries(devDependencies).filter(([name]) => isUsed(name)))
  // npm prepares it as it installs what it needs, and again as it packs it.
  const scripts = { ...rest.scripts, prepare: `test -d dist || ${rest.scripts.prepare}` }
  await writeFile(join(tree, 'package.json'), JSON.stringify({ ...rest, scripts, devDependencies: kept }))
}

async function contents(tarball: string): Promise<string[]> {
  const listed = await run(process.cwd(), process.env, 'tar', '-tzf', tarball)
  return listed
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .toSorted()
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}
