// The playground as a process, and visitors of its pages.
import { spawn } from 'node:child_process'
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const children = new Set<ChildProcess>()

/** Ends all that were started, those included that never listened. */
export function killAll(): void {
  for (const child of children) child.kill('SIGKILL')
}

export interface Playground {
  readonly child: ChildProcess
  readonly url: string
}

/** Starts the program; what it prints is returned by `output`. */
export function run(folder: string, more: Record<string, string>): { child: ChildProcessWithoutNullStreams; output: () => string } {
  const { PATH, HOME } = process.env
  // Nothing of AWS in its environment: the embedded engine needs no more than a clone.
  const env: NodeJS.ProcessEnv = {
    PATH,
    HOME,
    NODE_ENV: 'development',
    PORT: '0',
    HOST: '127.0.0.1',
    PLAYGROUND_DATA: folder,
    NODE_NO_WARNINGS: '1',
    ...more,
  }
  const child = spawn(process.execPath, ['--import', 'tsx', 'playground/server.ts'], { cwd: ROOT, env })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  return { child, output: () => output }
}

/** Starts it on a folder of data, and waits until it listens. */
export async function start(folder: string, more: Record<string, string> = {}): Promise<Playground> {
  const { child, output } = run(folder, more)
  const ended = once(child, 'exit').then(() => 'ended')
  for (;;) {
    const url = /URL\s+(\S+)/.exec(output())?.[1]
    if (url) return { child, url }
    const news = await Promise.race([ended, once(child.stdout, 'data')])
    if (news === 'ended') throw new Error(`The playground did not start: ${output()}`)
  }
}

export async function end({ child }: Playground, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill(signal)
  const [code] = (await ended) as [number | null]
  return code
}

export interface Visitor {
  readonly cookie: string | undefined
  view(): Promise<string>
  press(intent: string, fields?: Record<string, string>): Promise<string>
  post(intent: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Response>
}

/** Keeps a cookie and follows the redirect after a form, as a browser does. */
export function createVisitor(cookie: string | undefined, urlOf: () => string): Visitor {
  async function request(init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
    const headers = { ...init.headers, ...(cookie === undefined ? {} : { Cookie: cookie }) }
    const response = await fetch(urlOf(), { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      expect(line).toMatch(/; HttpOnly; SameSite=Lax/)
      cookie = /Expires=Thu, 01 Jan 1970/.test(line) ? undefined : line.split(';')[0]
    }
    return response
  }
  async function view(): Promise<string> {
    const response = await request()
    expect(response.status).toBe(200)
    return response.text()
  }
  const post = (intent: string, fields: Record<string, string> = {}, headers?: Record<string, string>): Promise<Response> =>
    request({
      method: 'POST',
      body: new URLSearchParams({ intent, ...fields }),
      ...(headers ? { headers } : {}),
    })
  return {
    get cookie() {
      return cookie
    },
    view,
    post,
    async press(intent, fields) {
      const { origin, pathname } = new URL(urlOf())
      const response = await post(intent, fields, { Origin: origin })
      expect([response.status, response.headers.get('Location')]).toEqual([303, pathname])
      return view()
    },
  }
}

/** The text of what the page marks by that name, its own markup taken out. */
export function shown(page: string, name: string): string | undefined {
  return texts(page, 'data-show', name)
}

export function attribute(page: string, name: string): string | undefined {
  return texts(page, 'data-attribute', name)?.replaceAll('&quot;', '"')
}

/** The last cookie that was set, as the page tells of it. */
export function cookieOf(page: string): string | undefined {
  return texts(page, 'data-cookie', '')
}

function texts(page: string, mark: string, name: string): string | undefined {
  const [, , inside] = new RegExp(`<(\\w+)[^>]* ${mark}${name && `="${name}"`}[^>]*>(.*?)</\\1>`, 's').exec(page) ?? []
  return inside
    ?.replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
