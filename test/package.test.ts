// Rules of the package's shape that neither the compiler nor the linter knows.
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path/posix'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { importersOf, modulesOf, reachedFrom } from './support/modules.ts'

// Declarations are for the compiler of this repository, and not shipped.
const sources = new Map([...modulesOf('src')].filter(([file]) => !file.endsWith('.d.ts')))
const entries = [...sources.keys()].filter((file) => !file.slice('src/'.length).includes('/'))
const bins = Object.values((manifest as { bin?: Record<string, string> }).bin ?? {})

describe('package.json', () => {
  test('exports every top-level file of src, each with its types, and nothing else', () => {
    const { './package.json': itself, ...exported } = manifest.exports as Record<string, unknown>
    expect(itself).toBe('./package.json')
    const faces = entries.map((file) => file.slice('src/'.length, -'.ts'.length)).filter((name) => !bins.includes(`./dist/${name}.mjs`))
    const expected = faces.map((name) => [
      name === 'index' ? '.' : `./${name}`,
      // The order counts: TypeScript takes the first condition that it knows.
      JSON.stringify({ types: `./dist/${name}.d.mts`, default: `./dist/${name}.mjs` }),
    ])
    // Other subpaths are files of their own in a folder of src, such as a framework's runtime.
    const flat = Object.entries(exported).filter(([path]) => !path.slice(2).includes('/'))
    expect(Object.fromEntries(flat.map(([path, target]) => [path, JSON.stringify(target)]))).toEqual(Object.fromEntries(expected))
  })

  test('names no file in exports or bin that has no source', () => {
    const targets = [
      ...Object.values(manifest.exports)
        .filter((target) => typeof target !== 'string')
        .map((target) => target.default),
      ...bins,
    ]
    expect(targets.filter((target) => !existsSync(target.replace('./dist/', 'src/').replace(/\.mjs$/, '.ts')))).toEqual([])
  })

  test('has peers that are never narrower than what a neighbour may have installed', () => {
    const optional = {
      '@aws-sdk/client-dynamodb': '^3.700.0',
      '@aws-sdk/lib-dynamodb': '^3.700.0',
      // The module is for Nuxt 4, as Nuxt 3 says of it, but npm would put kit 4 over that of a project of Nuxt 3 that uses another entry.
      '@nuxt/kit': '>=3',
      '@remix-run/server-runtime': '^2',
      '@remix-run/session': '>=0.4.0 <1',
      dynalite: '>=3',
      'express-session': '>=1',
      'react-router': '>=6',
      unstorage: '^1.17.0 || ^2.0.0-alpha.0',
    }
    expect(manifest.peerDependencies).toEqual(optional)
    expect(manifest.peerDependenciesMeta).toEqual(Object.fromEntries(Object.keys(optional).map((name) => [name, { optional: true }])))
  })
})

describe('the tarball', async () => {
  // Of a copy without dist/, which a build may be making anew at this moment.
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-package-'))
  cpSync('.', folder, { recursive: true, filter: (file) => !/^(?:dist|node_modules|\.git|\.playground)$|\/node_modules$/.test(file) })
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'dist/index.mjs'), '')
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder })
  rmSync(folder, { recursive: true })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  const documents = paths.filter((path) => path.endsWith('.md'))

  test('is the build and the documents only', () => {
    const expected =
      /^(?:dist\/.+\.m[jt]s|docs\/[\w-]+\.md|bench\/RESULTS\.md|README\.md|LICENSE|CHANGELOG\.md|CONTRIBUTING\.md|package\.json)$/
    expect(paths.filter((path) => !expected.test(path))).toEqual([])
  })

  test('has every document, and every heading in it, that another document links to', () => {
    const links = documents.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([link, path, heading]) => ({
        link: `${file}: ${link}`,
        target: path ? normalize(join(dirname(file), path)) : file,
        heading,
      })),
    )
    expect(links.length).toBeGreaterThan(20)
    const isDead = ({ target, heading }: (typeof links)[number]): boolean =>
      !documents.includes(target) || (heading !== undefined && !headingsOf(target).includes(heading))
    expect(links.filter(isDead).map(({ link }) => link)).toEqual([])
  })

  test('has an index that names every guide', () => {
    const index = readFileSync('docs/README.md', 'utf8')
    const guides = documents.filter((file) => file.startsWith('docs/') && file !== 'docs/README.md')
    expect(guides.filter((file) => !index.includes(`(${file.slice('docs/'.length)})`))).toEqual([])
  })

  test('has every document that a message names', () => {
    const named = [...sources.keys()].flatMap((file) => readFileSync(file, 'utf8').match(/(?<![\w./])docs\/[\w-]+\.md/g) ?? [])
    expect(named).not.toEqual([])
    expect(named.filter((path) => !paths.includes(path))).toEqual([])
  })
})

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string; link?: boolean }>
  }

  test('holds the binaries of every platform, without which `npm ci` refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !foldersAbove(path).some((folder) => packages[`${folder}node_modules/${name}`])),
    )
    expect(missing).toEqual([])
  })

  test('names no registry', () => {
    expect(Object.keys(packages).filter((path) => packages[path]?.resolved && !packages[path].link)).toEqual([])
  })
})

describe('modules', () => {
  test('import core from inside src only, tests apart', () => {
    const outside = ['bench', 'playground', 'docs'].filter((folder) => existsSync(folder)).map((folder) => modulesOf(folder))
    expect(outside[0]?.size).toBeGreaterThan(0)
    expect(outside.flatMap((modules) => importersOf(modules, (name) => name.startsWith('src/core/')))).toEqual([])
  })

  test.for(entries.filter((file) => !['src/config.ts', 'src/cli.ts'].includes(file)))(
    'reached from %s are without c12 and citty',
    (entry) => {
      const heavy = importersOf(reachedFrom(entry, sources), (name) => /^(?:c12|citty)(?:$|\/)/.test(name))
      expect(heavy).toEqual([])
    },
  )

  test('import what package.json declares for users', () => {
    const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
    const undeclared = (name: string): boolean =>
      !/^(?:src\/|node:|#)/.test(name) && !declared.some((known) => name === known || name.startsWith(`${known}/`))
    expect(importersOf(sources, undeclared)).toEqual([])
  })

  test('have no top-level await, since CommonJS servers require the package', () => {
    expect([...sources].filter(([, module]) => module.awaitsAtTopLevel).map(([file]) => file)).toEqual([])
  })
})

/** As GitHub and npm name them in links. */
function headingsOf(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text]) => text as string)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Where Node looks for what the package at `path` imports, from the inside out. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/`.replace(/^\/$/, '')).concat('')
}
