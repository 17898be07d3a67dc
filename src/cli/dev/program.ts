// What `dev -- COMMAND` runs on the engine: an application, or its tests.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { UsageError } from '../errors.ts'
import type { Terminal } from '../terminal.ts'

export interface Program {
  /** Its exit code, or 128 and the number of the signal that ended it, as shells say it. Rejects with UsageError where it cannot be started. */
  readonly ended: Promise<number>
  /** Asks it to end, and waits until it did. */
  stop(): Promise<void>
}

/**
 * Starts a program that finds the engine as AWS's SDK and this package do.
 * @param words its name and its arguments, as a shell would hand them over.
 */
export function startProgram(words: readonly string[], endpoint: string, { json }: Pick<Terminal, 'json'>): Program {
  const isWindows = process.platform === 'win32'
  // There what npm installs are scripts, which only the shell runs.
  const [file = '', ...args] = isWindows ? [words.map(quotedForCmd).join(' ')] : words
  const child = spawn(file, args, {
    // With `--json` the standard output is one document of ours.
    stdio: ['inherit', json ? process.stderr : 'inherit', 'inherit'],
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: endpoint },
    shell: isWindows,
  })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', ({ code }: NodeJS.ErrnoException) => reject(new UsageError(`The program ${words[0]} cannot be started (${code})`)))
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
  })
  return {
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await ended
    },
  }
}

/** cmd.exe keeps a word with blanks together by quotes. */
function quotedForCmd(word: string): string {
  return /[\s"&|<>^]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word
}
