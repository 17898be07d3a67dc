// A proxy that adds latency, as a process of its own: `delay.ts TARGET MILLISECONDS` prints its endpoint.
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

const [target, milliseconds] = process.argv.slice(2) as [string, string]
const { hostname, port } = new URL(target)

const server = createServer({ noDelay: true }, (client) => {
  const engine = connect({ host: hostname, port: Number(port), noDelay: true })
  pipeLate(client, engine)
  engine.pipe(client)
  for (const socket of [client, engine]) {
    socket.on('error', () => {
      client.destroy()
      engine.destroy()
    })
  }
})
// As the engine: it lives as long as its starter.
process.stdin.once('close', () => process.exit(0)).resume()
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))

function pipeLate(from: Socket, to: Socket): void {
  from.on('data', (chunk) => void setTimeout(() => to.write(chunk), Number(milliseconds)))
  from.on('end', () => void setTimeout(() => to.end(), Number(milliseconds)))
}
