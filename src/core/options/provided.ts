// Options that a framework's module gives to the whole process, because they are known only when the server runs.
import { CONNECTION } from './types.ts'
import type { SessionOptions } from './types.ts'

/** Shared by every copy of this package in the process. */
const PROVIDED = Symbol.for('dynamodb-sessions.provided')
const shared = globalThis as { [PROVIDED]?: () => SessionOptions }

/** @param get is called at each use, so that wrong options are an error of that use, and not of the server's start. */
export function provideOptions(get: () => SessionOptions): void {
  shared[PROVIDED] = get
}

export function areOptionsProvided(): boolean {
  return shared[PROVIDED] !== undefined
}

/** `options` above the provided ones. A driver has its table and connection already, so that it takes none of the provided ones. */
export function withProvided<Options extends SessionOptions>(options: Options): Options {
  const provided = shared[PROVIDED]?.() as Options | undefined
  if (!provided || options === provided) return options
  const own = Object.entries(options).filter(([, value]) => value !== undefined)
  if (own.length === 0) return provided
  const below =
    options.driver === undefined ? provided : { ...provided, ...Object.fromEntries(CONNECTION.map((name) => [name, undefined])) }
  return { ...below, ...(Object.fromEntries(own) as Options) }
}
