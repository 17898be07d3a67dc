// Before each test file. Files share the processes that they run in, and Node loads the SDK once for each; our own modules, and what
// a test has faked, are every file's own.
import { afterEach, vi } from 'vitest'

vi.resetModules()

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})
