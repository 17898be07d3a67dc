// What a fault leaves in doubt.
import type { Fault } from '../support/proxy.ts'

/** After these the store knows what was done; after a delay too. */
const CERTAIN = new Set<Fault>(['throttle', 'twice'])
/** By these a request is done, and the answer that tells what it did may be lost. */
const UNHEARD = new Set<Fault>(['error after', 'reset after', 'truncate', 'twice', 'late'])

/** Whether the store cannot know if a request was carried out. */
export function isOutcomeUnknown(fault: Fault): boolean {
  return typeof fault !== 'number' && !CERTAIN.has(fault)
}

/** Whether a request may have been carried out without an answer that tells what it did. */
export function mayBeUnheard(fault: Fault): boolean {
  return UNHEARD.has(fault)
}
