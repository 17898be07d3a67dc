// TLS in front of a server, as a process of its own: `tls.ts TARGET` prints its endpoint. Its certificate is that of the tests, which
// `NODE_EXTRA_CA_CERTS` makes a trusted one.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { CERTIFICATE } from './certificate.ts'

const { hostname, port } = new URL(process.argv[2] as string)
const key = readFileSync(CERTIFICATE.replace(/pem$/, 'key'))
const server = createServer({ cert: readFileSync(CERTIFICATE), key }, (client) => {
  const target = connect({ host: hostname, port: Number(port), noDelay: true })
  client.setNoDelay(true)
  client.pipe(target).pipe(client)
  client.on('error', () => target.destroy())
  target.on('error', () => client.destroy())
})
// As the engine: it lives as long as its starter.
process.stdin.once('close', () => process.exit(0)).resume()
server.listen(0, 'localhost', () => console.log(`https://localhost:${(server.address() as AddressInfo).port}`))
