// What an entry adds: time to import it after its framework, and bytes to a bundle.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Report } from '../measure/report.ts'
import { ROUNDS, median } from '../measure/rounds.ts'

const DIST = new URL('../../dist/', import.meta.url)
/** Each with what is loaded beside it anyway. The last three load where configuration is read or an application is built, and in no request. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  index: [],
  driver: ['unstorage'],
  'react-router': ['react-router'],
  remix: ['@remix-run/server-runtime'],
  remix3: ['@remix-run/session'],
  web: [],
  express: ['express-session'],
  astro: ['unstorage'],
  'better-auth': [],
  h3: ['h3'],
  config: ['c12'],
  nitro: [],
  nuxt: ['@nuxt/kit'],
}

export function measureImports(report: Report): void {
  const times = new Map(Object.keys(ENTRIES).map((entry) => [entry, [] as { before: number; ours: number }[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [entry, framework] of Object.entries(ENTRIES))
      times.get(entry)?.push(importTimes(framework, new URL(`${entry}.mjs`, DIST).href))
  }
  const rows = [...times].map(([entry, list]) => {
    const ours = list.map((time) => time.ours)
    const spread = `${median(ours).toFixed(1)} (${Math.min(...ours).toFixed(1)} to ${Math.max(...ours).toFixed(1)})`
    return [
      entry === 'index' ? 'dynamodb-sessions' : `dynamodb-sessions/${entry}`,
      median(list.map((time) => time.before)).toFixed(1),
      spread,
    ]
  })
  report.table('Import', ['ms', 'its framework', 'the entry, after it'], rows)
  report.paragraph(
    `A fresh process each, medians of ${ROUNDS} interleaved rounds. The SDK is not imported, where region and credentials are in the environment.`,
  )
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
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--no-warnings', '--expose-gc', '--input-type=module', '-e', script]
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })) as { before: number; ours: number }
}
