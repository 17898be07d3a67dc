import { readdirSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import base, { sizes } from './vitest.config.ts'

// Once for the whole run, and so not in the projects.
const { include: _, globalSetup = [], env, ...shared } = base.test ?? {}
const common: ViteUserConfig['test'] = {
  ...shared,
  env: { ...env, ...sizes({ INTERLEAVINGS: '100', HOSTILE_RUNS: '1', SIGNATURES: '10000', PLAYS: 'all', PAIRS: 'others' }) },
  isolate: true,
  maxConcurrency: 2,
  testTimeout: 600_000,
  hookTimeout: 120_000,
}
/** Of which `npm test` leaves pairs of an engine and a way to run here. */
const IN_TURN = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => readFileSync(file, 'utf8').includes('inTurn('))
/** What `npm test` does with small numbers. */
const RANDOM = [
  'test/hostile/*.test.ts',
  'test/core/sessions/interleavings.test.ts',
  'test/core/dynamodb/http/sign.test.ts',
  'test/model/model.test.ts',
]
/** What measures time or load says so by its name, and has the machine to itself. */
const ALONE = 'test/**/*.alone.e2e.ts'
/** Its tests wait for what never comes: all of them at once. */
const DEAD = 'test/faults/unreachable.alone.e2e.ts'

/** What takes longest, in its order. Begun first, it does not end alone: a fresh checkout knows no times, and would go by the size of files. */
const LONG = [
  ...['install', 'managers', 'nitro-app', 'package', 'nuxt', 'recipes', 'without-sdk', 'astro'].map((name) => `/e2e/${name}.e2e.ts`),
  ...['model/model.test.ts', 'model/mutations.e2e.ts', 'browsers/mutations.e2e.ts', 'sessions/interleavings.test.ts'].map(
    (name) => `/${name}`,
  ),
]

class LongFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const long = LONG.flatMap((name) => files.filter(({ moduleId }) => moduleId.endsWith(name)))
    return Promise.resolve([...new Set([...long, ...files])])
  }
}

/**
 * What is heavy: it installs other packages, builds and starts applications, kills processes, drives a browser. A case may take minutes,
 * and much of that is waiting: four files at once keep a small machine busy. The random suites run here again, with more.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    globalSetup: [globalSetup, 'test/e2e/global-setup.ts'].flat(),
    projects: [
      {
        resolve: base.resolve ?? {},
        test: {
          ...common,
          name: 'four at once',
          include: ['test/**/*.e2e.ts', ...RANDOM, ...IN_TURN],
          exclude: ['**/node_modules/**', ALONE],
          maxWorkers: 4,
        },
      },
      // Vitest runs projects of one worker after the others.
      {
        resolve: base.resolve ?? {},
        test: { ...common, name: 'alone', include: [ALONE], exclude: [DEAD], maxWorkers: 1, maxConcurrency: 4 },
      },
      { resolve: base.resolve ?? {}, test: { ...common, name: 'dead endpoints', include: [DEAD], maxWorkers: 1, maxConcurrency: 5 } },
    ],
  },
})

export default config
