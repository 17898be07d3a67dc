import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'

/** Sizes of random tests, of which the environment may give others. */
export function sizes(defaults: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(defaults).map(([name, size]) => [name, process.env[name] ?? size]))
}

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
    globalSetup: ['test/engines/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // A process for each file would load the SDK again for each.
    isolate: false,
    // The SDK's chain must find the same on every machine, and nothing of its owner's.
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      NODE_OPTIONS: '',
      // Of a Node that the package supports and the SDK will not.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      // `npm run test:e2e` tries more.
      ...sizes({ INTERLEAVINGS: '20', HOSTILE_RUNS: '0.05', PLAYS: 'some', PAIRS: 'some' }),
    },
    // Tests wait more than they work: one file for each core leaves a small machine idle.
    maxWorkers: availableParallelism() + 1,
    // No test waits for so long: a machine that does other things too may need it.
    slowTestThreshold: 10_000,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 20_000 } },
  },
})

export default config
