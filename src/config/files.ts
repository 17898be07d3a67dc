import { existsSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { InvalidOptionError } from '../core/base/errors.ts'

export const NAME = 'dynamodb-sessions'
export const RC_FILE: string = `.${NAME}rc`
const CODE_EXTENSIONS = ['.ts', '.js', '.mjs', '.mts', '.cjs', '.cts']
const EXTENSIONS = [...CODE_EXTENSIONS, '.json', '.yaml', '.yml', '.toml']
/** What other packages call remote: `gh:user/repo`, `https://...`, `npm:...`; a path has no such beginning. */
const REMOTE = /^(?:[a-z][a-z\d+.-]*:|\/\/|git@)/i

/** The files that a layer extends; nothing is opened for a source that is not local. */
export function localFiles(layer: { readonly path: string; readonly extends: unknown }): string[] {
  if (layer.extends === undefined || layer.extends === null) return []
  const sources: unknown[] = Array.isArray(layer.extends) ? layer.extends : [layer.extends]
  return sources.map((source) => {
    if (typeof source !== 'string' || source === '') {
      throw new InvalidOptionError('extends', 'must be the path of a local file, or a list of such paths', layer.path)
    }
    const remote = REMOTE.exec(source)?.[0]
    if (remote) {
      const problem = `names a remote source (${remote}), which is refused since it would download and run code; extend a local file`
      throw new InvalidOptionError('extends', problem, layer.path)
    }
    const path = resolve(dirname(layer.path), source)
    const file = isFile(path) ? path : (EXTENSIONS.map((extension) => path + extension).find(isFile) ?? findConfig(path))
    if (!file)
      throw new InvalidOptionError('extends', `names ${path}, but there is no such file; only local files are extended`, layer.path)
    return supported(file, 'extends', layer.path)
  })
}

/** The configuration file that somebody named; `source` is where. */
export function namedFile(cwd: string, configFile: string | undefined, source: string): string | undefined {
  if (!configFile) return undefined
  const path = resolve(cwd, configFile)
  if (!isFile(path)) throw new InvalidOptionError('configFile', `names ${path}, but there is no such file`, source)
  return supported(path, 'configFile', source)
}

function supported(path: string, option: string, source: string): string {
  if (EXTENSIONS.includes(extname(path))) return path
  throw new InvalidOptionError(option, `names ${path}, which must end in one of ${EXTENSIONS.join(', ')}`, source)
}

/** The configuration file of a folder. */
export function findConfig(folder: string): string | undefined {
  const stems = [join(folder, `${NAME}.config`), join(folder, '.config', NAME), join(folder, '.config', `${NAME}.config`)]
  return stems.flatMap((stem) => EXTENSIONS.map((extension) => stem + extension)).find(isFile)
}

/** The next package.json, upwards. */
export function nearestManifest(folder: string): string | undefined {
  const path = join(folder, 'package.json')
  if (existsSync(path)) return path
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder))
}

/** Whether the file is run, and not only read. */
export function isCode(path: string): boolean {
  return CODE_EXTENSIONS.includes(extname(path))
}

export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true
  } catch (error) {
    // In a file there is nothing: a project may well have a file named `.config`.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false
    throw error
  }
}
