import { InvalidOptionError } from '../core/base/errors.ts'
import type { SessionOptions } from '../core/options/options.ts'
import type { GarbageCollectionProgress } from './result.ts'

const MAX_SEGMENTS = 4096
const MAX_RATE = 1_000_000

/** The flat set of options, and what concerns garbage collection only. */
export interface GarbageCollectionOptions extends SessionOptions {
  /** Whether records past their own `expire_at` are deleted where the table's TTL would do it free of charge. Default `false`. */
  includeExpired?: boolean | undefined
  /** Count what is due and delete nothing. Default `false`. */
  dryRun?: boolean | undefined
  /** Segments of the parallel scan, 1 to 4096. Default by the table's size, 8 to 16. */
  segments?: number | undefined
  /** Batches of 25 deletes that are under way at once, 1 to 64. Default 16. */
  concurrency?: number | undefined
  /** Write capacity units per second, above 0; a record that costs more than a tenth of it may exceed it. Default no limit. */
  maxWriteRate?: number | undefined
  /** Read capacity units per second, above 0; a page costs one unit at least, and a large record more. Default no limit. */
  maxReadRate?: number | undefined
  /** Stops the run: requests under way are finished, and the result has a `resumeToken`. */
  signal?: AbortSignal | undefined
  /** Goes on where a stopped run ended. Give the same options otherwise. */
  resumeToken?: string | undefined
  /** Called with the counts so far, at most ten times a second and at its end. An error that it throws ends the run. */
  onProgress?: ((progress: GarbageCollectionProgress) => void) | undefined
}

type OwnOptions = Omit<GarbageCollectionOptions, keyof SessionOptions>

/** Checks the options of garbage collection; returns them apart from the flat set. */
export function splitOptions(options: GarbageCollectionOptions): { own: OwnOptions; flat: SessionOptions } {
  const { includeExpired, dryRun, segments, concurrency, maxWriteRate, maxReadRate, signal, resumeToken, onProgress, ...flat } = options
  for (const [name, value] of Object.entries({ includeExpired, dryRun })) {
    if (value !== undefined && typeof value !== 'boolean') refuse(name, `must be true or false; it is a ${typeof value}`)
  }
  for (const [name, value, most] of [
    ['segments', segments, MAX_SEGMENTS],
    ['concurrency', concurrency, 64],
  ] as const) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most))
      refuse(name, `must be a whole number from 1 to ${most}`)
  }
  for (const [name, value] of Object.entries({ maxWriteRate, maxReadRate })) {
    if (value !== undefined && !(typeof value === 'number' && value > 0 && value <= MAX_RATE)) {
      refuse(name, `must be a number of capacity units per second, above 0 and at most ${MAX_RATE}`)
    }
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) refuse('signal', 'must be an AbortSignal')
  if (resumeToken !== undefined && typeof resumeToken !== 'string') refuse('resumeToken', 'must be the text that a stopped run returned')
  if (onProgress !== undefined && typeof onProgress !== 'function') refuse('onProgress', 'must be a function')
  // Ignoring it would collect another table than the caller means.
  if (flat.driver !== undefined) refuse('driver', 'cannot tell its table here: give the options of the table')
  const own = { includeExpired, dryRun, segments, concurrency, maxWriteRate, maxReadRate, signal, resumeToken, onProgress }
  return { own: Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as OwnOptions, flat }
}

function refuse(name: string, problem: string): never {
  throw new InvalidOptionError(name, problem)
}
