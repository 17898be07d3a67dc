// The system's Chromium, headless and without a word to the network.
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

/** Starts it; a text says why there is none. */
export async function startChromium(): Promise<Browser | string> {
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
