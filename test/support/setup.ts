// Before each test file. Files share the processes that they run in, and Node loads the SDK once for each; our own modules, what they
// share with other copies of the package, and what a test has faked, are every file's own.
import { afterEach, vi } from 'vitest'

vi.resetModules()
for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
  if (symbol.description?.startsWith('dynamodb-sessions.')) Reflect.deleteProperty(globalThis, symbol)
}

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})
