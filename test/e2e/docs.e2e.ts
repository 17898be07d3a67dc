// Every TypeScript block of README and docs/ compiles against the source, strictly but for parameters without a type.
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { readme } from '../support/readme.ts'

const root = process.cwd()

/** What Nuxt and Nitro import by themselves, and what is the reader's own. */
const GIVEN = new Set(
  (
    'defineConfig defineEventHandler defineNuxtConfig navigateTo readBody sendRedirect useFetch useStorage ' +
    'verifyCsrf defineOAuthGitHubEventHandler $fetch requireDynamoSession useDynamoSession useDynamoSessionData useDynamoSessionStore withDynamoSession ' +
    'AppModule app database event id redis request secret session storage store userId users'
  ).split(' '),
)
/** Entries whose imports a fragment leaves to the text around it. */
const FRAGMENTS = new Set(['collectGarbage', 'createDynamoSessionStorage', 'createSessionStore', 'DynamoDBStore', 'openSession'])
/** Not installed here; the suites of those frameworks build what they show. */
const ELSEWHERE =
  /^(?:astro|nitro|nuxt|next|#|@nestjs\/|@react-router\/dev|@tanstack\/|@sveltejs\/|connect-redis|@auth0\/|aws-cdk-lib|\.\/session-table|\.\/dynamodb-sessions\.config|@\/app\/|\.\/\$types$|[./]+\/session$)/

const CANNOT_FIND_NAME = new Set([2304, 2552])
const CANNOT_FIND_MODULE = new Set([2307, 2664])
const RETURN_OUTSIDE = 1108

interface Page {
  readonly page: string
  readonly blocks: ReadonlyMap<string, string>
}

const pages: Page[] = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md') && name !== 'docs/api.md')
  .map((page) => ({ page, blocks: blocksOf(page) }))
const first = (pages[0] as Page).blocks

/** By the path that a block's first line names, else by its place. */
function blocksOf(page: string): Map<string, string> {
  const blocks = [...readme(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], place): [string, string] => {
    const name = /^\/\/ ([\w./-]+\.ts)\b/.exec(code as string)?.[1] ?? `block-${place}.ts`
    return [name, code as string]
  })
  return new Map(blocks)
}

it('compiles every block of README and docs', { timeout: 240_000 }, () => {
  const files = new Map<string, string>()
  for (const { page, blocks } of pages) {
    const folder = join(root, 'test/.docs', page.replaceAll(/\W/g, '_'))
    // Pages go on with README's files.
    for (const [name, code] of [...first, ...blocks]) files.set(join(folder, name), `${code}\nexport {}\n`)
  }
  expect(files.size).toBeGreaterThan(60)
  const options: ts.CompilerOptions = {
    // Some pages' code goes through a bundler, which takes paths without an extension; `package.e2e.ts` has the other resolutions.
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    strict: true,
    // NestJS.
    experimentalDecorators: true,
    noImplicitAny: false,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    paths: { 'dynamodb-sessions': [join(root, 'src/index.ts')], 'dynamodb-sessions/*': [join(root, 'src/*.ts')] },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile, directoryExists } = host
  host.fileExists = (path) => files.has(path) || fileExists(path)
  host.readFile = (path) => files.get(path) ?? readFile(path)
  host.directoryExists = (path) => [...files.keys()].some((file) => dirname(file) === path) || (directoryExists?.(path) ?? true)
  host.getSourceFile = (path, version) => {
    const code = files.get(path)
    return code === undefined ? getSourceFile(path, version) : ts.createSourceFile(path, code, version, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  const problems = [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter((found) => !isExpected(found))
      .map(inWords)
  })
  expect(problems).toEqual([])
})

function isExpected({ code, messageText, start = 0, length = 0, file }: ts.Diagnostic): boolean {
  const text = file?.text.slice(start, start + length) ?? ''
  if (CANNOT_FIND_NAME.has(code)) return GIVEN.has(text) || FRAGMENTS.has(text)
  if (CANNOT_FIND_MODULE.has(code)) return ELSEWHERE.test(text.slice(1, -1))
  return code === RETURN_OUTSIDE && String(messageText).includes('return')
}

function inWords({ messageText, start = 0, file }: ts.Diagnostic): string {
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
  return `${file?.fileName.replace(root, '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
}
