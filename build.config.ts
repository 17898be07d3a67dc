import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

/**
 * What handlers of requests share is in three files, since loading a file costs more than compiling what is in most modules.
 * A folder of src/ that is not named here is put by the bundler where it is used.
 */
const CHUNKS: Readonly<Record<string, string>> = {
  // All that tools for builds and the command's help load.
  'core/base': 'base',
  'core/options': 'base',
  'core/dynamodb': 'driver',
  'core/items': 'driver',
  'core/csrf': 'sessions',
  'core/sessions': 'sessions',
  'react-router': 'sessions',
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
      for (const one of [output].flat()) {
        if (!one) continue
        one.manualChunks = chunkOf
        // Imports for the sake of loading early alone: esbuild would warn of each in every build of an application.
        one.hoistTransitiveImports = false
      }
    },
    'rollup:dts:options'(_, { input }) {
      // The command exports nothing, of which the bundler would make an empty file and a warning.
      delete (input as Record<string, string>).cli
    },
    'build:done'() {
      const problems = [...missingFiles(), ...unnamedEntries(), ...typescriptSpecifiers(), ...bareImports(), ...filesWithSdk()]
      if (problems.length > 0) throw new Error(`The build is not as it should be:\n${problems.map((line) => `- ${line}`).join('\n')}`)
    },
  },
})

export default config

function sourceOf(file: string): string {
  return file.replace('./dist/', 'src/').replace(/\.mjs$|\.d\.mts$/, '.ts')
}

function chunkOf(id: string): string | undefined {
  const folder = /\/src\/((?:core\/)?[\w-]+)\//.exec(id)?.[1]
  return folder === undefined ? undefined : CHUNKS[folder]
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
  return filesWith(/^(?!\s*\*).*\b(?:from|import)\s*\(?\s*['"][^'"\n]+\.ts['"]/m, /\.m[jt]s$/).map((file) => `${file} imports a .ts file`)
}

/** An import for its side effects, of which nothing here has any: esbuild warns of each in every build of an application. */
function bareImports(): string[] {
  return filesWith(/^import ['"]/m, /\.mjs$/).map((file) => `${file} imports a module of which it uses nothing`)
}

function filesWith(pattern: RegExp, names: RegExp): string[] {
  return readdirSync('dist', { recursive: true, encoding: 'utf8' })
    .filter((file) => names.test(file) && pattern.test(readFileSync(`dist/${file}`, 'utf8')))
    .map((file) => `dist/${file}`)
}

/** AWS's SDK is an optional peer: it is loaded when something first needs it, and declarations do without it. */
function filesWithSdk(): string[] {
  return filesWith(/^(?:import|export)\b.*['"]@(?:aws-sdk|smithy)\//m, /\.m[jt]s$/).map((file) => `${file} imports AWS's SDK`)
}
