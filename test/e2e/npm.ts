// npm, as a user would run it, in folders of the system's temporary one.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const AWS: readonly string[] = ['@aws-sdk/client-dynamodb']

/** The package as npm would publish it: what is built, or with the folder of a clean tree built for it. */
export async function pack(tree?: string): Promise<{ tarball: string; remove: () => Promise<void> }> {
  const shelf = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-pack-'))
  const args = ['pack', tree === undefined ? '--ignore-scripts' : '--foreground-scripts=false', '--json', '--pack-destination', shelf]
  const packed = JSON.parse(await npm(tree ?? process.cwd(), ...args)) as [{ filename: string }]
  return { tarball: join(shelf, packed[0].filename), remove: () => rm(shelf, { recursive: true, force: true }) }
}

/** An empty project, or with what is installed in another. */
export async function createProject(like?: string): Promise<{ project: string; remove: () => Promise<void> }> {
  const project = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-install-'))
  if (like === undefined) {
    await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true, type: 'module' }))
  } else {
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(like, file), join(project, file))
    // Hard links where there are such: what is installed is tens of thousands of files, and nobody changes one.
    const how = process.platform === 'linux' ? '-al' : '-a'
    const installed = join(like, 'node_modules')
    if (existsSync(installed)) await run(project, process.env, 'cp', how, installed, 'node_modules')
  }
  return { project, remove: () => rm(project, { recursive: true, force: true, maxRetries: 5 }) }
}

export async function install(project: string, ...packages: string[]): Promise<void> {
  await npm(project, 'install', ...STRICT, '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...packages)
}

export const MANAGERS = ['npm', 'pnpm'] as const

/** What a project's package.json names, but of this package what is packed. */
export async function installWith(project: string, tarball: string, manager: (typeof MANAGERS)[number] = 'npm'): Promise<void> {
  const file = join(project, 'package.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { dependencies: Record<string, string> }
  manifest.dependencies['dynamodb-sessions'] = `file:${tarball}`
  await writeFile(file, JSON.stringify(manifest))
  if (manager === 'npm') await install(project)
  else await run(project, process.env, 'npx', '--yes', 'pnpm@10', 'install', '--no-frozen-lockfile', '--ignore-scripts', '--prefer-offline')
}

/** What `install` would put where, in package-lock.json alone. */
export async function resolve(project: string, ...packages: string[]): Promise<void> {
  await install(project, '--package-lock-only', ...packages)
}

const STRICT = ['--no-force', '--no-legacy-peer-deps', '--no-strict-peer-deps']

function npm(cwd: string, ...args: string[]): Promise<string> {
  return run(cwd, process.env, 'npm', ...args)
}

/** Its standard output; a failure carries both streams, since npm explains an ERESOLVE in the second. */
export async function run(cwd: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`\`${command} ${args.join(' ')}\` failed\n${stdout ?? ''}\n${stderr ?? String(error)}`, { cause: error })
  }
}
