// What `init` writes, started and compiled.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { FRAMEWORK_NAMES } from '../../src/cli/init/project.ts'
import type { Framework } from '../../src/cli/init/project.ts'
import { starterOf } from '../../src/cli/init/starter.ts'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { bareEnvironment, printedOrigin } from '../e2e/server.ts'

const ROOT = process.cwd()
const made: string[] = []
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })))

/** Within the repository, where its packages are found. */
function folderOf(framework: string, tableName: string): string {
  mkdirSync(join(ROOT, '.readme'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, '.readme', `init-${framework}-`))
  made.push(folder)
  const project = { framework: framework as Framework, dependencies: {}, install: '', installDev: '', has: () => false, says: () => false }
  for (const [path, text] of Object.entries(starterOf(project, { tableName, userIdKey: 'userId' }).files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

describe.each(inject('engines').slice(0, 1))('what init writes, on $name', ({ endpoint }) => {
  const tableName = `test-init-${process.pid}-${Date.now()}`
  afterAll(() => deleteSessionTable({ tableName, endpoint }))

  it.each(['express', 'hono', 'h3'])('for %s is a server that logs in and out', async (framework) => {
    await ensureSessionTable({ tableName, endpoint, userIdKey: 'userId' })
    const folder = folderOf(framework, tableName)
    const env = {
      ...bareEnvironment(),
      PORT: '0',
      SESSION_SECRET: 'a long and random text for a test',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json'),
    }
    const child = spawn(process.execPath, ['--import', 'tsx', 'server.mjs'], { cwd: folder, env })
    try {
      const origin = await printedOrigin(child)
      let cookie = ''
      const visit = async (method: string, path: string): Promise<string> => {
        const body = method === 'POST' ? new URLSearchParams({ username: 'ada' }) : undefined
        const response = await fetch(origin + path, { method, headers: { cookie, origin }, redirect: 'manual', ...(body ? { body } : {}) })
        cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
        expect(response.status).toBeLessThan(400)
        return response.text()
      }
      expect(await visit('GET', '/')).toContain('Visits: 1, not logged in')
      await visit('POST', '/login')
      expect(await visit('GET', '/')).toMatch(/Visits: \d, logged in/)
      await visit('POST', '/logout')
      expect(await visit('GET', '/')).toContain('Visits: 1, not logged in')
    } finally {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
  })
})

/** Not installed here, or imported by the framework itself. */
const ELSEWHERE =
  /Cannot find (?:module 'astro'|name '(?:defineNuxtConfig|defineEventHandler|readBody|useDynamoSession|requireDynamoSession)')/

it.each(FRAMEWORK_NAMES)('the code for %s compiles, strictly but for parameters without a type', (framework) => {
  const folder = folderOf(framework, 'sessions')
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object }
  }
  const own = {
    ...config.compilerOptions,
    noEmit: true,
    noImplicitAny: false,
    jsx: 'react-jsx',
    moduleResolution: 'bundler',
    module: 'esnext',
  }
  const { options } = ts.convertCompilerOptionsFromJson({ ...own, isolatedDeclarations: false, declaration: false }, ROOT)
  const program = ts.createProgram(ts.sys.readDirectory(folder, ['.ts', '.tsx']), options)
  const problems = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(folder))
    .flatMap((file) => program.getSyntacticDiagnostics(file).concat(program.getSemanticDiagnostics(file) as ts.DiagnosticWithLocation[]))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
  expect(problems.filter((problem) => !ELSEWHERE.test(problem))).toEqual([])
})
