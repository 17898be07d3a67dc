// `npm test`: the checks, one after the other, beside the suites. Checks print nothing where all is well. Arguments go to vitest.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What `npm run` calls each check. The package is checked as it is built. */
const CHECKS = ['lint', 'format:check', 'types', 'docs:check', 'build', 'check:package']

/** Runs a program, and returns what it printed where that is not passed on. npm has put those of the dependencies on the path. */
async function run(program, args, output) {
  const child = spawn(program, args, { stdio: ['ignore', output, output], shell: process.platform === 'win32' })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  const [code] = await once(child, 'close')
  return { isGood: code === 0, text }
}

async function check() {
  const failed = []
  for (const name of CHECKS) {
    // attw packs the package, which must not build it once more.
    const { isGood, text } = await run('npm', ['run', '--silent', '--ignore-scripts', name], 'pipe')
    if (!isGood) failed.push({ name, text })
    // Of a build that failed there is no package to check.
    if (!isGood && name === 'build') break
  }
  return failed
}

const [failed, suites] = await Promise.all([check(), run('vitest', ['run', ...process.argv.slice(2)], 'inherit')])
for (const { name, text } of failed) console.error(`\nnpm run ${name} failed:\n${text.trim()}`)
process.exitCode = suites.isGood && failed.length === 0 ? 0 : 1
