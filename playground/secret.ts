import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const BYTES = 32

/** The secret that signs cookies: made once, and kept in `folder`, so that cookies survive a restart. */
export async function keptSecret(folder: string): Promise<string> {
  const file = join(folder, 'secret')
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (kept.length >= BYTES) return kept
  const secret = randomBytes(BYTES).toString('base64url')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Renamed into place, so that a kill in between leaves no half of a secret.
  const draft = `${file}.${process.pid}`
  await writeFile(draft, secret, { mode: 0o600 })
  await rename(draft, file)
  return secret
}
