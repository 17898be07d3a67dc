import type { TestProject } from 'vitest/node'
import { startEngines } from './index.ts'
import type { EngineInfo } from './index.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    engines: EngineInfo[]
  }
}

/** Starts every engine at hand once for the whole run; each suite makes tables of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { engines, stop } = await startEngines(console.log)
  project.provide('engines', engines)
  return stop
}
