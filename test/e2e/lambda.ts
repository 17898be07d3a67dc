import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface LambdaRequest {
  /** Default GET. */
  readonly method?: string
  readonly path: string
  /** As `name=value`. */
  readonly cookies: readonly string[]
  readonly form?: Readonly<Record<string, string>>
}

export interface LambdaAnswer {
  readonly statusCode: number
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly cookies?: string[]
}

/** Invokes the handler of a built bundle, in a process of its own that has `env` alone, once for each request. */
export async function invokeOnLambda(
  project: string,
  bundle: string,
  env: NodeJS.ProcessEnv,
  requests: readonly LambdaRequest[],
): Promise<LambdaAnswer[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lambda.mjs'), bundle], { cwd: project, env })
  child.stdin.end(JSON.stringify(requests))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const json = /^ANSWERS (.*)$/m.exec(output)?.[1]
  if (json === undefined) throw new Error(output + errors)
  return JSON.parse(json) as LambdaAnswer[]
}
