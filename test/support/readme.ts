import { readFileSync } from 'node:fs'

/** The code block after `<!-- test: name -->` in README.md, word for word; without that marker there is nothing to test, which is an error. */
export function readmeBlock(name: string): string {
  const block = blocks().get(name)
  if (block === undefined) throw new Error(`README.md has no code block after a marker \`<!-- test: ${name} -->\``)
  return block
}

/** The names of all marked blocks. */
export function readmeMarkers(): string[] {
  return [...readme().matchAll(/<!-- test: (.+?) -->/g)].map(([, name]) => name as string)
}

export function readme(): string {
  return readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
}

function blocks(): Map<string, string> {
  return new Map(
    [...readme().matchAll(/<!-- test: (.+?) -->\n```ts\n(.*?)^```$/gms)].map(([, name, code]) => [name as string, code as string]),
  )
}
