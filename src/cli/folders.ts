import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Makes a folder, and those that it is in, one by one: Node's `recursive` tries for ever where the system has no place for one, as under
 * /proc. https://nodejs.org/api/fs.html#fsmkdirsyncpath-options
 * @returns whether it was not there.
 * @throws as `mkdirSync`; ENOTDIR where a file is in its place.
 */
export function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      if (isFolder(path)) return false
      throw statSync(path, { throwIfNoEntry: false }) ? Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' }) : error
    }
    const parent = dirname(path)
    // Where that was there already, there is no place in it.
    if (parent === path || !makeFolder(parent)) throw error
    mkdirSync(path)
    return true
  }
}

/** Tries what permissions, and disks that are read only, allow. @throws EACCES, EROFS or the like. */
export function checkFolder(path: string): void {
  readdirSync(path)
  rmdirSync(mkdtempSync(join(path, '.try-')))
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
