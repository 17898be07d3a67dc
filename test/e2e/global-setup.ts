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
  return remove
}
