// Configuration in fixtures, and in a folder of the test.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { loadSessionConfig } from '../../src/config.ts'
import type { LoadSessionConfigOptions, SessionOptions } from '../../src/config.ts'
import { InvalidOptionError } from '../../src/core/base/errors.ts'

export const fixtures: string = join(import.meta.dirname, '../fixtures/config')

/** An environment of its own for each call, so that nothing of the machine's counts. */
export function load(folder: string, options: LoadSessionConfigOptions = {}): Promise<SessionOptions> {
  return loadSessionConfig({ cwd: join(fixtures, folder), env: {}, ...options })
}

export async function refusal(loading: Promise<unknown>): Promise<InvalidOptionError> {
  const error = await loading.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(InvalidOptionError)
  return error as InvalidOptionError
}

export interface Folder {
  /** That of the test that runs. */
  readonly path: string
  /** Files that no formatter or compiler would let pass are written by the tests; returns the path. */
  write(name: string, content: string): string
  loadWritten(options?: LoadSessionConfigOptions): Promise<SessionOptions>
}

/** An empty folder for each test. */
export function useFolder(): Folder {
  let path: string

  beforeEach(() => {
    path = realpathSync(mkdtempSync(join(tmpdir(), 'dynamodb-sessions-config-')))
  })

  afterEach(() => {
    rmSync(path, { recursive: true })
  })

  return {
    get path() {
      return path
    },
    write(name, content) {
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, content)
      return file
    },
    loadWritten: (options) => loadSessionConfig({ cwd: path, env: {}, ...options }),
  }
}
