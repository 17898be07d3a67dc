// What npm has put into a project of the packages that must not come twice.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `name@version` of every copy of a framework's packages in the project, also those deep in other packages. */
export async function copies(project: string, file = 'node_modules/.package-lock.json'): Promise<string[]> {
  const lock = await readFile(join(project, file), 'utf8').catch(() => '{"packages":{}}')
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> }
  return Object.entries(packages)
    .map(([path, { version }]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version }))
    .filter(({ name }) => FRAMEWORKS.has(name))
    .map(({ name, version }) => `${name}@${version}`)
    .toSorted()
}

/** What must not come twice; whatever a framework brings of them on its own is what must be there afterwards. */
const FRAMEWORKS = new Set([
  'react-router',
  '@remix-run/server-runtime',
  '@remix-run/node',
  '@remix-run/session',
  'nuxt',
  '@nuxt/kit',
  'nitropack',
  'nitro',
  'h3',
  'unstorage',
  'express-session',
])
