import { build } from 'esbuild'
import { expect, test } from 'vitest'

type ErrorClass = new (...args: unknown[]) => Error

test('a bundler that minifies, and so renames classes, leaves the names of errors', async () => {
  const { outputFiles } = await build({ entryPoints: ['src/core/base/errors.ts'], bundle: true, minify: true, write: false, format: 'esm' })
  const url = `data:text/javascript,${encodeURIComponent((outputFiles[0] as { readonly text: string }).text)}`
  const minified = (await import(/* @vite-ignore */ url)) as Record<string, ErrorClass>
  const errors = Object.entries(minified).filter(([, { prototype }]) => prototype instanceof Error)
  expect(errors.filter(([name, Class]) => Class.name === name)).toEqual([])
  expect(errors.map(([, Class]) => new Class('a', 'b', []).name)).toEqual(errors.map(([name]) => name))
  expect(errors.length).toBeGreaterThan(15)
})
