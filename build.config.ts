import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defineBuildConfig } from 'unbuild'
import type { BuildConfig } from 'unbuild'

interface Manifest {
  exports: Record<string, string | { types: string; default: string }>
  bin?: Record<string, string>
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const faces = Object.values(manifest.exports).filter((target) => typeof target !== 'string')
const named = [...faces.flatMap((target) => [target.default, target.types]), ...Object.values(manifest.bin ?? {})]
const sources = new Set(named.map(sourceOf))
/** What Nitro and Nuxt read by path while they build an application; nobody else can import it. */
const runtime = ['nitro', 'nuxt'].flatMap((name) => readdirSync(`src/${name}/runtime`).map((file) => `src/${name}/runtime/${file}`))

/** Faces that are loaded where requests are answered. */
const HANDLERS = ['driver', 'react-router', 'remix', 'remix3', 'h3']

interface Graph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null
}

const config: BuildConfig[] = defineBuildConfig({
  entries: [...sources, ...runtime]
    .filter((source) => existsSync(source))
    .map((source) => ({ builder: 'rollup', input: source, name: source.slice('src/'.length, -'.ts'.length) })),
  declaration: 'node16',
  // Nuxt's own, which it puts in there.
  externals: ['#imports', '#dynamodb-sessions', '#dynamodb-sessions/public', 'vue'],
  rollup: {
    // CommonJS servers `require` the package, which Node refuses to do with a top-level await.
    esbuild: { target: 'node20', supported: { 'top-level-await': false } },
  },
  hooks: {
    'rollup:options'(_, { output }) {
      for (const one of [output].flat()) if (one) one.manualChunks = chunkOf
    },
    'build:done'() {
      const problems = [...missingFiles(), ...unnamedEntries(), ...typescriptSpecifiers(), ...toolsWithSdk()]
      if (problems.length > 0) throw new Error(`The build is not as it should be:\n${problems.map((line) => `- ${line}`).join('\n')}`)
    },
  },
})

export default config

function sourceOf(file: string): string {
  return file.replace('./dist/', 'src/').replace(/\.mjs$|\.d\.mts$/, '.ts')
}

/**
 * What the handlers share is in three files, since loading a file costs more than compiling what is in most modules:
 * what does without the SDK, which is all that the tools for builds and the command's help load; the rest of the
 * driver; and what sessions add to that.
 */
function chunkOf(id: string, { getModuleInfo }: Graph): string | undefined {
  const [driver, ...adapters] = HANDLERS.map((name) => resolve(`src/${name}.ts`)).map((face) => face !== id && reaches(face, id))
  if (Number(driver) + adapters.filter(Boolean).length < 2) return undefined
  if (!driver) return 'sessions'
  return reaches(id, '@aws-sdk/client-dynamodb') ? 'driver' : 'base'

  function reaches(from: string, to: string, seen = new Set<string>()): boolean {
    if (from === to) return true
    if (seen.has(from)) return false
    seen.add(from)
    return getModuleInfo(from)?.importedIds.some((next) => reaches(next, to, seen)) ?? false
  }
}

function missingFiles(): string[] {
  return named
    .filter((file) => !existsSync(file))
    .map(
      (file) => `${file} is named in package.json, but ${existsSync(sourceOf(file)) ? 'was not built' : `there is no ${sourceOf(file)}`}`,
    )
}

function unnamedEntries(): string[] {
  return readdirSync('src')
    .filter((file) => file.endsWith('.ts') && !sources.has(`src/${file}`))
    .map((file) => `src/${file} is an entry, but package.json names it neither in exports nor in bin`)
}

/** A left-over `.ts` import works in the checkout only. */
function typescriptSpecifiers(): string[] {
  return readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs') || file.endsWith('.mts'))
    .filter((file) => /^(?!\s*\*).*\b(?:from|import)\s*\(?\s*['"][^'"\n]+\.ts['"]/m.test(readFileSync(`dist/${file}`, 'utf8')))
    .map((file) => `dist/${file} imports a .ts file`)
}

/** Tools for builds and the command's help start without the SDK, which they load where they need it. */
function toolsWithSdk(): string[] {
  return ['cli', 'config', 'nitro', 'nuxt'].flatMap((name) => {
    const reached = new Set([`dist/${name}.mjs`])
    for (const file of reached) {
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b.*['"](\.[^'"\n]+)['"];?$/gm))
        reached.add(join(dirname(file), path as string))
    }
    return [...reached]
      .filter((file) => /^import\b.*['"]@aws-sdk\//m.test(readFileSync(file, 'utf8')))
      .map((file) => `dist/${name}.mjs loads the SDK with ${file}`)
  })
}
