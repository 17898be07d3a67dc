// The engine of dynamodb-sessions/testing behind DynamoDB's HTTP, since suites count, delay and break requests on their way.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Operation } from '../../src/core/dynamodb/model.ts'
import { TransportError } from '../../src/core/dynamodb/transport-error.ts'
import { createEngine } from '../../src/testing/engine.ts'

export interface RunningMemory {
  readonly name: 'memory'
  readonly endpoint: string
  stop(): Promise<void>
}

export async function startMemory(): Promise<RunningMemory> {
  const engine = createEngine()
  const server = createServer(async (request, response) => {
    const [status, body] = answerTo(String(request.headers['x-amz-target']), await text(request))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'memory' })
    response.end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  server.keepAliveTimeout = 60_000
  await once(server, 'listening')

  function answerTo(target: string, input: string): [status: number, body: object] {
    try {
      return [200, engine.run(target.split('.').at(-1) as Operation, JSON.parse(input) as never)]
    } catch (error) {
      if (!(error instanceof TransportError)) return [500, { __type: 'InternalServerError', message: String(error) }]
      const { name, message, item, httpStatus: status = 500 } = error
      return [status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...(item ? { Item: item } : {}) }]
    }
  }

  return {
    name: 'memory',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
