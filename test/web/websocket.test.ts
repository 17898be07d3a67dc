// The recipe for WebSockets in docs/web.md, on crossws and a server of Node.
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Hooks } from 'crossws'
import crossws from 'crossws/adapters/node'
import WebSocket from 'crossws/websocket'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openSession } from '../../src/web.ts'
import { onEveryEngine } from '../support/engines.ts'
import { readmeBlock } from '../support/readme.ts'

onEveryEngine((table) => {
  // Equal options of one process share what they open, and so the engine that the environment named then.
  const secretKey = `a long and random secret on ${table.engine.name}`
  let folder: string
  let server: Server
  let host: string
  beforeAll(async () => {
    await mkdir(join(import.meta.dirname, '.readme'), { recursive: true })
    folder = await mkdtemp(join(import.meta.dirname, '.readme/run-'))
    const file = join(folder, 'crossws.ts')
    await writeFile(file, readmeBlock('crossws', 'docs/web.md'))
    vi.stubEnv('SESSION_SECRET', secretKey)
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', table.engine.endpoint)
    vi.stubEnv('AWS_DYNAMO_DB_SESSION_TABLE_NAME', table.options.tableName)
    const { hooks } = (await import(/* @vite-ignore */ file)) as { hooks: Hooks }
    const sockets = crossws({ hooks })
    server = createServer()
    server.on('upgrade', (request, socket, head) => void sockets.handleUpgrade(request, socket, head))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A session, as a log-in made it. */
  const logIn = async (): Promise<{ cookie: string; logOut: () => Promise<void> }> => {
    const options = { ...table.options, secretKey, userIdKey: 'userId' }
    const session = await openSession<{ userId: string }>({ cookie: undefined, host }, options)
    session.data.userId = 'ada'
    await session.regenerate()
    const cookie = String(session.headers().getSetCookie()[0]).split(';')[0] as string
    return { cookie, logOut: async () => (await openSession({ cookie, host }, options)).destroy() }
  }
  /** Resolves with the status of a handshake that was refused, or with the socket. */
  const open = async (headers: Record<string, string>): Promise<number | InstanceType<typeof WebSocket>> => {
    const socket = new (WebSocket as unknown as NodeSocket)(`ws://${host}`, { headers })
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(socket))
      socket.on('unexpected-response', (_, response: { statusCode: number }) => resolve(response.statusCode))
      socket.on('error', reject)
    })
  }

  it('opens a socket for a user of this site only, and closes it once the user has logged out', async () => {
    const { cookie, logOut } = await logIn()
    const origin = `http://${host}`
    expect(await open({ origin })).toBe(401)
    expect(await open({ origin: 'https://evil.example', cookie })).toBe(403)
    expect(await open({ cookie })).toBe(403)
    const socket = (await open({ origin, cookie })) as WebSocket
    const next = (): Promise<string> => once(socket, 'message').then(([data]) => String((data as MessageEvent).data ?? data))
    const first = next()
    socket.send('hello')
    expect(await first).toBe('ada: hello')
    await logOut()
    const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
    socket.send('hello again')
    expect(await closed).toBe(4401)
  })
})

type NodeSocket = new (
  url: string,
  options: { headers: Record<string, string> },
) => WebSocket & { on(event: string, listener: (...args: never[]) => void): void }
