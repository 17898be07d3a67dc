// What stands between an application and an engine, and can be out of order in the ways that networks and hosts are.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'

export const OUTAGES = ['silent', 'breaking connections', 'refusing connections', 'frozen', 'answering byte by byte'] as const
export type Outage = (typeof OUTAGES)[number]

export interface Gate {
  readonly endpoint: string
  open(): Promise<void>
  close(): Promise<void>
}

/** A gate of its own for the tests of one suite, open at first. */
export function useGate(engine: { readonly endpoint: string }, outage: Outage): Gate {
  // Looked up when it is needed: what stands behind the gate may start as late as the suite itself.
  const target = (): URL => new URL(engine.endpoint)
  const gate = outage === 'frozen' ? freezer(target) : inProcess(target, outage)
  beforeAll(() => gate.open())
  afterAll(() => gate.stop())
  return gate
}

function inProcess(target: () => URL, outage: Exclude<Outage, 'frozen'>): Gate & { stop(): void } {
  const sockets = new Set<Socket>()
  let isOpen = true
  let port = 0
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    if (!isOpen && outage === 'breaking connections') return void socket.resetAndDestroy()
    if (!isOpen && outage === 'silent') return
    const onward = connect(Number(target().port), target().hostname).on('error', () => socket.destroy())
    sockets.add(onward)
    socket.pipe(onward)
    if (isOpen) onward.pipe(socket)
    else drip(onward, socket).catch(() => socket.destroy())
  })
  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const listen = async (): Promise<void> => {
    if (server.listening) return
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    ;({ port } = server.address() as AddressInfo)
  }
  return {
    get endpoint() {
      return `http://127.0.0.1:${port}`
    },
    async open() {
      isOpen = true
      drop()
      await listen()
    },
    async close() {
      isOpen = false
      if (outage === 'refusing connections') server.close()
      drop()
    },
    stop() {
      drop()
      server.close()
    },
  }
}

/** Passes on the headers, and of the body a byte every 500 ms, so that nothing ever seems to stand still. */
async function drip(from: Socket, to: Socket): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const body = chunk.indexOf('\r\n\r\n') + 4
    to.write(chunk.subarray(0, body))
    for (const byte of chunk.subarray(body)) {
      await sleep(500)
      if (to.destroyed) return
      to.write(Buffer.of(byte))
    }
  }
}

const FORWARDER = `
  const { connect, createServer } = require('node:net')
  const [port, host] = process.argv.slice(1)
  createServer((socket) => {
    const onward = connect(Number(port), host).on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy()).pipe(onward).pipe(socket)
  }).listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })
`

/** A process that is stopped: its kernel takes as many connections as the backlog holds, and answers no further SYN, like an address without a host. */
function freezer(target: () => URL): Gate & { stop(): void } {
  let child: ChildProcess | undefined
  let port = 0
  let waiting: Socket[] = []
  return {
    get endpoint() {
      return `http://127.0.0.1:${port}`
    },
    async open() {
      for (const socket of waiting) socket.destroy()
      waiting = []
      if (child) {
        child.kill('SIGCONT')
        return void (await sleep(200)) // while its backlog empties, connections are refused as before
      }
      child = spawn(process.execPath, ['-e', FORWARDER, target().port, target().hostname], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
      port = Number(line)
    },
    async close() {
      child?.kill('SIGSTOP')
      waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}))
      await sleep(50)
    },
    stop() {
      for (const socket of waiting) socket.destroy()
      child?.kill('SIGKILL')
    },
  }
}
