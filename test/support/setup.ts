// Before each test file. Files share the processes that they run in, and Node loads the SDK once for each; our own modules, and what
// a test may have faked, are every file's own.
import { afterEach, vi } from 'vitest'

vi.resetModules()
vi.restoreAllMocks()
vi.unstubAllEnvs()
vi.useRealTimers()

afterEach(() => {
  vi.useRealTimers()
})
