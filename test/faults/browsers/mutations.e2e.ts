// Browsers under faults find it where any one of these conditions is taken out. All of them are tried in `test/model/`.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../../..')

/** By the names that `test/model/mutations/` has. */
const TAKEN_OUT = [
  'a log-out ends the kin of a session',
  'a log-out follows where the session moved',
  'keys of our sessions only',
  'a host whose clock is behind moves no time back',
  'what was written meanwhile goes along with a rotation',
  'a write only on the version that was read',
  'a rotation that comes second leaves no record',
  'a log-out everywhere ends kin',
]
/** Seconds at most of one run after another, which ends at the first thing that is wrong: what comes by chance may not come in a short one. */
const RUNS = [2, 10, 60]

it.for(TAKEN_OUT)('browsers find it where there is no more: %s', async (name) => {
  const outputs: string[] = []
  for (const seconds of RUNS) {
    const { code, output } = await run(name, seconds)
    outputs.push(output)
    if (code !== 0) break
  }
  // Not by an error of the run itself.
  expect(outputs.at(-1)).toMatch(/AssertionError: expected .* to (deeply equal|be less than)/)
})

function run(name: string, seconds: number): Promise<{ code: number; output: string }> {
  const env = { ...process.env, NO_COLOR: '1', MUTATION: name, FAULT_SECONDS: String(seconds), ENGINES: inject('engines').at(-1)?.name }
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(import.meta.dirname, 'mutated.config.ts')]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    )
  })
}
