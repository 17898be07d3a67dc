// The unit test of an application in docs/testing.md, word for word.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { readmeBlock } from '../support/readme.ts'

const ROOT = join(import.meta.dirname, '../..')

it('the example of docs/testing.md passes, run as an application runs it', async () => {
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true })
  const folder = mkdtempSync(join(ROOT, 'node_modules/.cache/testing-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'sessions.test.ts'), readmeBlock('sessions.test.ts', 'docs/testing.md'))
  const src = join(ROOT, 'src')
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { root: ${JSON.stringify(folder)}, cacheDir: ${JSON.stringify(join(folder, 'cache'))}, resolve: { alias: [{ find: /^dynamodb-sessions\\/([^/]+)$/, replacement: ${JSON.stringify(`${src}/$1.ts`)} }] }, test: { include: ['**/*.test.ts'], exclude: [] } }`,
  )
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const { VITEST: _vitest, VITEST_POOL_ID: _pool, VITEST_WORKER_ID: _worker, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', '--reporter=json', '--config', 'vitest.config.mjs'], {
    cwd: folder,
    env,
  })
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 3, numFailedTests: 0 })
})
