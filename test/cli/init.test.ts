import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import ts from 'typescript'
import { afterAll, afterEach, describe, expect, inject, it, vi } from 'vitest'
import { init } from '../../src/cli/commands/init.ts'
import type { Flags } from '../../src/cli/flags.ts'
import { FRAMEWORK_NAMES } from '../../src/cli/init/project.ts'
import { starterOf } from '../../src/cli/init/starter.ts'
import { loadSessionConfig } from '../../src/config.ts'
import { deleteSessionTable } from '../../src/index.ts'

const CONFIG = 'dynamodb-sessions.config.ts'
const made: string[] = []
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })))
afterEach(() => void vi.restoreAllMocks())

function folderWith(dependencies: Record<string, string> | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-init-'))
  made.push(folder)
  if (dependencies) writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }))
  return folder
}

interface Result {
  readonly framework: string | null
  readonly written: string[]
  readonly kept: string[]
  readonly steps: { what: string; lines: string[] }[]
  readonly table?: { created: boolean }
}

async function run(folder: string, flags: Flags = {}): Promise<{ json: Result; text: string }> {
  vi.spyOn(process, 'cwd').mockReturnValue(folder)
  const { json, text = '' } = await init.run(flags)
  return { json: json as Result, text }
}

describe('init', () => {
  it.each([
    [{ nuxt: '^4', h3: '^1' }, 'nuxt', 'server/api/login.post.ts'],
    [{ '@react-router/dev': '^8', express: '^5' }, 'react-router', 'app/sessions.server.ts'],
    [{ nitropack: '^2' }, 'nitro', 'routes/login.post.ts'],
    [{ astro: '^5' }, 'astro', 'src/pages/api/login.ts'],
    [{ hono: '^4' }, 'hono', 'server.mjs'],
    [{ express: '^5' }, 'express', 'server.mjs'],
    [{ h3: '^2' }, 'h3', 'server.mjs'],
  ])('finds the framework of %j and writes its first code', async (dependencies, framework, file) => {
    const folder = folderWith(dependencies)
    const { json } = await run(folder, { keyPrefix: 'shop:' })
    expect(json).toMatchObject({ framework, kept: [] })
    expect(json.written).toEqual(expect.arrayContaining([CONFIG, file]))
    for (const path of json.written) expect(existsSync(join(folder, path))).toBe(true)
    expect(await loadSessionConfig({ cwd: folder, env: {} })).toMatchObject({
      tableName: 'sessions',
      userIdKey: 'userId',
      keyPrefix: 'shop:',
    })
  })

  it('writes the configuration file alone where it knows no framework, and for h3 1', async () => {
    expect((await run(folderWith({}))).json).toMatchObject({ framework: null, written: [CONFIG] })
    expect((await run(folderWith({ h3: '^1.15.0' }))).json).toMatchObject({ framework: 'h3', written: [CONFIG] })
  })

  it('prints commands on lines of their own, for the packages that are missing', async () => {
    const folder = folderWith({ express: '^5', 'dynamodb-sessions': '*' })
    writeFileSync(join(folder, 'pnpm-lock.yaml'), '')
    const { text } = await run(folder)
    const lines = text.split('\n')
    expect(lines).toContain('  pnpm add @aws-sdk/client-dynamodb express-session')
    for (const line of ['npx dynamodb-sessions table ensure', 'node --env-file=.env server.mjs', 'pnpm add --save-dev dynalite'])
      expect(lines).toContain(`  ${line}`)
    expect(lines.at(-1)).toBe('  npx dynamodb-sessions dev -- node --env-file=.env server.mjs')
    // What is installed needs no line.
    expect((await run(folderWith({ hono: '^4', dynalite: '^4' }))).text).not.toContain('dynalite')
    // Without a program to start there is an engine to leave running.
    expect((await run(folderWith({}))).text.split('\n')).toContain('  npx dynamodb-sessions dev')
  })

  it('names the import that the routes of React Router need', async () => {
    const { json } = await run(folderWith({ '@react-router/dev': '^8' }))
    const { lines = [] } = json.steps.find(({ what }) => what === 'Add to app/routes.ts') ?? {}
    expect(lines).toContain("import { route } from '@react-router/dev/routes'")
    expect(lines.filter((line) => line.startsWith('route('))).toHaveLength(2)
  })

  it('replaces nothing without --force', async () => {
    const folder = folderWith({ express: '^5' })
    writeFileSync(join(folder, 'server.mjs'), 'mine')
    expect((await run(folder)).json).toMatchObject({ written: [CONFIG], kept: ['server.mjs'] })
    expect(readFileSync(join(folder, 'server.mjs'), 'utf8')).toBe('mine')
    const forced = await run(folder, { force: true, tableName: 'other' })
    expect(forced.json).toMatchObject({ written: [CONFIG, 'server.mjs'], kept: [] })
    expect(readFileSync(join(folder, CONFIG), 'utf8')).toContain("tableName: 'other'")
  })

  it.each([
    [{ nitro: '^3' }, 'nitro.config.ts', 'docs/nitro.md', 'nitro.config.mjs'],
    [{ nuxt: '^4' }, 'nuxt.config.ts', 'docs/nuxt.md', 'nuxt.config.js'],
  ])(
    'for %j writes %s as %s has it, and says what goes into one that is there, as long as it is missing',
    async (dependencies, file, page, other) => {
      const folder = folderWith(dependencies)
      const first = await run(folder)
      expect(first.json.written).toContain(file)
      expect(first.json.steps.map(({ what }) => what).join()).not.toContain('config')
      const text = readFileSync(join(folder, file), 'utf8')
      expect(readFileSync(page, 'utf8').replace(`// ${file}\n`, '')).toContain(text)
      // It is there now, and has all.
      expect((await run(folder, { force: true })).json.steps.map(({ what }) => what).join()).not.toContain('config')

      const own = folderWith(dependencies)
      writeFileSync(join(own, other), 'export default { mine: true }')
      const { json } = await run(own, { force: true })
      expect(json.written).not.toContain(file)
      expect(json.steps.find(({ what }) => what === `Add to ${other}`)?.lines.join()).toContain("modules: ['dynamodb-sessions/")
      expect(readFileSync(join(own, other), 'utf8')).toBe('export default { mine: true }')
    },
  )

  it.each([
    [[], ['app/components/LogIn.vue', 'app/app.vue'], undefined],
    [['app/app.vue'], ['app/components/LogIn.vue'], 'app/app.vue'],
    [['app/app.vue', 'app/pages/index.vue'], ['app/components/LogIn.vue'], 'a page in app/pages'],
    [['app.vue'], ['components/LogIn.vue'], 'app.vue'],
    [['pages/index.vue'], ['components/LogIn.vue'], 'a page in pages'],
  ] as const)('for Nuxt with %j writes %j, and a page that is there stays', async (there, written, place) => {
    const folder = folderWith({ nuxt: '^4' })
    for (const path of there) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), 'mine')
    }
    const { json } = await run(folder, { force: true })
    expect(json.written.filter((path) => path.endsWith('.vue'))).toEqual(written)
    for (const path of there) expect(readFileSync(join(folder, path), 'utf8')).toBe('mine')
    expect(json.steps.filter(({ lines }) => lines.includes('<LogIn />')).map(({ what }) => what)).toEqual(place ? [`Add to ${place}`] : [])
    // What it wrote itself shows it already.
    if (!place) expect((await run(folder)).json.steps.flatMap(({ lines }) => lines)).not.toContain('<LogIn />')
  })

  it('leaves a configuration file of another format to count, and takes its options', async () => {
    const folder = folderWith({ hono: '^4' })
    writeFileSync(join(folder, 'dynamodb-sessions.config.json'), '{ "tableName": "mine" }')
    expect((await run(folder)).json).toMatchObject({ written: ['server.mjs'], kept: ['dynamodb-sessions.config.json'] })
    expect((await run(folder, { force: true })).json.kept).toEqual(['dynamodb-sessions.config.json'])
  })

  it('writes nothing and asks nobody with --dry-run', async () => {
    const folder = folderWith({ hono: '^4' })
    const { json, text } = await run(folder, { dryRun: true, table: true, endpoint: 'http://localhost:1' })
    expect(json.written).toEqual([CONFIG, 'server.mjs'])
    expect(json).not.toHaveProperty('table')
    expect(text).toContain('Would be written:')
    for (const path of json.written) expect(existsSync(join(folder, path))).toBe(false)
  })

  it('never writes a secret', async () => {
    const folder = folderWith({ express: '^5' })
    const { json, text } = await run(folder, {
      secretKey: 'hunter2-hunter2-hunter2',
      encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    })
    const all = [JSON.stringify(json), text, ...json.written.map((path) => readFileSync(join(folder, path), 'utf8'))].join('\n')
    for (const secret of ['hunter2', Buffer.alloc(32, 7).toString('base64')]) expect(all).not.toContain(secret)
  })

  it('wants a package.json, and a framework that there is', async () => {
    await expect(run(folderWith(undefined))).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('npm init -y') })
    await expect(run(folderWith({}), { framework: 'rails' })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('nuxt, astro'),
    })
    expect((await run(folderWith({ express: '^5' }), { framework: 'hono', dryRun: true })).json.framework).toBe('hono')
  })

  it.each(FRAMEWORK_NAMES)('writes code for %s that can be parsed', (framework) => {
    for (const dependencies of [{}, { nitropack: '^2' }] as Record<string, string>[]) {
      const { files } = starterOf(
        { framework, dependencies, install: '', installDev: '', has: () => false, says: () => false },
        { tableName: "odd'\\name", maxStale: 60 },
      )
      for (const [path, whole] of Object.entries(files)) {
        // Of a component what is code; test/e2e/managers.e2e.ts builds it.
        const isComponent = path.endsWith('.vue')
        const text = isComponent ? (/<script setup lang="ts">(.*?)<\/script>/s.exec(whole)?.[1] ?? '') : whole
        const { diagnostics } = ts.transpileModule(text, {
          fileName: isComponent ? `${path}.ts` : path,
          reportDiagnostics: true,
          compilerOptions: { jsx: ts.JsxEmit.ReactJSX, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
        })
        expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([])
      }
    }
  })
})

describe.each(inject('engines').slice(0, 1))('what init writes, on $name', ({ endpoint }) => {
  const tableName = `test-init-${process.pid}-${Date.now()}`
  afterAll(() => deleteSessionTable({ tableName, endpoint }))

  it('has its table with --table', async () => {
    const { json, text } = await run(folderWith({ hono: '^4' }), { table: true, tableName, endpoint })
    expect(json.table).toMatchObject({ created: true })
    expect(text).not.toContain('table ensure')
  })
})
