// What is not an answer of DynamoDB is never taken for one, and what is not DynamoDB gets nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSessionStore } from '../../../../src/index.ts'
import { signatureProblem } from '../../../support/signature.ts'
import { CREDENTIALS, KEY, answerWith, open, rawAnswer, serve, serveRaw } from './servers.ts'

const TableName = 'sessions'
const GET = { TableName, Key: KEY }
const FOUND = { Item: { ...KEY, data: { S: '{"cart":[1,2,3]}' } } }

describe('a server of TLS', () => {
  const folder = `${import.meta.dirname}/../../../fixtures/tls`
  async function serveTls(): Promise<{ port: number; asked: () => number }> {
    let asked = 0
    const server = createServer(
      { key: readFileSync(`${folder}/localhost.key`), cert: readFileSync(`${folder}/localhost.pem`) },
      (_, response) => {
        asked++
        answerWith(response, FOUND)
      },
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void (server.closeAllConnections(), server.close()))
    return { port: (server.address() as AddressInfo).port, asked: () => asked }
  }

  it('whose certificate nobody vouches for is refused before anything is sent', async () => {
    const { port, asked } = await serveTls()
    const told: string[] = []
    const { send } = open({ endpoint: `https://localhost:${port}` })
    const hooks = { onSend: () => void told.push('sent'), onUnanswered: () => void told.push('unanswered') }
    await expect(send('GetItem', GET, hooks)).rejects.toMatchObject({
      kind: 'unreachable',
      name: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      attempts: 1,
    })
    expect(told).toEqual([])
    expect(asked()).toBe(0)
  })

  it('is taken by its name only, where its certificate is trusted', async () => {
    const { port, asked } = await serveTls()
    const program = `
      const { openTransport } = await import(${JSON.stringify(`${import.meta.dirname}/../../../../src/core/dynamodb/open-transport.ts`)})
      const options = { transport: 'http', region: 'us-east-1', credentials: ${JSON.stringify(CREDENTIALS)}, maxAttempts: 1 }
      for (const host of ['localhost', '127.0.0.1']) {
        const { send } = openTransport({ ...options, endpoint: 'https://' + host + ':${port}' })
        console.log(await send('GetItem', ${JSON.stringify(GET)}).then(() => 'taken', (error) => error.name))
      }`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: `${folder}/localhost.pem` },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(await text(child.stdout)).toBe('taken\nERR_TLS_CERT_ALTNAME_INVALID\n')
    expect(asked()).toBe(1)
  })
})

describe('a region', () => {
  it.each(['evil.com/x#', 'us-east-1.evil.com', 'us-east-1@evil.com', 'a b', '-a', 'x'.repeat(64), 'us-east-1\nhost: evil.com'])(
    'like %j is refused, by whichever way it came',
    async (region) => {
      await expect(open({ region }).send('GetItem', GET)).rejects.toMatchObject({ kind: 'regionInvalid' })
      const store = createSessionStore({ transport: 'http', region, credentials: CREDENTIALS, tableName: `of-${Math.random()}` })
      await expect(store.read('x'.repeat(43))).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'region' })
    },
  )
})

