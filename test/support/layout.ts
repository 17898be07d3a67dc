// The order in which the folders of src/ stand on each other, and what breaks it.
import type { Modules } from './modules.ts'

/** From the bottom: a folder imports from lower lines only, never from its own line's neighbours. */
const ORDER: readonly (readonly string[])[] = [
  ['core/base'],
  ['core/options', 'core/csrf'],
  ['core/dynamodb'],
  ['core/items'],
  ['core/sessions', 'core/values'],
  ['table', 'web', 'react-router', 'express', 'better-auth', 'astro', 'config', 'driver', 'remix3'],
  ['h3', 'gc', 'template', 'remix', 'testing'],
  ['doctor', 'nitro', 'index'],
  ['nuxt', 'cli'],
]

const FILE_LINES = 250
const FUNCTION_LINES = 120
/** A list of classes, which is easier to read in one piece. */
const LONG = 'src/core/base/errors.ts'

/** Imports that go up or sideways. */
export function wrongArrows(modules: Modules): string[] {
  return [...modules].flatMap(([file, { imports }]) =>
    imports
      .filter((target) => target.startsWith('src/') && folderOf(target) !== folderOf(file) && levelOf(target) >= levelOf(file))
      .map((target) => `${file} imports ${target}`),
  )
}

/** Each circle once, from the file at which it was entered. */
export function circles(modules: Modules): string[] {
  const found: string[] = []
  const done = new Set<string>()
  for (const file of modules.keys()) visit(file, [])
  return found

  function visit(file: string, path: readonly string[]): void {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (path.includes(file) || done.has(file)) return
    for (const target of modules.get(file)?.imports ?? []) visit(target, [...path, file])
    done.add(file)
  }
}

export function longFiles(modules: Modules): string[] {
  return [...modules].filter(([file, { lines }]) => lines > FILE_LINES && file !== LONG).map(([file]) => file)
}

export function longFunctions(modules: Modules): string[] {
  return [...modules].flatMap(([file, { functions }]) =>
    functions.filter(({ lines }) => lines > FUNCTION_LINES).map(({ name }) => `${name} in ${file}`),
  )
}

/** Folders, and files beside them, that have no place in the order. */
export function withoutPlace(modules: Modules): string[] {
  return [...new Set([...modules.keys()].map(folderOf))].filter((folder) => !ORDER.flat().includes(folder))
}

function levelOf(file: string): number {
  return ORDER.findIndex((folders) => folders.includes(folderOf(file)))
}

/** A face belongs to the folder of its name. */
function folderOf(file: string): string {
  return file.replace(/^src\/((?:core\/)?[\w-]+)(?:\/.*|\.ts)$/, '$1')
}
