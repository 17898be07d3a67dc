import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { ConfigLayer, LoadConfigOptions } from 'c12'
import { thrownError, unparsedError } from './errors.ts'
import { NAME, RC_FILE, isCode, isFile } from './files.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'

/** One file as c12 reads it. Everything that c12 would do with more than one file is done here instead. */
export async function readConfig(path: string): Promise<Record<string, unknown>> {
  let raw: unknown
  try {
    raw =
      extname(path) === '.json'
        ? // c12 leaves JSON to `require`, which returns the first content for as long as the process lives.
          JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''))
        : (await readWithC12({ cwd: dirname(path), configFile: basename(path) }))[0]?.config
  } catch (error) {
    if (isCode(path)) throw thrownError(path, error)
    // c12 looks for `$meta` in what a parser returns, and parsers return null for a file of comments only.
    if (!(error instanceof TypeError)) throw unparsedError(path, error, await readFile(path, 'utf8').catch(() => undefined))
  }
  if (raw === undefined || raw === null) return {}
  if (!isPlainObject(raw)) throw new InvalidOptionError('configFile', 'must hold options by name', path)
  return raw
}

/** The options of `.dynamodb-sessionsrc` in a folder. */
export async function readRc(cwd: string): Promise<Record<string, unknown> | undefined> {
  if (!isFile(join(cwd, RC_FILE))) return undefined
  const layers = await readWithC12({ cwd, rcFile: RC_FILE, resolve: () => ({ config: {}, cwd }) })
  return layers.find((layer) => layer.configFile === RC_FILE)?.config ?? undefined
}

async function readWithC12(options: LoadConfigOptions): Promise<ConfigLayer[]> {
  // Loaded here and not above: it takes about 100 ms, which nobody should pay for `defineSessionConfig`.
  const { loadConfig } = await import('c12')
  const { layers } = await loadConfig({
    name: NAME,
    rcFile: false,
    packageJson: false,
    dotenv: false,
    envName: false,
    extend: false,
    giget: false,
    // A transpiled copy in a cache folder would hold the secrets that are in the file.
    jitiOptions: { fsCache: false },
    ...options,
  })
  return layers ?? []
}
