// Processes that hold locks, and are killed or frozen meanwhile.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SessionOptions } from '../../src/index.ts'

export const DOORS = ['store', 'react-router', 'h3-1', 'h3-2'] as const
export type DoorName = (typeof DOORS)[number]

export interface Told {
  readonly done?: true
  /** The code of an error that the application caught. */
  readonly error?: string
}

export interface Worker {
  readonly process: ChildProcess
  logIn(door: DoorName): Promise<string>
  /** Adds `token` to the session's log under its lock. Rejects when the process dies before it returns. */
  append(door: DoorName, cookie: string, token: string, stop?: 'before' | 'after'): Promise<Told>
  /** Resolves once the process holds the lock for `token` and waits there. */
  holds(token: string): Promise<void>
  goOn(token: string): void
}

export async function startWorker(options: SessionOptions): Promise<Worker> {
  const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(options)], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  })
  const held = new Set<string>()
  child.on('message', ({ holds }: { holds?: string }) => holds !== undefined && held.add(holds))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const post = (path: string, cookie?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/${path}`, { method: 'POST', headers: cookie ? { cookie } : {} })
  return {
    process: child,
    async logIn(door) {
      const response = await post(door)
      return (response.headers.get('set-cookie') ?? '').split(';')[0] as string
    },
    async append(door, cookie, token, stop) {
      const response = await post(`${door}?${new URLSearchParams({ token, ...(stop ? { stop } : {}) })}`, cookie)
      const text = await response.text()
      return response.ok ? (JSON.parse(text) as Told) : { error: `${response.status} ${text}` }
    },
    async holds(token) {
      while (!held.has(token)) await once(child, 'message', { signal: AbortSignal.timeout(10_000) })
    },
    goOn: (token) => void child.send({ goOn: token }),
  }
}
