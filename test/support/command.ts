// Runs the command as users do: as a process, of the sources as they are, so that no stale build is tested.
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** Processes at once: more would starve the engines, which share the processor. */
const AT_ONCE = 2

export interface RunOptions {
  /** On top of the tests' environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** What the standard input holds; it is closed afterwards. */
  readonly input?: string
  /** On a pseudo-terminal: `stdout` is then everything that it showed, and the input stays open. */
  readonly terminal?: boolean
  /** Told of the process once it runs. */
  readonly started?: (child: ChildProcessWithoutNullStreams) => void
  /** Told what was written so far, on both outputs together, whenever it grows. */
  readonly watch?: (output: string, child: ChildProcessWithoutNullStreams) => void
}

export interface Ran {
  /** 128 and the signal's number for a process that a signal ended, as shells say it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The one JSON document of the standard output; `undefined` where it is none. */
  readonly json: Record<string, unknown> | undefined
}

/** Why there is no pseudo-terminal here; `undefined` where there is one. */
export function noTerminal(): string | undefined {
  try {
    return /util-linux/.test(execFileSync('script', ['--version'], { encoding: 'utf8' })) ? undefined : '`script` is not that of util-linux'
  } catch {
    return '`script` of util-linux is not installed'
  }
}

/** A runner of the command, in an empty folder of its own where nothing is configured. */
export function useCommand(): { run: (args: readonly string[], options?: RunOptions) => Promise<Ran>; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-sessions-cli-'))
  // Below node_modules, where the command finds what is not in the bundle.
  const cache = join(ROOT, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const bundled = mkdtempSync(join(cache, 'cli-'))
  beforeAll(() => bundle(bundled))
  afterAll(() => {
    for (const made of [folder, bundled]) rmSync(made, { recursive: true })
  })
  let running = 0
  const waiting: (() => void)[] = []
  return {
    folder,
    async run(args, options = {}) {
      if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
      running++
      try {
        return await runOnce([join(bundled, 'src/cli.js'), ...args], { cwd: folder, ...options })
      } finally {
        running--
        waiting.shift()?.()
      }
    },
  }
}

/** The sources in few files, with the SDK, once for all processes: loading it file by file takes longer than all that a command does. */
async function bundle(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/cli.ts'],
    outdir: join(folder, 'src'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['c12', 'dynalite'],
    // For what the SDK has in CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'))
}

async function runOnce(args: readonly string[], { env = {}, cwd, input, terminal, started, watch }: RunOptions): Promise<Ran> {
  const words = [process.execPath, ...args]
  const [file, ...rest] = terminal ? ['script', '-qec', words.map(quoted).join(' '), '/dev/null'] : words
  // Vitest itself sets variables that take colours away.
  const { NO_COLOR: _colour, CI: _ci, TEST: _test, FORCE_COLOR: _force, ...inherited } = process.env
  const child = spawn(file as string, rest, { cwd, env: { ...inherited, TERM: 'xterm', ...env } })
  started?.(child)
  let stdout = ''
  let stderr = ''
  const told = (): void => watch?.(stdout + stderr, child)
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    told()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
    told()
  })
  child.stdin.on('error', () => {}) // it may end without reading
  if (!terminal) child.stdin.end(input ?? '')
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return {
    code: code ?? (signal === 'SIGINT' ? 130 : 128),
    stdout,
    stderr,
    json: parsed(stdout),
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
