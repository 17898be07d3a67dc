// What package.json says of an application.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPlainObject } from '../../core/base/is-plain-object.ts'
import { isFile } from '../../config/files.ts'
import { UsageError } from '../errors.ts'

/** In the order in which they are looked for: what builds on others comes before them. */
const FRAMEWORKS = {
  nuxt: ['nuxt'],
  astro: ['astro'],
  'react-router': ['@react-router/dev', 'react-router'],
  nitro: ['nitro', 'nitropack'],
  hono: ['hono'],
  express: ['express'],
  h3: ['h3'],
} as const

export type Framework = keyof typeof FRAMEWORKS

export const FRAMEWORK_NAMES: readonly Framework[] = Object.keys(FRAMEWORKS) as Framework[]

export interface Project {
  /** `undefined`: none that we know. */
  readonly framework: Framework | undefined
  /** Ranges of every dependency by its name. */
  readonly dependencies: Readonly<Record<string, string>>
  /** The words that install a package here. */
  readonly install: string
  /** The same for a package that development alone needs. */
  readonly installDev: string
  /** Whether there is such a file or folder, by its path from here. */
  has(path: string): boolean
  /** Whether such a file says so. */
  says(path: string, text: string): boolean
}

/**
 * @param named a framework in place of the one that package.json has.
 * @throws UsageError without a package.json that can be read, and for a framework that there is not.
 */
export function projectOf(folder: string, named?: string): Project {
  const dependencies = dependenciesOf(folder)
  const found = FRAMEWORK_NAMES.find((name) => FRAMEWORKS[name].some((dependency) => Object.hasOwn(dependencies, dependency)))
  if (named !== undefined && !(FRAMEWORK_NAMES as readonly string[]).includes(named))
    throw new UsageError(`The flag --framework takes ${FRAMEWORK_NAMES.join(', ')}`)
  return {
    framework: (named as Framework | undefined) ?? found,
    dependencies,
    install: installer(folder),
    installDev: installer(folder, { dev: true }),
    has: (path) => existsSync(join(folder, path)),
    says: (path, text) => isFile(join(folder, path)) && readFileSync(join(folder, path), 'utf8').includes(text),
  }
}

function dependenciesOf(folder: string): Record<string, string> {
  const path = join(folder, 'package.json')
  let manifest: unknown
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT'
        ? 'There is no package.json here: run this in the application’s folder, or `npm init -y` first'
        : `${path} cannot be read`,
    )
  }
  if (!isPlainObject(manifest)) throw new UsageError(`${path} cannot be read`)
  const lists = [manifest.devDependencies, manifest.dependencies].filter(isPlainObject)
  return Object.fromEntries(lists.flatMap((list) => Object.entries(list).map(([name, range]) => [name, String(range)])))
}

/** The words that install a package by the manager whose lockfile is here. */
export function installer(folder: string, { dev = false }: { readonly dev?: boolean } = {}): string {
  const has = (file: string): boolean => existsSync(join(folder, file))
  const words = (add: string, flag: string): string => (dev ? `${add} ${flag}` : add)
  if (has('pnpm-lock.yaml')) return words('pnpm add', '--save-dev')
  if (has('yarn.lock')) return words('yarn add', '--dev')
  return has('bun.lock') || has('bun.lockb') ? words('bun add', '--dev') : words('npm install', '--save-dev')
}
