import { hashId } from './id.ts'

/** How a key is shown that is an id: without hashing the table holds ids themselves, which no message may show. */
export function concealed(key: string): string {
  return `(SHA-256 ${hashId(key).slice(0, 16)})`
}

/** Takes an id, as its `key`, out of an error. */
export function conceal(error: Error & { key?: unknown }): void {
  const { key } = error
  if (typeof key !== 'string' || clean.has(error)) return
  clean.add(error)
  const shown = concealed(key)
  Object.assign(error, { key: shown, message: error.message.replaceAll(key, shown), stack: error.stack?.replaceAll(key, shown) })
}

const clean = new WeakSet<Error>()
