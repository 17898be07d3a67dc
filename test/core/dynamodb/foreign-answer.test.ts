// What comes from something else than DynamoDB is named as such, at once, and is never taken for a success.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { foreignAnswer } from '../../../src/core/dynamodb/foreign-answer.ts'
import type { Operation } from '../../../src/core/dynamodb/model.ts'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { commandsOf } from '../../../src/core/dynamodb/sdk/commands.ts'
import { loadSdk } from '../../../src/core/dynamodb/sdk/load.ts'
import { diagnose } from '../../../src/doctor/doctor.ts'
import { createSessionStore, ensureSessionTable } from '../../../src/index.ts'
import { bareClient, onEveryEngine } from '../../support/engines.ts'

const HTML = '<!doctype html><title>secret</title>'
const JSON_TYPE = { 'content-type': 'application/json' }

const OPERATIONS = Object.keys(commandsOf(await loadSdk())) as Operation[]

type Answer = readonly [status: number, headers: Record<string, string>, body: string]

const ANSWERS: Record<string, readonly [answer: Answer, what: string]> = {
  'a page': [[200, { 'content-type': 'text/html' }, HTML], '200 with a page of HTML or XML'],
  'a page of an application behind API Gateway': [[200, { 'x-amzn-requestid': 'a' }, `\n ${HTML}`], '200 with a page of HTML or XML'],
  'nothing but braces': [[200, JSON_TYPE, '{}'], '200 with {}'],
  'JSON of an application': [[200, JSON_TYPE, '{"status":"secret"}'], '200 with JSON of another kind'],
  'a list': [[200, JSON_TYPE, '["secret"]'], '200 with something else than JSON'],
  nothing: [[200, {}, ''], '200 with nothing'],
  text: [[200, { 'content-type': 'text/plain' }, 'secret'], '200 with something else than JSON'],
  'a redirect': [[302, { location: 'https://login.example/sso?token=secret' }, ''], '302 with a redirect to https://login.example/sso;'],
  'a moved page': [[301, { location: '/', 'content-type': 'text/html' }, HTML], '301 with a page of HTML or XML'],
  'a refusal': [[403, JSON_TYPE, '{"message":"secret"}'], '403 with JSON of another kind'],
  'a page that refuses': [[403, { 'content-type': 'text/html' }, HTML], '403 with a page of HTML or XML'],
  'no such page': [[404, { 'content-type': 'text/plain' }, 'Cannot POST / secret'], '404 with something else than JSON'],
  'no such method': [[405, {}, ''], '405 with nothing'],
  'a gateway without what is behind it': [[502, { 'content-type': 'text/html' }, HTML], '502 with a page of HTML or XML'],
  'a service that is down': [[503, { 'content-type': 'text/plain' }, 'secret'], '503 with something else than JSON'],
}

