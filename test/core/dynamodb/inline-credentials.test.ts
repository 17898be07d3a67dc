// Options are commonly a literal inside a handler, a provider of credentials included.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'

const ID = 'x'.repeat(43)

describe('a provider of credentials that is made anew for each request', () => {
  let connections = 0
  const users = new Set<string>()
  const server = createServer((request, response) => {
    users.add(/Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1] ?? '')
    request.resume().on('end', () => response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}'))
  })
  let endpoint = ''
  beforeAll(async () => {
    server.on('connection', () => connections++).listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())

  it('shares connections, and never an identity', async () => {
    for (let n = 0; n < 100; n++) {
      const credentials = async () => ({ accessKeyId: `user${n}`, secretAccessKey: 'local' })
      await createSessionStore({ endpoint, region: 'us-east-1', credentials }).read(ID)
    }
    expect(connections).toBeLessThanOrEqual(3)
    expect(users.size).toBe(100)
  })
})
