// A small proxy in front of an engine: it counts what passes, and makes the faults that no engine here makes.
import { once } from 'node:events'
import { createServer, request as sendRequest } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { deferred } from '../../src/core/base/deferred.ts'
import { signatureProblem } from './signature.ts'

export type Fault =
  /** DynamoDB's throttling; nothing is done. */
  | 'throttle'
  /** A 500 before anything is done. */
  | 'error'
  /** A 500 although the engine did it. */
  | 'error after'
  /** The connection breaks before the engine saw the request. */
  | 'reset'
  /** The engine did it, and the answer is lost. */
  | 'reset after'
  /** It comes to the engine twice, and the second answer is the one. */
  | 'twice'
  /** The connection breaks, and the engine gets the request a while after. */
  | 'late'
  /** The answer breaks off half-way. */
  | 'truncate'
  /** Milliseconds that the request waits before it goes on. */
  | number
  /** An answer in place of the engine's. */
  | { readonly status: number; readonly body: unknown }

/** Milliseconds, in which the same request has been sent again. */
const LATE = 200

export interface ProxiedRequest {
  /** `GetItem`, `UpdateItem`, ... */
  readonly operation: string
  readonly body: Record<string, unknown>
}

/** The key of the session that a request for one item is about. */
export function itemKey({ body }: ProxiedRequest): string {
  const { session_id: id } = (body.Key ?? body.Item) as { session_id: { S: string } }
  return id.S
}

export interface Proxy {
  endpoint: string
  /** Everything that was asked for since the last reset, retries included. */
  readonly requests: ProxiedRequest[]
  /** Decides what happens to a request, which waits for that; `undefined` passes it on. */
  fault: (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>
  /** Milliseconds by which the answers' Date is ahead of this process's clock; `undefined` leaves the Date out. */
  ahead: number | undefined
  /** Changes the engine's answer. */
  rewrite: ((request: ProxiedRequest, answer: unknown) => unknown) | undefined
  operations(): string[]
  /** Resolves when every request that has come is done with, those too whose client waits no longer. */
  idle(): Promise<void>
  reset(): void
}

/** A proxy for the tests of one suite; its requests and faults are forgotten before each test. */
export function useProxy(engine: { readonly endpoint: string }): Proxy {
  const target = new URL(engine.endpoint)
  const under = new Set<Promise<unknown>>()
  const problems: string[] = []
  const server = createServer((incoming, outgoing) => {
    const handled = handle(incoming, outgoing)
      .catch(() => void outgoing.destroy())
      .finally(() => under.delete(handled))
    under.add(handled)
  })
  server.keepAliveTimeout = 60_000
  const proxy: Proxy = {
    endpoint: '',
    requests: [],
    fault: () => undefined,
    ahead: 0,
    rewrite: undefined,
    operations: () => proxy.requests.map(({ operation }) => operation),
    idle: async () => void (await Promise.all(under)),
    reset() {
      proxy.requests.splice(0)
      proxy.fault = () => undefined
      proxy.ahead = 0
      proxy.rewrite = undefined
    },
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const problem = problemOf(incoming, bytes)
    if (problem !== undefined) problems.push(`${incoming.headers['x-amz-target']}: ${problem}`)
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) as string
    // By this process's clock, which a test may have moved: the SDK takes a difference for clock skew and tries again.
    outgoing.sendDate = false
    if (proxy.ahead !== undefined) outgoing.setHeader('date', new Date(Date.now() + proxy.ahead).toUTCString())
    const request = { operation, body: JSON.parse(bytes.toString() || '{}') as Record<string, unknown> }
    proxy.requests.push(request)
    const fault = await proxy.fault(request)
    if (process.env.PROXY_LOG) console.log(operation, fault ?? '', bytes.toString())
    if (typeof fault === 'number') await sleep(fault)
    if (fault === 'reset') return void outgoing.socket?.resetAndDestroy()
    if (fault === 'throttle')
      return answer(outgoing, 400, {
        __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        message: 'slow down',
      })
    if (fault === 'error') return answer(outgoing, 500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'no' })
    if (typeof fault === 'object') return answer(outgoing, fault.status, fault.body)

    if (fault === 'late') {
      outgoing.socket?.resetAndDestroy()
      await sleep(LATE)
    }
    if (fault === 'twice') await forward(incoming, bytes)
    const [status, body] = await forward(incoming, bytes)
    if (fault === 'late') return
    if (fault === 'reset after') return void outgoing.socket?.resetAndDestroy()
    if (fault === 'error after')
      return answer(outgoing, 500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'no' })
    if (fault === 'truncate') {
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length })
      outgoing.write(body.subarray(0, Math.floor(body.length / 2)))
      await sleep(5)
      return void outgoing.destroy()
    }
    if (proxy.rewrite && status === 200) return answer(outgoing, status, proxy.rewrite(request, JSON.parse(body.toString())))
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length })
    outgoing.end(body)
  }

  async function forward(incoming: IncomingMessage, bytes: Buffer): Promise<[number, Buffer]> {
    const onward = sendRequest({
      host: target.hostname,
      port: target.port,
      method: 'POST',
      path: '/',
      headers: { ...incoming.headers, host: target.host },
    })
    onward.end(bytes)
    const [response] = (await once(onward, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return [response.statusCode ?? 500, Buffer.concat(chunks)]
  }

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => proxy.reset())
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    expect(problems).toEqual([])
  })
  return proxy
}

/** Holds the first write until `release`; `isHeld` resolves when it has come. */
export function holdFirstWrite(proxy: Proxy): { readonly isHeld: Promise<void>; release(): void } {
  const [held, released] = [deferred<void>(), deferred<void>()]
  let isFirst = true
  proxy.fault = async ({ operation }) => {
    if (operation === 'GetItem' || !isFirst) return undefined
    isFirst = false
    held.resolve()
    await released.promise
    return undefined
  }
  return { isHeld: held.promise, release: () => released.resolve() }
}

/** Of the identities that tests have. */
const SECRETS: ReadonlyMap<string, string> = new Map([
  ['test', 'test'],
  ['local', 'local'],
])

/** What is wrong with the signature of a request; engines look at none. */
function problemOf({ headers, url = '' }: IncomingMessage, body: Buffer): string | undefined {
  const [, id = ''] = /Credential=([^/]+)/.exec(String(headers.authorization)) ?? []
  const secret = SECRETS.get(id)
  return secret === undefined ? undefined : signatureProblem({ headers, path: url, body }, secret)
}

function answer(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
  outgoing.end(JSON.stringify(body))
}
