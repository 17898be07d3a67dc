import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'
import base, { sizes } from './vitest.config.ts'

/**
 * What is heavy or measures time: it installs other packages, builds and starts applications, kills processes, drives a browser. A case
 * may take minutes, and two at once are enough for a small machine. The random suites run here again, with more.
 */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/**/*.e2e.ts', 'test/hostile/*.test.ts', 'test/core/sessions/interleavings.test.ts'],
    env: { ...base.test?.env, ...sizes({ INTERLEAVINGS: '500', HOSTILE_RUNS: '1' }) },
    isolate: true,
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})

export default config
