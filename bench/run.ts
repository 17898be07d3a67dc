// `npm run bench`, or `npm run bench -- calls redis` for some sections: each in a process of its own, so that none finds what another
// compiled or left in memory.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { writeSummary } from './measure/summary.ts'
import { CERTIFICATE } from './servers/certificate.ts'

/** In the order of RESULTS.md. */
const SECTIONS: Readonly<Record<string, string>> = {
  calls: 'one request: floor, both transports, TLS, 50 in flight',
  requests: 'requests of a page view, ours beside the peers',
  pages: 'page views: processor, throughput, memory',
  redis: 'Redis beside DynamoDB',
  latency: 'percentiles with 5 ms of network',
  conflicts: 'several writers of one session',
  start: 'start of a process, import, size of bundles',
  gc: 'garbage collection',
  scale: 'a table of RECORDS (1,000,000)',
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name))
if (unknown.length > 0) {
  const known = Object.entries(SECTIONS).map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
  console.error(`There is no section ${unknown.join(', ')}; there are:\n${known.join('\n')}`)
  process.exit(1)
}

for (const name of asked.length > 0 ? asked : Object.keys(SECTIONS)) {
  const began = performance.now()
  console.log(`\n== ${name}: ${SECTIONS[name]}`)
  const file = fileURLToPath(new URL(`sections/${name}.ts`, import.meta.url))
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    // What the SDK's chain finds is the same on every machine, and nothing of its owner's.
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    NODE_EXTRA_CA_CERTS: CERTIFICATE,
    NODE_ENV: 'production',
  }
  const { status } = spawnSync(process.execPath, [...process.execArgv, file], { env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
  writeSummary()
  console.log(`\n== ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
}
