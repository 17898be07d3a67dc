// No engine, but a server that answers what sessions ask, at once and from memory: what is left to measure are the clients. It reads and
// writes bare sockets, so that with 50 requests in flight the client is what is slow. `stub.ts` prints its endpoint.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { VISITOR } from '../contenders/contender.ts'

const END = '\r\n\r\n'
const now = Math.floor(Date.now() / 1000)
const times = { created_at: { N: String(now) }, updated_at: { N: String(now) }, expire_at: { N: String(now + 1_209_600) } }
const item = { data: { S: JSON.stringify(VISITOR) }, ...times, version: { S: 'stub' } }

/** Every key has the same item; writes are done, whatever their condition. */
function answer(head: string, body: string): string {
  if (!head.includes('.GetItem')) return '{}'
  const key = /"S":"([^"]*)"/.exec(body)?.[1] ?? ''
  return JSON.stringify({ Item: { session_id: { S: key }, ...item } })
}

const server = createServer({ noDelay: true }, (socket) => {
  let received = ''
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    received += text
    for (let end = received.indexOf(END); end >= 0; end = received.indexOf(END)) {
      const head = received.slice(0, end)
      const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      const next = end + END.length + length
      if (received.length < next) return
      const body = answer(head, received.slice(end + END.length, next))
      received = received.slice(next)
      const headers = `Content-Type: application/x-amz-json-1.0\r\nContent-Length: ${body.length}\r\nx-amz-crc32: ${crc32(body)}`
      socket.write(`HTTP/1.1 200 OK\r\nx-amzn-RequestId: STUB\r\nDate: ${new Date().toUTCString()}\r\n${headers}${END}${body}`)
    }
  })
})
// As the engine: it lives as long as its starter.
process.stdin.once('close', () => process.exit(0)).resume()
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
