import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'
import base from './vitest.config.ts'

/** The heavy suites: they install other packages, so a case may take minutes, and two at once are enough for a small machine. */
const config: ViteUserConfig = defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/e2e/**/*.e2e.ts', 'test/faults/**/*.e2e.ts'],
    exclude: ['**/node_modules/**'],
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})

export default config
