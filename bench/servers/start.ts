// Programs beside a benchmark, in processes of their own so that their work is not counted as ours. They end with the benchmark.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../test/engines/port.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
process.env.AWS_REGION ??= 'us-east-1'

/** Starts a file of this folder, and returns the first line it prints. */
export async function start(file: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return line
}

/** Starts the engine that is closest to DynamoDB. */
export async function startEngine(): Promise<{ readonly name: string; readonly endpoint: string; readonly pid: string }> {
  const [name, endpoint, pid] = (await start('engine.ts')).split(' ') as [string, string, string]
  return { name, endpoint, pid }
}

/** Starts Redis, which keeps nothing on the disk. @returns its URL; `undefined` where there is no `redis-server`. */
export async function startRedis(): Promise<string | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill())
  for await (const line of createInterface(child.stdout)) if (line.includes('Ready to accept connections')) break
  child.stdout.resume()
  return `redis://127.0.0.1:${port}`
}

/** What a table says where Redis is missing. */
export const NO_REDIS = 'no redis-server on this machine (Debian: `apt-get install redis-server`)'
