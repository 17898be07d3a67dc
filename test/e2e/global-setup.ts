import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { pack } from './npm.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    tarball: string
  }
}

/** Packs what is built once for the whole run; whoever installs it finds it as `tarball` of `packed.ts`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { tarball, remove } = await pack()
  project.provide('tarball', tarball)
  return async () => {
    await remove()
    // `once.ts`
    const shelf = dirname(tarball)
    for (const name of await readdir(dirname(shelf)))
      if (name.startsWith(`${basename(shelf)}-`)) await rm(join(dirname(shelf), name), { recursive: true, force: true, maxRetries: 5 })
  }
}
