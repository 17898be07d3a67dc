// What the package weighs, as npm would publish it: in a bundle, in a process that starts, and on the disk. Counts and bytes only, so that
// every machine finds the same. Budgets are about a tenth above what was measured last: whoever needs more raises one, and says why.
import { mkdtemp, readdir, readFile, realpath, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { run } from './npm.ts'
import { tarball } from './packed.ts'
import { bareEnvironment } from './server.ts'

interface Budget {
  /** Of its bundle, minified and gzipped. */
  readonly kilobytes: number
  /** Files of the package that its import loads. */
  readonly files: number
  readonly why: string
}

const BUDGETS: Readonly<Record<string, Budget>> = {
  '.': { kilobytes: 53, files: 11, why: 'sessions, tables, garbage collection and errors; an application takes a part of it' },
  './driver': { kilobytes: 26, files: 5, why: "values by key, and DynamoDB's requests, signed and sent by us; no sessions" },
  './react-router': { kilobytes: 46.5, files: 5, why: 'sessions, and the signing of cookies' },
  './remix': { kilobytes: 46.5, files: 5, why: 'that of React Router' },
  './remix3': { kilobytes: 35.5, files: 5, why: 'sessions; the cookie is that of the middleware' },
  './web': { kilobytes: 47.5, files: 8, why: 'sessions, cookies and what has moved out of sealed ones' },
  './astro': { kilobytes: 35.5, files: 7, why: 'values by key, which Astro makes sessions of' },
  './better-auth': { kilobytes: 35.5, files: 7, why: 'values by key, with counters' },
  './express': { kilobytes: 38, files: 5, why: "sessions; the cookie is express-session's" },
  './h3': { kilobytes: 51.5, files: 10, why: 'that of the web, and events of h3 1 and 2' },
  './nitro': { kilobytes: 6, files: 5, why: 'for builds: options and templates only' },
  './nuxt': { kilobytes: 7, files: 8, why: 'for builds: options, templates, and the check of CSRF options, which sessions share' },
  './testing': { kilobytes: 58.5, files: 8, why: 'sessions and the engine in memory; in no application' },
  './config': { kilobytes: 7.5, files: 4, why: 'options; c12 is loaded at the first call' },
}
/** The store alone, which is what a worker or a handler of its own takes of the first entry. */
const STORE_KILOBYTES = 40
/** Most of it is documentation and declarations, which no process loads. */
const TARBALL = { packed: 320, unpacked: 1085 }

/** Ours to count are neither the SDK, which is loaded when something needs it, nor frameworks, which are there already. */
const OUTSIDE = ['@aws-sdk/*', 'c12', '#*', ...Object.keys(manifest.peerDependencies)]
/** Packages that no import of an entry may load. */
const LATER = /\/node_modules\/(?:@aws-sdk|@smithy|c12|citty)\//

let folder: string
/** What is unpacked, beside the packages of this repository. */
let unpacked: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'dynamodb-sessions-budgets-')))
  await run(folder, process.env, 'tar', '-xzf', tarball)
  unpacked = join(folder, 'package')
  await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('every entry has a budget', () => {
  expect(Object.keys(BUDGETS).toSorted()).toEqual(Object.keys(entryFiles()).toSorted())
})

describe('in a bundle', () => {
  test.for(Object.entries(BUDGETS))('%s keeps to its budget', async ([entry, { kilobytes, why }]) => {
    expect(await bundled(`export * as all from '${entryFiles()[entry]}'`), why).toBeLessThanOrEqual(kilobytes)
  })

  test('createSessionStore alone keeps to its budget', async () => {
    expect(await bundled(`export { createSessionStore } from '${entryFiles()['.']}'`)).toBeLessThanOrEqual(STORE_KILOBYTES)
  })
})

describe('in a process that starts', () => {
  test.for(Object.entries(BUDGETS))('%s loads few files, and no SDK', async ([entry, { files, why }]) => {
    const loaded = await filesLoadedBy(pathToFileURL(join(unpacked, entryFiles()[entry] as string)).href)
    const ours = loaded.filter((url) => url.startsWith(pathToFileURL(unpacked).href))
    expect(ours.length).toBeGreaterThan(0)
    expect(ours.length, `${why}\n${ours.join('\n')}`).toBeLessThanOrEqual(files)
    expect(loaded.filter((url) => LATER.test(url))).toEqual([])
  })

  test('the SDK would be seen', async () => {
    const loaded = await filesLoadedBy('@aws-sdk/client-dynamodb')
    expect(loaded.some((url) => LATER.test(url))).toBe(true)
  })
})

test('the tarball keeps to its budgets', async () => {
  const files = (await readdir(unpacked, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name))))
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0)
  expect(bytes).toBeGreaterThan(0)
  expect((await stat(tarball)).size / 1024, 'KB, packed').toBeLessThanOrEqual(TARBALL.packed)
  expect(bytes / 1024, 'KB, unpacked').toBeLessThanOrEqual(TARBALL.unpacked)
})

/** The file of each entry, by the entry's name. */
function entryFiles(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(manifest.exports).flatMap(([entry, target]) => (typeof target === 'string' ? [] : [[entry, target.default]])),
  )
}

/** Kilobytes of a program, minified and gzipped. */
async function bundled(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: unpacked },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    external: OUTSIDE,
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1024
}

/** URLs of the files that an import loads in a process of its own, which V8 lists for its coverage. */
async function filesLoadedBy(name: string): Promise<string[]> {
  const reports = await mkdtemp(join(folder, 'loaded-'))
  const env = { ...bareEnvironment(), NODE_V8_COVERAGE: reports }
  await run(process.cwd(), env, process.execPath, '--input-type=module', '-e', `await import(${JSON.stringify(name)})`)
  const texts = await Promise.all((await readdir(reports)).map((report) => readFile(join(reports, report), 'utf8')))
  const scripts = texts.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result)
  return [...new Set(scripts.map(({ url }) => url))].filter((url) => url.startsWith('file:'))
}
