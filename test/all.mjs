// `npm test`: the fast suites on tables in memory, then all suites on engines, and beside them the checks, one after the other. Checks print
// nothing where all is well. Arguments go to vitest, and the fast suites are then left out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What `npm run` calls each check. The package is checked as it is built. */
const CHECKS = ['lint', 'format:check', 'types', 'docs:check', 'build', 'check:package']

/** Runs a program, and returns what it printed where that is not passed on. npm has put those of the dependencies on the path. */
async function run(program, args, output, env = {}) {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
    shell: process.platform === 'win32',
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk))
  const [code] = await once(child, 'close')
  return { isGood: code === 0, text }
}

/** Set where nothing further is to begin. */
let isOver = false

async function check() {
  const failed = []
  for (const name of CHECKS) {
    if (isOver) break
    // attw packs the package, which must not build it once more.
    const { isGood, text } = await run('npm', ['run', '--silent', '--ignore-scripts', name], 'pipe')
    if (!isGood) failed.push({ name, text })
    // Of a build that failed there is no package to check.
    if (!isGood && name === 'build') break
  }
  return failed
}

/** What most of the package stands on, and is done in seconds. */
const FAST = [
  'testing',
  'driver',
  'react-router/react-router-8.test',
  ...['conflicts', 'gone', 'moved', 'regenerate', 'session'].map((name) => `core/sessions/${name}.test`),
]

const args = process.argv.slice(2)
const isChosen = args.length > 0 || process.env.ENGINES || process.env.DYNAMODB_ENDPOINT
const checks = check()
if (!isChosen) {
  const fast = await run('vitest', ['run', ...FAST.map((name) => `test/${name}`)], 'inherit', { ENGINES: 'memory' })
  isOver = !fast.isGood
}
const suites = isOver ? undefined : await run('vitest', ['run', ...args], 'inherit')
const failed = await checks
for (const { name, text } of failed) console.error(`\nnpm run ${name} failed:\n${text.trim()}`)
process.exitCode = suites?.isGood && failed.length === 0 ? 0 : 1
