// The house stays as CONTRIBUTING.md draws it.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { circles, longFiles, longFunctions, withoutPlace, wrongArrows } from './support/layout.ts'
import { importersOf, modulesOf, parseAll } from './support/modules.ts'

describe('src', () => {
  const modules = modulesOf('src')

  test('has a place for every folder in the order', () => {
    expect(withoutPlace(modules)).toEqual([])
  })

  test('imports down the order of folders only', () => {
    expect(wrongArrows(modules)).toEqual([])
  })

  test('has no circle', () => {
    expect(circles(modules)).toEqual([])
  })

  test('has no file over 250 lines, a list of errors apart', () => {
    expect(longFiles(modules)).toEqual([])
  })

  test('has no function over 120 lines', () => {
    expect(longFunctions(modules)).toEqual([])
  })

  test('holds one state machine of a request’s session, and one place that takes a lease for it', () => {
    const holding = (text: string): string[] => [...modules.keys()].filter((file) => readFileSync(file, 'utf8').includes(text))
    expect(holding("is: 'gone'")).toEqual(['src/core/sessions/handle.ts'])
    expect(holding('withLease(')).toEqual(['src/core/sessions/open-handle.ts'])
    expect(holding('function withLease<')).toEqual(['src/core/sessions/lock.ts'])
  })

  test("imports AWS's SDK behind the port to DynamoDB only", () => {
    const importers = importersOf(modules, (name) => /^@(?:aws-sdk|smithy)\//.test(name))
    expect(importers).not.toEqual([])
    expect(importers.filter((file) => !file.startsWith('src/core/dynamodb/sdk/'))).toEqual([])
  })
})

test('CONTRIBUTING.md names files and folders that exist', () => {
  const named = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/`((?:src|test|bench|docs|playground)\/[\w./-]+)`/g)].map(
    ([, path]) => path as string,
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((path) => path !== 'src/NAME.ts' && !existsSync(path))).toEqual([])
})

describe('the rules', () => {
  test.for([
    ['down', 'src/h3/request.ts', '../web/cookie.ts', false],
    ['within a folder', 'src/h3/request.ts', './response.ts', false],
    ['from a face to its folder', 'src/h3.ts', './h3/request.ts', false],
    ['from a folder to its face', 'src/h3/request.ts', '../h3.ts', false],
    ['to a package', 'src/h3/request.ts', 'h3', false],
    ['up', 'src/core/items/items.ts', '../sessions/open.ts', true],
    ['from core to a face', 'src/core/base/id.ts', '../../driver.ts', true],
    ['to a neighbour', 'src/table/table.ts', '../web/cookie.ts', true],
  ] as const)('find an import %s right or wrong', ([, file, target, wrong]) => {
    for (const line of [`import { a } from '${target}'`, `import type { A } from '${target}'`, `export * from '${target}'`])
      expect(wrongArrows(parseAll({ [file]: line }))).toHaveLength(wrong ? 1 : 0)
    expect(wrongArrows(parseAll({ [file]: `const a = (): Promise<unknown> => import('${target}')` }))).toHaveLength(wrong ? 1 : 0)
    expect(wrongArrows(parseAll({ [file]: `let a: import('${target}').A` }))).toHaveLength(wrong ? 1 : 0)
  })

  test('find a circle once, types included, and whoever leads to it', () => {
    const texts = {
      'src/web/a.ts': `import './b.ts'`,
      'src/web/b.ts': `import type { C } from './c.ts'`,
      'src/web/c.ts': `export * from './b.ts'\nimport './d.ts'`,
      'src/web/d.ts': '',
    }
    expect(circles(parseAll(texts))).toEqual(['src/web/b.ts > src/web/c.ts > src/web/b.ts'])
  })

  test('count the lines of files and of functions of every kind', () => {
    const body = (lines: number): string => '\n'.repeat(lines - 1)
    const file = 'src/web/a.ts'
    expect(longFiles(parseAll({ [file]: `${'//\n'.repeat(250)}`, 'src/core/base/errors.ts': '//\n'.repeat(300) }))).toEqual([])
    expect(longFiles(parseAll({ [file]: '//\n'.repeat(251) }))).toEqual([file])
    for (const [start, name] of [
      ['/** What. */\nfunction a() {', 'a'],
      ['export const b = () => {', 'b'],
      ['class C { d() {', 'd'],
      ['const c = { async *e() {', 'e'],
      ['f(function () {', 'a function without a name'],
    ] as const) {
      expect(longFunctions(parseAll({ [file]: `${start}${body(120)}}` }))).toEqual([])
      expect(longFunctions(parseAll({ [file]: `${start}${body(121)}}` }))).toEqual([`${name} in ${file}`])
    }
  })

  test('find a folder that nobody placed', () => {
    expect(withoutPlace(parseAll({ 'src/core/new/a.ts': '', 'src/new.ts': '', 'src/h3.ts': '' }))).toEqual(['core/new', 'new'])
  })
})
