import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { pipeline } from 'node:stream'

/** Passes bytes on to the engine; `open` are the connections that it has. */
export async function startRelay(target: string): Promise<{ server: Server; endpoint: string; open: Set<Socket> }> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    pipeline(socket, connect(Number(port), hostname), socket, () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, open }
}