describe('an answer', () => {
  it('that is whole is taken', async () => {
    const { endpoint, asked } = await serve((response) => answerWith(response, FOUND))
    expect(await open({ endpoint }).send('GetItem', GET)).toEqual({ output: FOUND, attempts: 1, requestId: 'REQUEST' })
    expect(signatureProblem(asked[0]!, 'secret')).toBeUndefined()
  })

  it('whose checksum is another is asked for again, and never taken', async () => {
    const { endpoint, asked } = await serve((response, _, count) =>
      answerWith(response, FOUND, count < 3 ? { headers: { 'x-amz-crc32': '1' } } : {}),
    )
    expect(await open({ endpoint }).send('GetItem', GET)).toMatchObject({ output: FOUND, attempts: 3 })
    await expect(
      open({ endpoint: (await serve((response) => answerWith(response, FOUND, { headers: { 'x-amz-crc32': '1' } }))).endpoint }).send(
        'GetItem',
        GET,
      ),
    ).rejects.toMatchObject({ kind: 'unparsable', name: 'CRC32CheckFailed', requestId: 'REQUEST' })
    expect(asked).toHaveLength(3)
  })

  it('that breaks off is asked for again, and never taken, though what came is JSON', async () => {
    const broken = (socket: import('node:net').Socket): void => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 999\r\n\r\n{}')
      setTimeout(() => socket.destroy(), 5)
    }
    const { endpoint, requests } = await serveRaw((socket, _, count) =>
      count < 3 ? broken(socket) : void socket.write(rawAnswer(JSON.stringify(FOUND))),
    )
    expect(await open({ endpoint }).send('GetItem', GET)).toMatchObject({ output: FOUND, attempts: 3 })
    expect(requests).toHaveLength(3)
    const chunked = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n')
      setTimeout(() => socket.destroy(), 5)
    })
    await expect(open({ endpoint: chunked.endpoint, maxAttempts: 1 }).send('GetItem', GET)).rejects.toMatchObject({
      kind: 'unreachable',
      name: 'ECONNRESET',
    })
  })

  it.each([301, 302, 303, 307, 308])('of %i is not followed', async (status) => {
    const other = await serve((response) => answerWith(response, FOUND))
    const headers = { location: other.endpoint }
    const redirects: Parameters<typeof serve>[0][] = [
      (response) => void response.writeHead(status, headers).end(),
      // Of something that looks like DynamoDB.
      (response) => answerWith(response, {}, { status, headers }),
    ]
    for (const redirect of redirects) {
      const { endpoint, asked } = await serve(redirect)
      await expect(open({ endpoint }).send('GetItem', GET)).rejects.toMatchObject({ httpStatus: status })
      expect(asked).toHaveLength(1)
    }
    expect(other.asked).toEqual([])
  })

  it('may come after what HTTP says in between', async () => {
    const { endpoint } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')
      socket.write(rawAnswer(JSON.stringify(FOUND)))
    })
    const { send } = open({ endpoint, maxAttempts: 1 })
    for (const _ of [1, 2]) expect((await send('GetItem', GET)).output).toEqual(FOUND)
  })

  it.each(['', 'null', '"text"', '[]', '{"Item":', '7'])('of %j is none', async (body) => {
    const { endpoint } = await serveRaw((socket) => void socket.write(rawAnswer(body)))
    await expect(open({ endpoint, maxAttempts: 1 }).send('GetItem', GET)).rejects.toMatchObject({ kind: 'unparsable' })
  })
})

describe('a connection that is closed at the moment of its use', () => {
  /** Answers once on each connection, and breaks it when it is used again. */
  async function serveOnce(): ReturnType<typeof serveRaw> {
    const used = new WeakSet()
    return serveRaw((socket) => {
      if (used.has(socket)) return void socket.resetAndDestroy()
      used.add(socket)
      socket.write(rawAnswer(JSON.stringify(FOUND)))
    })
  }

  it('costs a read no attempt', async () => {
    const { endpoint, requests } = await serveOnce()
    const { send } = open({ endpoint, maxAttempts: 1 })
    for (const _ of [1, 2, 3]) expect(await send('GetItem', GET)).toMatchObject({ output: FOUND, attempts: 1 })
    expect(requests).toHaveLength(5)
  })

  it('leaves a write to those who know what it does', async () => {
    const { endpoint } = await serveOnce()
    const told: string[] = []
    const { send } = open({ endpoint, maxAttempts: 1 })
    const put = { TableName, Item: KEY }
    await send('PutItem', put)
    await expect(send('PutItem', put, { onUnanswered: () => void told.push('unanswered') })).rejects.toMatchObject({ kind: 'unreachable' })
    expect(told).toEqual(['unanswered'])
  })
})
