/** React Router's and Remix's name for a value that lasts until it is read once; the other adapters use it as well. */
export function flashKey(name: string): string {
  return `__flash_${name}__`
}

/** The name within a flash key; `undefined` for any other key. */
export function flashName(key: string): string | undefined {
  return key.startsWith('__flash_') && key.endsWith('__') && key.length >= 10 ? key.slice(8, -2) : undefined
}
