// In place of the file of unstorage that its drivers import, and that its package does not export: the same function, and types as it has them.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Driver } from 'unstorage-v2'

export type { DriverDependencies } from 'unstorage-v2'

export type DriverFactory<Options, Instance> = (opts: Options) => Driver<Options, Instance>

/** A library as its namespace, or what returns that. */
export type LibImport<Lib> = Lib | (() => Lib | Promise<Lib>)

interface Utils {
  importLib<Lib>(driver: string, name: string, lib: LibImport<Lib> | undefined): Promise<Lib>
}

const entry = pathToFileURL(createRequire(import.meta.url).resolve('unstorage-v2'))

export const importLib: Utils['importLib'] = async (driver, name, lib) => {
  const utils = (await import(/* @vite-ignore */ new URL('_chunks/utils.mjs', entry).href)) as Utils
  return utils.importLib(driver, name, lib)
}
