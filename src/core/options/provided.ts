// Options that a framework's module gives to the whole process, because they are known only when the server runs.
import { sharedSlot } from '../base/shared.ts'
import { CONNECTION } from './types.ts'
import type { SessionOptions } from './types.ts'

const provided = sharedSlot<() => SessionOptions>('provided')

/** @param get is called at each use, so that wrong options are an error of that use, and not of the server's start. */
export function provideOptions(get: () => SessionOptions): void {
  provided.set(globalThis, get)
}

export function areOptionsProvided(): boolean {
  return provided.get(globalThis) !== undefined
}

/** `options` above the provided ones. A driver has its table and connection already, so that it takes none of the provided ones. */
export function withProvided<Options extends SessionOptions>(options: Options): Options {
  const given = provided.get(globalThis)?.() as Options | undefined
  if (!given || options === given) return options
  const own = Object.entries(options).filter(([, value]) => value !== undefined)
  if (own.length === 0) return given
  const below = options.driver === undefined ? given : { ...given, ...Object.fromEntries(CONNECTION.map((name) => [name, undefined])) }
  return { ...below, ...(Object.fromEntries(own) as Options) }
}
