import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../engines/index.ts'

export interface RunningServer {
  readonly origin: string
  /** What it has printed so far. */
  output(): string
  stop(): Promise<void>
  /** Asks it to end by itself, and waits until it did. */
  terminate(): Promise<void>
}

/** What a shell has, without region, credentials and what the test runner sets. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(AWS_|CI$|VITE|NODE_ENV$|NODE_OPTIONS$|TEST$|DEV$|PROD$|MODE$|SSR$|BASE_URL$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))) as NodeJS.ProcessEnv
}

/** What a server in production finds: region and credentials, and where DynamoDB is. */
export function serverEnvironment(endpoint: string): NodeJS.ProcessEnv {
  return {
    ...bareEnvironment(),
    NODE_ENV: 'production',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  }
}

/** Where a program listens that prints it; rejects once it has ended. */
export async function printedOrigin(child: ChildProcessWithoutNullStreams): Promise<string> {
  let output = ''
  const listens = new Promise<string>((resolve) => {
    const read = (text: string): void => {
      output += text
      const found = /^http:\/\/\S+:(\d+)/m.exec(output)
      if (found) resolve(`http://localhost:${found[1]}`)
    }
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', read)
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${child.spawnargs.join(' ')} did not start:\n${output}`)
  })
  return Promise.race([listens, ended])
}

/** Starts a Node program, with its arguments, that listens on `PORT`, and waits until it does; `node` is another Node's binary. */
export async function startServer(
  cwd: string,
  program: string | string[],
  env: NodeJS.ProcessEnv,
  node: string = process.execPath,
): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(node, [program].flat(), { cwd, env: { ...env, PORT: String(port), HOST: '127.0.0.1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = once(child, 'exit')
  const origin = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 900; tries++) {
    if (child.exitCode !== null) break
    const isUp = await fetch(`${origin}/not-a-page`).then(
      () => true,
      () => sleep(100, false),
    )
    if (isUp) {
      return {
        origin,
        output: () => output,
        async stop() {
          child.kill('SIGKILL')
          await exited
        },
        async terminate() {
          child.kill('SIGTERM')
          await exited
        },
      }
    }
  }
  child.kill('SIGKILL')
  throw new Error(`${String(program)} did not start:\n${output}`)
}
