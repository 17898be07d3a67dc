import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  resolve: {
    // README's examples import the package by its name, and run on its sources.
    alias: [
      { find: /^dynamodb-sessions$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^dynamodb-sessions\/([^/]+)$/, replacement: `${import.meta.dirname}/src/$1.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', '**/node_modules/**'],
    globalSetup: ['test/engines/global-setup.ts'],
    // The SDK's chain must find the same on every machine, and nothing of its owner's.
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      NODE_OPTIONS: '',
    },
    // Tests wait more than they work: one file for each core leaves a small machine idle.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})

export default config
