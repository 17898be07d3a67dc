import { readFileSync } from 'node:fs'

/** The code block after `<!-- test: name -->` in a document, word for word; without that marker there is nothing to test, which is an error. */
export function readmeBlock(name: string, file = 'README.md'): string {
  const block = blocks(file).get(name)
  if (block === undefined) throw new Error(`${file} has no code block after a marker \`<!-- test: ${name} -->\``)
  return block
}

/** The names of all marked blocks. */
export function readmeMarkers(): string[] {
  return [...readme().matchAll(/<!-- test: (.+?) -->/g)].map(([, name]) => name as string)
}

export function readme(file = 'README.md'): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

function blocks(file: string): Map<string, string> {
  return new Map(
    [...readme(file).matchAll(/<!-- test: (.+?) -->\n```ts\n(.*?)^```$/gms)].map(([, name, code]) => [name as string, code as string]),
  )
}
