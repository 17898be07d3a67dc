// What went wrong, by kinds that know nothing of the SDK.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import type { ClientOptions } from '../../../src/core/options/types.ts'
import { onEveryEngine } from '../../support/engines.ts'
import type { TestTable } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'
import { newKey } from './watched.ts'

onEveryEngine(({ engine, options }: TestTable) => {
  const proxy = useProxy(engine)
  const TableName = options.tableName

  describe.each(['http', 'sdk'] as const)('errors by transport %s', (transport) => {
    it.for([
      ['ResourceNotFoundException', 400, 'notFound'],
      ['ResourceInUseException', 400, 'inUse'],
      ['ProvisionedThroughputExceededException', 400, 'throttled'],
      ['ThrottlingException', 400, 'throttled'],
      ['RequestLimitExceeded', 400, 'throttled'],
      ['ValidationException', 400, 'validation'],
      ['SerializationException', 400, 'validation'],
      ['UnknownOperationException', 400, 'unsupported'],
      ['NotImplemented', 501, 'unsupported'],
      ['AccessDeniedException', 400, 'accessDenied'],
      ['UnrecognizedClientException', 400, 'credentialsRefused'],
      ['ExpiredTokenException', 400, 'credentialsRefused'],
      ['InvalidSignatureException', 400, 'credentialsRefused'],
      ['ReplicatedWriteConflictException', 400, 'server'],
      ['InternalServerError', 500, 'server'],
      ['ServiceUnavailable', 503, 'server'],
      ['ItemCollectionSizeLimitExceededException', 400, 'other'],
      ['TransactionConflictException', 400, 'other'],
      ['ThrottlingOfAnotherKind', 400, 'other'],
    ] as const)('of AWS: %s with %i is %s', async ([code, status, kind]) => {
      proxy.fault = () => ({ status, body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: 'told' } })
      const { send, dispose } = openTransport({ transport, endpoint: proxy.endpoint, maxAttempts: 1 })
      await expect(send('GetItem', { TableName, Key: newKey() })).rejects.toMatchObject({
        kind,
        name: code,
        httpStatus: status,
        attempts: 1,
        message: 'told',
      })
      dispose()
    })

    it.for([
      ['a connection that breaks', 'reset', 'unreachable'],
      ['an answer that breaks off', 'truncate', 'unreachable'],
      ['no answer in time', 1000, 'timeout'],
    ] as const)('of the network: %s', async ([, fault, kind]) => {
      proxy.fault = () => fault
      const { send, dispose } = openTransport({
        transport,
        endpoint: proxy.endpoint,
        maxAttempts: 1,
        requestTimeout: kind === 'timeout' ? 300 : 20_000,
      })
      await expect(send('GetItem', { TableName, Key: newKey() })).rejects.toMatchObject({ kind })
      dispose()
    })

    it.for([200, 400, 503])('of a page with %i in place of an answer, which is not quoted', async (status) => {
      const server = createServer((_, response) => void response.writeHead(status).end('<html>secret</html>')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { send, dispose } = openTransport({ transport, endpoint, maxAttempts: 1 })
      const error = (await send('GetItem', { TableName, Key: newKey() }).catch((reason: unknown) => reason)) as Error
      expect(error).toMatchObject({ kind: 'foreign', httpStatus: status })
      expect(`${error.stack} ${String(error.cause)}`).not.toContain('secret')
      dispose()
    })

    it('of what is missing: region, credentials, a reachable endpoint', async () => {
      const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
      const refused = { transport, region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 }
      const none = Object.assign(new Error('none'), { name: 'CredentialsProviderError' })
      const cases: [ClientOptions, string][] = [
        [refused, 'unreachable'],
        [{ ...refused, credentials: () => Promise.reject(none) }, 'credentialsMissing'],
        [{ ...refused, endpoint: 'nonsense' }, 'endpointInvalid'],
      ]
      for (const [connection, kind] of cases) {
        const told: unknown[] = []
        const { send } = openTransport(connection)
        const hooks = { onUnanswered: () => void told.push('unanswered'), onAnswer: () => void told.push('answer') }
        await expect(send('GetItem', { TableName, Key: newKey() }, hooks)).rejects.toMatchObject({ kind })
        expect(told).toEqual([])
      }
    })
  })
})
