// The model as one file, with the package's own code in it, but for what stands between that and the world; and with a condition taken out.
import { build } from 'esbuild'
import type { Plugin } from 'esbuild'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mutation } from './mutations.ts'

const ROOT = join(import.meta.dirname, '../..')
const MODEL = import.meta.dirname

export async function bundle(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [join(MODEL, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [seams, ...(mutation ? [withMutation(mutation)] : [])],
  })
}

const seams: Plugin = {
  name: 'seams',
  setup({ onResolve }) {
    onResolve({ filter: /^node:timers\/promises$/ }, () => ({ path: join(MODEL, 'seams/timers.ts') }))
    onResolve({ filter: /\/open-transport\.ts$/ }, () => ({ path: join(MODEL, 'world.ts') }))
    onResolve({ filter: /\/id\.ts$/ }, ({ path, resolveDir, importer }) =>
      importer.endsWith('/seams/id.ts') || !join(resolveDir, path).endsWith('/core/base/id.ts')
        ? undefined
        : { path: join(MODEL, 'seams/id.ts') },
    )
  },
}

function withMutation({ file, text, replacement }: Mutation): Plugin {
  return {
    name: 'mutation',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== join(ROOT, file)) return undefined
        const source = await readFile(path, 'utf8')
        return { contents: source.replace(text, () => replacement), loader: 'ts' }
      })
    },
  }
}
