import { join, resolve } from 'node:path'
import { NAME, RC_FILE, findConfig, localFiles, namedFile, nearestManifest } from './files.ts'
import { layerOf } from './layer.ts'
import type { Layer } from './layer.ts'
import { readConfig, readRc } from './read.ts'
import { InvalidOptionError } from '../core/base/errors.ts'
import { CONFIG_FILE_VARIABLE, checkOptions, environmentOptions, variableOf } from '../core/options/options.ts'
import type { Environment, SessionOptions } from '../core/options/options.ts'

/** Where to look, and what ranks above the files. */
export interface LoadSessionConfigOptions {
  /** The folder that is looked in; relative to the process's, which is the default. */
  cwd?: string | undefined
  /** A file in place of `dynamodb-sessions.config.*`, relative to `cwd`. Default `AWS_DYNAMO_DB_SESSION_CONFIG_FILE`. */
  configFile?: string | undefined
  /** Options from code, which rank above everything else. */
  overrides?: SessionOptions | undefined
  /** Environment variables. `NODE_ENV` in it chooses `$production` and the like. Default `process.env`. */
  env?: Environment | undefined
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
