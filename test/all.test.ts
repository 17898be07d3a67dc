// What `npm test` prints and how it ends, with checks and suites that do what the test says.
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const PROGRAM = join(import.meta.dirname, 'all.mjs')
const CHECKS = ['lint', 'format:check', 'types', 'docs:check', 'build', 'check:package']

/** Runs it where the checks that are named fail. */
function run(
  failing: readonly string[],
  suites = 0,
  args = ['--reporter=json', 'test/a.test.ts'],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-all-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  program(folder, 'npm', `echo "noise of $4"; case " ${failing.join(' ')} " in *" $4 "*) exit 3;; esac`)
  program(folder, 'vitest', `echo "suites${'${ENGINES:+ on $ENGINES}'}: $*"; exit ${suites}`)
  const { ENGINES: _engines, DYNAMODB_ENDPOINT: _endpoint, ...inherited } = process.env
  const env = { ...inherited, PATH: folder + delimiter + process.env.PATH }
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

/** A stand-in: npm itself takes a third of a second for each. */
function program(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

test('the checks of package.json are all there', () => {
  expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(CHECKS))
  expect(manifest.scripts.test).toBe('node test/all.mjs')
})

test('checks that are well print nothing, and suites get the arguments', async () => {
  expect(await run([])).toEqual({ code: 0, stdout: 'suites: run --reporter=json test/a.test.ts\n', stderr: '' })
})

test('every check that fails is named with what it printed, and a failed build is not looked at', async () => {
  const { code, stderr } = await run(['lint', 'types', 'build'])
  expect(code).toBe(1)
  expect(stderr.match(/^npm run .*\nnoise of .*$/gm)).toEqual(
    ['lint', 'types', 'build'].map((name) => `npm run ${name} failed:\nnoise of ${name}`),
  )
})

test('suites that fail fail it', async () => {
  expect(await run([], 2)).toMatchObject({ code: 1, stderr: '' })
})

test('without arguments the fast suites come first, on tables in memory, and end it where they fail', async () => {
  const { stdout } = await run([], 0, [])
  expect(stdout).toMatch(/^suites on memory: run test\/testing .*\nsuites: run\n$/)
  expect((await run([], 2, [])).stdout).toMatch(/^suites on memory: .*\n$/)
})
