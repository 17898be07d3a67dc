import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { ConfigLayer, LoadConfigOptions } from 'c12'
import { refuseErb, thrownError, unparsedError } from './errors.ts'
import { InvalidOptionError, shownName } from '../core/base/errors.ts'
import { isPlainObject } from '../core/base/is-plain-object.ts'
import { CONFIG_FILE_VARIABLE, camelCase, checkOptions, environmentOptions, isCodeOnly, variableOf } from '../core/options/options.ts'
import type { Environment, SessionOptions } from '../core/options/options.ts'

/** Where to look, and what ranks above the files. */
export interface LoadSessionConfigOptions {
  /** The folder that is looked in; relative to the process's, which is the default. */
  cwd?: string
  /** A file in place of `dynamodb-sessions.config.*`, relative to `cwd`. Default `AWS_DYNAMO_DB_SESSION_CONFIG_FILE`. */
  configFile?: string
  /** Options from code, which rank above everything else. */
  overrides?: SessionOptions
  /** Environment variables. `NODE_ENV` in it chooses `$production` and the like. Default `process.env`. */
  env?: Environment
}

/** Where the value of each option came from: `code`, an environment variable's name or a file's path. */
export type Origins = Readonly<Partial<Record<keyof SessionOptions, string>>>

/** What `loadSessionConfig` returns, and for the command where each value came from. */
export async function loadWithOrigins(options: LoadSessionConfigOptions): Promise<{ options: SessionOptions; origins: Origins }> {
  const env = options.env ?? process.env
  const { configFile, ...overrides } = checkOptions({
    ...options.overrides,
    configFile: options.configFile ?? options.overrides?.configFile,
  })
  const environment = environmentOptions(env)
  const cwd = resolve(options.cwd ?? '.')
  const named = configFile ? namedFile(cwd, configFile, 'code') : namedFile(cwd, env[CONFIG_FILE_VARIABLE], CONFIG_FILE_VARIABLE)
  const layers = await readLayers(cwd, named ?? findConfig(cwd), env.NODE_ENV)
  const loaded: SessionOptions = {}
  const origins: Record<string, string> = {}
  const add = (values: SessionOptions, originOf: (name: string) => string): void => {
    // One option is one value: merged lists would keep a secret valid that was rotated out in the layer above.
    Object.assign(loaded, values)
    for (const name in values) origins[name] = originOf(name)
  }
  for (const { values, path } of layers.toReversed())
    add(
      checkOptions(values, () => path),
      () => path,
    )
  add(environment, variableOf)
  add(overrides, () => 'code')
  if (layers[0])
    add({ configFile: layers[0].path }, () => (configFile ? 'code' : env[CONFIG_FILE_VARIABLE] ? CONFIG_FILE_VARIABLE : 'search'))
  return { options: loaded, origins }
}

const NAME = 'dynamodb-sessions'
const RC_FILE = `.${NAME}rc`
const CODE_EXTENSIONS = ['.ts', '.js', '.mjs', '.mts', '.cjs', '.cts']
const EXTENSIONS = [...CODE_EXTENSIONS, '.json', '.yaml', '.yml', '.toml']
/** What other packages call remote: `gh:user/repo`, `https://...`, `npm:...`; a path has no such beginning. */
const REMOTE = /^(?:[a-z][a-z\d+.-]*:|\/\/|git@)/i

/** The options of one file, by their names here, and what they extend. */
interface Layer {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
  readonly extends: unknown
}

