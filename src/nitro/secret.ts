import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A secret for `nuxt dev` and `nitro dev`. It is kept in `cache` of the build folder, which Nuxt spares when it cleans that folder and
 * which is no part of what is deployed, so that a restart ends no session.
 * @param variable sets the secret in production.
 * @param log is called when there is a new one.
 */
export async function developmentSecret(buildDir: string, variable: string, log: (line: string) => void): Promise<string> {
  const folder = join(buildDir, 'cache')
  const file = join(folder, 'dynamodb-sessions.secret')
  const kept = await readFile(file, 'utf8').catch(() => '')
  if (/^[\w-]{43}$/.test(kept)) return kept
  const secret = randomBytes(32).toString('base64url')
  await mkdir(folder, { recursive: true })
  await writeFile(file, secret, { mode: 0o600 })
  log(`Made a secret that signs session cookies in development only. In production, set ${variable} to a long random text.`)
  return secret
}