describe.each(['http', 'sdk'] as const)('by transport %s, an endpoint that is not DynamoDB', (transport) => {
  let server: Server
  let endpoint: string
  let answer: Answer
  let asked = 0
  let stores = 0
  beforeAll(async () => {
    server = createServer((request, response: ServerResponse) => {
      asked++
      request.resume()
      const [status, headers, body] = answer
      response.writeHead(status, headers).end(body)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => void server.close())

  describe.each(Object.entries(ANSWERS))('that returns %s', (_, [given, what]) => {
    it('is named with its status and URL, quoting nothing', async () => {
      answer = given
      // A client of its own, which has not reached anything yet.
      const store = createSessionStore({ transport, endpoint, tableName: `not-${stores++}` })
      const id = 'x'.repeat(43)
      const works = {
        read: () => store.read(id),
        create: () => store.create({ a: 1 }),
        destroy: () => store.destroy(id),
        ensure: () => ensureSessionTable({ transport, endpoint }),
      }
      for (const work of Object.values(works)) {
        asked = 0
        const error = (await work().catch((reason: unknown) => reason)) as Error & { code: string }
        expect(error).toMatchObject({ name: 'DynamoDBRequestError', code: 'NOT_DYNAMODB' })
        expect(`${error.message};`).toContain(`${endpoint} is not DynamoDB: it returned ${what}`)
        expect(error.message).toContain('set `endpoint`')
        expect(`${error.stack} ${String((error.cause as Error).stack)}`).not.toContain('secret')
        // It is tried again after 5xx.
        expect(asked).toBeLessThanOrEqual(given[0] >= 500 ? 3 : 1)
      }
    })

    it('fails the connection of the doctor', async () => {
      answer = given
      const checks = await diagnose({ transport, endpoint, secretKey: 'x'.repeat(40), maxAttempts: 1 })
      expect(checks.find(({ name }) => name === 'connection')).toMatchObject({
        status: 'fault',
        detail: expect.stringContaining(`${endpoint} is not DynamoDB`) as unknown,
      })
    })
  })

  it.each(OPERATIONS)('is no success of %s, whoever made the client', async (operation) => {
    answer = [200, JSON_TYPE, '{}']
    for (const options of [{ transport, endpoint }, { client: bareClient(endpoint) }]) {
      const { send, dispose } = openTransport(options)
      await expect(send(operation, { TableName: 'a' } as never)).rejects.toMatchObject({ kind: 'foreign', httpStatus: 200 })
      dispose()
    }
  })

  it('is named by the variable that leads there', async () => {
    answer = [404, {}, 'Not Found']
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint)
    try {
      await expect(createSessionStore({ transport, tableName: 'by-variable' }).read('x'.repeat(43))).rejects.toThrow('set AWS_ENDPOINT_URL')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

onEveryEngine(({ options }) => {
  it.each(['http', 'sdk'] as const)(
    'by transport %s, a page with 502 after answers of DynamoDB is a bad moment of a proxy: a write goes on',
    async (transport) => {
      const { hostname, port } = new URL(options.endpoint)
      let pages = 0
      const proxy = createServer(async (request, response) => {
        const parts: Buffer[] = []
        for await (const part of request) parts.push(part as Buffer)
        if (pages > 0) return void (pages--, response.writeHead(502, { 'content-type': 'text/html' }).end(HTML))
        const headers = { ...(request.headers as Record<string, string>), host: `${hostname}:${port}` }
        const { 'content-length': _length, connection: _connection, ...rest } = headers as Record<string, string>
        const passed = await fetch(options.endpoint, { method: 'POST', headers: rest, body: Buffer.concat(parts) })
        response.writeHead(passed.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await passed.text())
      }).listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      try {
        const store = createSessionStore({ ...options, transport, endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` })
        const record = await store.create({ n: 1 })
        pages = 4
        expect((await store.update(record, { n: 2 }))?.data).toEqual({ n: 2 })
      } finally {
        proxy.closeAllConnections()
        proxy.close()
      }
    },
  )
})

describe('an answer that may be DynamoDB’s', () => {
  const bytes = (text: string): Buffer => Buffer.from(text)
  it.each([
    ['without headers of AWS, by what is in it', 200, JSON_TYPE, '{"Item":{}}'],
    ['that found nothing', 200, { 'content-type': 'application/x-amz-json-1.0' }, '{}'],
    ['of DynamoDB Local', 200, { 'x-amzn-requestid': 'a', 'content-type': 'application/json' }, '{}'],
    ['cut short', 200, JSON_TYPE, '{"Item":{"a'],
    ['that is an error', 400, JSON_TYPE, '{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}'],
    ['that throttles', 429, {}, ''],
    ['of AWS without a body', 503, { 'x-amzn-requestid': 'a' }, ''],
  ] as [string, number, Record<string, string>, string][])('%s', (_, status, headers, body) => {
    expect(foreignAnswer(status, headers, bytes(body))).toBeUndefined()
  })
})
