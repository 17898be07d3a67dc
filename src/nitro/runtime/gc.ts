// A task of Nitro's.
import { collectGarbage } from '../../gc/gc.ts'
import type { GarbageCollectionOptions, GarbageCollectionResult } from '../../gc/gc.ts'

/** What one run may ask for; everything else comes with the application's options. */
const PAYLOAD = [
  'maxAge',
  'maxStale',
  'includeExpired',
  'dryRun',
  'segments',
  'concurrency',
  'maxReadRate',
  'maxWriteRate',
  'signal',
  'resumeToken',
  'onProgress',
] as const satisfies readonly (keyof GarbageCollectionOptions)[]

interface Task {
  run(event: { readonly payload?: GarbageCollectionOptions }): Promise<{ result: GarbageCollectionResult }>
}

const task: Task = {
  async run({ payload = {} }) {
    return { result: await collectGarbage(Object.fromEntries(PAYLOAD.map((name) => [name, payload[name]]))) }
  },
}

export default task
