// How the playground starts and ends: on both addresses of localhost, and with whoever started it.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../engines/index.ts'
import { bareEnvironment } from '../e2e/server.ts'

const ROOT = join(import.meta.dirname, '../..')
const hasIPv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'))
if (!hasIPv6) console.log('This machine has no ::1: its test is skipped')

/** Started as by hand: npm, its shell, the watcher, the server. */
async function start(more: Record<string, string> = {}): Promise<{ url: string; pid: number; output(): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'playground-start-'))
  const child = spawn('npm', ['run', 'playground'], {
    cwd: ROOT,
    env: { ...bareEnvironment(), PLAYGROUND_DATA: folder, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that nothing is left of it when the test fails.
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  onTestFinished(async () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  await expect.poll(() => output, { timeout: 60_000 }).toMatch(/URL +http/)
  return { url: /URL +(\S+)/.exec(output)?.[1] as string, pid: child.pid as number, output: () => output }
}

function answers(host: string, port: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host, port, path: '/', agent: false }, (response) => (response.destroy(), resolve(true))).on('error', () => resolve(false))
  })
}

test.skipIf(!hasIPv6)('answers on localhost by IPv4 and IPv6', async () => {
  const { port } = new URL((await start({ PORT: String(await freePort()) })).url)
  expect(await Promise.all(['127.0.0.1', '::1', 'localhost'].map((host) => answers(host, port)))).toEqual([true, true, true])
})

test.each(['SIGTERM', 'SIGKILL'] as const)('ends with npm after a %s, and frees its port', async (signal) => {
  const { url, pid } = await start({ PORT: String(await freePort()) })
  const { port } = new URL(url)
  expect(await answers('127.0.0.1', port)).toBe(true)
  process.kill(pid, signal)
  await expect.poll(() => answers('127.0.0.1', port), { timeout: 15_000 }).toBe(false)
  // The whole group has ended, the watcher too.
  await expect.poll(() => isGroupAlive(pid), { timeout: 15_000 }).toBe(false)
})

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
