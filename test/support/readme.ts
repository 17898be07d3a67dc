import { readFileSync } from 'node:fs'

/** Where the first steps are. Names of blocks are not used twice among them. */
const FIRST_STEPS = ['README.md', 'docs/react-router.md', 'docs/remix.md', 'docs/unstorage.md']

/** The code block after `<!-- test: name -->` in a document, word for word; without that marker there is nothing to test, which is an error. */
export function readmeBlock(name: string, file?: string): string {
  const files = file === undefined ? FIRST_STEPS : [file]
  const block = files.map((path) => blocks(path).get(name)).find((text) => text !== undefined)
  if (block === undefined) throw new Error(`${files.join(' or ')} has no code block after a marker \`<!-- test: ${name} -->\``)
  return block
}

/** The files of an application that a page shows: each block whose first line is a comment with its path, by that path. */
export function filesOf(page: string): Map<string, string> {
  const files = [...readme(page).matchAll(/^```\w+\n((?:\/\/|<!--) ([\w./+-]+\.\w+).*\n(?:.*\n)*?)```$/gm)]
  return new Map(files.map(([, code, path]) => [path as string, code as string]))
}

/** The names of all marked blocks of the first steps. */
export function readmeMarkers(): string[] {
  return FIRST_STEPS.flatMap((file) => [...readme(file).matchAll(/<!-- test: (.+?) -->/g)].map(([, name]) => name as string))
}

export function readme(file = 'README.md'): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

/** README's blocks that run without an installed framework. */
export const RUNNABLE: readonly string[] = [
  'table',
  'app/sessions.server.ts',
  'app/routes/login.ts',
  'app/middleware.server.ts',
  'app/routes/account.ts',
  'app/session.ts',
  'app/router.ts',
  'server.ts',
  'unstorage',
  'store',
]

/** The file that a block is, for TypeScript. */
export function fileOf(name: string): string {
  return name.endsWith('.ts') ? name : `${name}.ts`
}

function blocks(file: string): Map<string, string> {
  return new Map(
    [...readme(file).matchAll(/<!-- test: (.+?) -->\n```[jt]s\n(.*?)^```$/gms)].map(([, name, code]) => [name as string, code as string]),
  )
}
