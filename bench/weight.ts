// What an adapter adds: time to import it after its framework and the SDK, and bytes to a bundle.
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { median, table } from './results.ts'

const DIST = new URL('../dist/', import.meta.url)
const FRAMEWORKS: Readonly<Record<string, readonly string[]>> = {
  driver: ['unstorage'],
  'react-router': ['react-router'],
  remix: ['@remix-run/server-runtime'],
  remix3: ['@remix-run/session'],
  h3: ['h3'],
}
/** What else has an entry; the last three load where configuration is read or an application is built, and in no request. */
const OTHERS: Readonly<Record<string, readonly string[]>> = { index: [], config: ['c12'], nitro: [], nuxt: ['@nuxt/kit'] }
const RUNS = 15

export function measureImports(): string {
  const rows = Object.entries({ ...FRAMEWORKS, ...OTHERS }).map(([entry, framework]) => {
    const times = Array.from({ length: RUNS }, () =>
      importTimes([...framework, '@aws-sdk/client-dynamodb'], new URL(`${entry}.mjs`, DIST).href),
    )
    const medians = (['before', 'ours'] as const).map((part) => median(times.map((time) => time[part])).toFixed(1))
    return [entry === 'index' ? 'dynamodb-sessions' : `dynamodb-sessions/${entry}`].concat(medians)
  })
  const text = table(['import, ms', 'its framework and the SDK', 'the entry, after them'], rows)
  console.log(`\nImport\n\n${text}`)
  return `### Import\n\n${text}\n\nA fresh process each, medians of ${RUNS}.`
}

function importTimes(before: readonly string[], ours: string): { before: number; ours: number } {
  const script = `
    const start = performance.now()
    ${before.map((name) => `await import(${JSON.stringify(name)})`).join('\n')}
    const before = performance.now() - start
    gc() // of what they left behind, which would fall into our time or not
    const middle = performance.now()
    await import(${JSON.stringify(ours)})
    console.log(JSON.stringify({ before, ours: performance.now() - middle }))`
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--no-warnings', '--expose-gc', '--input-type=module', '-e', script]
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })) as { before: number; ours: number }
}

export async function measureSizes(): Promise<string> {
  const driver = await gzippedSize(['driver'])
  const rows = await Promise.all(
    Object.keys(FRAMEWORKS).map(async (entry) => {
      const [whole, both] = await Promise.all([gzippedSize([entry]), gzippedSize([...new Set(['driver', entry])])])
      return [`dynamodb-sessions/${entry}`, whole.toFixed(1), entry === 'driver' ? '' : (both - driver).toFixed(1)]
    }),
  )
  const text = table(['minified and gzipped, KB', 'alone', 'where the driver is already'], rows)
  console.log(`\nSize\n\n${text}`)
  return `### Size\n\n${text}\n\nWithout the SDK, the framework and \`cookie-es\`.`
}

async function gzippedSize(entries: readonly string[]): Promise<number> {
  const contents = entries.map((entry) => `export * as ${entry.replace('-', '_')} from './${entry}.mjs'`).join('\n')
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(DIST) },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1024
}
