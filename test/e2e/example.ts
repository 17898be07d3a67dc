// An example with a framework of its own, started by its one command where its packages are installed, with the packed package, and visited.
import { cp, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { createBrowser } from '../support/browser.ts'
import { createProject } from './npm.ts'
import { bareEnvironment, startServer } from './server.ts'

/** Copies what an example has in the repository, and not what somebody installed there. */
export async function copyExample(name: string, to: string): Promise<void> {
  const from = join(import.meta.dirname, '../../examples', name)
  await cp(from, to, { recursive: true, filter: (path) => basename(path) !== 'node_modules' })
}

/**
 * A test of examples/NAME.
 * @param installed a project with its packages, of which it gets a copy.
 * @param env on top of what a shell has.
 */
export function testExample(name: string, installed: () => string, env: () => NodeJS.ProcessEnv = () => ({}) as NodeJS.ProcessEnv): void {
  test(`examples/${name} counts visits, logs in and logs out, by its one command`, async ({ onTestFinished }) => {
    const { project, remove } = await createProject(installed())
    onTestFinished(remove)
    await copyExample(name, project)
    expect(await wrongVersions(project)).toEqual([])
    // No variable of AWS: the engine needs none.
    const server = await startServer(project, ['start'], { ...bareEnvironment(), ...env() }, 'npm')
    onTestFinished(() => server.terminate())
    // Development servers listen before they have built.
    await expect.poll(async () => (await fetch(`${server.origin}/not-a-page`)).status, { timeout: 60_000 }).not.toBe(503)
    const browser = createBrowser(server.origin)
    const look = async (path = '/', form?: Record<string, string>): Promise<string> => {
      const { status, text } = await browser.visit(path, form)
      expect(status, server.output()).toBe(200)
      return text
    }
    expect(await look()).toMatch(/visits\W+1\b/i)
    expect(await look()).toMatch(/visits\W+2\b/i)
    expect(await look('/login', { username: 'ada' })).toMatch(/\bada\b/)
    expect(await look()).toMatch(/visits\W+4\b.*\bada\b/is)
    const page = await look('/logout', {})
    expect(page).toMatch(/visits\W+1\b/i)
    expect(page).not.toMatch(/\bada\b/)
  })
}

/** What its package.json names and what is installed does not satisfy: carets and what is above a least version. */
async function wrongVersions(project: string): Promise<string[]> {
  const { dependencies, devDependencies } = await manifestIn(project)
  const problems: string[] = []
  for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
    const { version } = await manifestIn(join(project, 'node_modules', name)).catch(() => ({ version: 'nothing' }))
    const [least, found] = [numbersOf(range), numbersOf(version ?? '')]
    // In a caret the first number that is not 0 stays.
    const isSame = range.startsWith('^') ? least.slice(0, least.findIndex((part) => part > 0) + 1) : least.slice(0, 1)
    const isLess = least.map((part, index) => (found[index] ?? -1) - part).find((difference) => difference !== 0) ?? 0
    if (isLess < 0 || isSame.some((part, index) => part !== found[index])) problems.push(`${name} ${range}: ${version}`)
  }
  return problems
}

function numbersOf(version: string): number[] {
  return (/\d+\.\d+\.\d+/.exec(version)?.[0] ?? '').split('.').map(Number)
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}