/** All layers, the highest rank first, in c12's order. */
async function readLayers(cwd: string, main: string | undefined, environment: string | undefined): Promise<Layer[]> {
  const layers: Layer[] = []
  if (main) layers.push(layerOf(await readConfig(main), main, environment))
  const rc = await readRc(cwd)
  if (rc) layers.push(layerOf(rc, join(cwd, RC_FILE), environment))
  const manifest = nearestManifest(cwd)
  const own = manifest && (await readConfig(manifest))[NAME]
  if (manifest && own !== undefined) layers.push(layerOf(own, manifest, environment))

  const bases: Layer[] = []
  const addBases = async (layer: Layer, chain: readonly string[]): Promise<void> => {
    for (const path of localFiles(layer)) {
      if (chain.includes(path))
        throw new InvalidOptionError('extends', `goes in a circle: ${[...chain, path].join(' extends ')}`, layer.path)
      const base = layerOf(await readConfig(path), path, environment)
      bases.push(base)
      await addBases(base, [...chain, path])
    }
  }
  for (const layer of layers) await addBases(layer, [layer.path])
  return [...layers, ...bases]
}

/** One file as c12 reads it. Everything that c12 would do with more than one file is done here instead. */
async function readConfig(path: string): Promise<Record<string, unknown>> {
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

async function readRc(cwd: string): Promise<Record<string, unknown> | undefined> {
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

/** A file's own options with those of the environment over them, by camelCase names. */
function layerOf(raw: unknown, path: string, environment: string | undefined): Layer {
  if (!isPlainObject(raw)) throw new InvalidOptionError(NAME, 'must hold options by name', path)
  if (!isCode(path)) refuseErb(raw, path)
  const { extends: bases, ...own } = raw
  const values = renamed(own, path)
  if (environment) {
    for (const block of [raw[`$${environment}`], isPlainObject(raw.$env) ? blockOf(raw.$env, environment) : raw.$env]) {
      if (block === undefined || block === null) continue
      if (!isPlainObject(block)) throw new InvalidOptionError(`$${environment}`, 'must hold options by name', path)
      Object.assign(values, renamed(block, path))
    }
  }
  for (const name in values) {
    if (name === 'configFile') throw new InvalidOptionError(name, 'cannot be set by a file; use `extends`', path)
    if (!isCode(path) && isCodeOnly(name))
      throw new InvalidOptionError(name, 'cannot be set by this file, only by code or a ts or js file', path)
  }
  return { path, values, extends: bases }
}

/** The gem's names as ours. An empty value, as in `max_age:`, counts as not set. */
function renamed(raw: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const names = new Map<string, string>()
  for (const [given, value] of Object.entries(raw)) {
    if (value === undefined || value === null || given.startsWith('$')) continue
    const name = camelCase(given)
    const other = names.get(name)
    if (other !== undefined) {
      const problem = `is there twice, as \`${shownName(other)}\` and \`${shownName(given)}\`; leave one out`
      throw new InvalidOptionError(name, problem, path)
    }
    names.set(name, given)
    // The gem names what is the default here.
    if (name !== 'serializer' || value !== 'json') values[name] = value
  }
  return values
}

function blockOf(environments: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}

/** The files that a layer extends; nothing is opened for a source that is not local. */
function localFiles(layer: Layer): string[] {
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

function namedFile(cwd: string, configFile: string | undefined, source: string): string | undefined {
  if (!configFile) return undefined
  const path = resolve(cwd, configFile)
  if (!isFile(path)) throw new InvalidOptionError('configFile', `names ${path}, but there is no such file`, source)
  return supported(path, 'configFile', source)
}

function supported(path: string, option: string, source: string): string {
  if (EXTENSIONS.includes(extname(path))) return path
  throw new InvalidOptionError(option, `names ${path}, which must end in one of ${EXTENSIONS.join(', ')}`, source)
}

function findConfig(folder: string): string | undefined {
  const stems = [join(folder, `${NAME}.config`), join(folder, '.config', NAME), join(folder, '.config', `${NAME}.config`)]
  return stems.flatMap((stem) => EXTENSIONS.map((extension) => stem + extension)).find(isFile)
}

function nearestManifest(folder: string): string | undefined {
  const path = join(folder, 'package.json')
  if (existsSync(path)) return path
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder))
}

function isCode(path: string): boolean {
  return CODE_EXTENSIONS.includes(extname(path))
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
