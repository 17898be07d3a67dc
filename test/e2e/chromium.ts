// The system's Chromium, headless and without a word to the network.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, describe } from 'vitest'

/** Of this file of tests alone; a text says why there is none. */
const found = await startChromium()

/** A suite that a browser is needed for; where there is none, its tests are skipped, and the reason is printed. */
export function inChromium(name: string, suite: (chromium: Browser) => void): void {
  const isMissing = typeof found === 'string'
  if (isMissing) console.log(`Skipped, ${name}: ${found}`)
  describe.skipIf(isMissing)(name, () => {
    afterAll(async () => {
      if (!isMissing) await found.close()
    })
    // Without one, too, so that what is skipped is counted; nothing in it runs.
    suite(found as Browser)
  })
}

/** What goes wrong in a page from now on. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  return errors
}

async function startChromium(): Promise<Browser | string> {
  const executablePath = await findChromium()
  if (!executablePath) return 'there is no chromium on the PATH (`apt-get install chromium`)'
  // No sandbox: tests may run as root, and open pages of their own only.
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  // Pages that a user can go back to are kept, as everywhere but in tests.
  return chromium.launch({ executablePath, headless: true, args: quiet, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
}

let shots = 0

/** Kept where `SCREENSHOTS` says, for somebody to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${++shots}-${name}.png`), fullPage: true })
}

async function findChromium(): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v chromium || command -v chromium-browser || true'])
  return stdout.trim()
}
