// Programs beside a benchmark, in processes of their own so that their work is not counted as ours.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
process.env.AWS_REGION ??= 'us-east-1'

const children: ChildProcess[] = []

/** Starts a file of this folder, and returns the first line it prints. */
export async function start(file: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}

/** Ends what was started, and waits for it. */
export async function stopAll(): Promise<void> {
  for (const child of children) child.stdin?.end()
  for (const child of children) if (child.exitCode === null) await once(child, 'exit')
}

/** Starts the engine that is closest to DynamoDB. */
export async function startEngine(): Promise<{ readonly name: string; readonly endpoint: string; readonly pid: string }> {
  const [name, endpoint, pid] = (await start('engine.ts')).split(' ') as [string, string, string]
  return { name, endpoint, pid }
}
