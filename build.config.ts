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
    'build:done'() {
      const problems = [...missingFiles(), ...unnamedEntries(), ...typescriptSpecifiers()]
      if (problems.length > 0) throw new Error(`The build does not match package.json:\n${problems.map((line) => `- ${line}`).join('\n')}`)
    },
  },
})

export default config

function sourceOf(file: string): string {
  return file.replace('./dist/', 'src/').replace(/\.mjs$|\.d\.mts$/, '.ts')
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
