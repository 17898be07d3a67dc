// Bounds of time, the line for connections, and the clock.
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CREDENTIALS, KEY, answerWith, open, rawAnswer, serve, serveRaw } from './servers.ts'

const TableName = 'sessions'
const GET = { TableName, Key: KEY }
const FOUND = { Item: KEY }
const HOUR = 3_600_000

describe('`requestTimeout`', () => {
  it('ends an attempt without an answer, and one whose answer drips', async () => {
    const silent = await serveRaw(() => {})
    const drips = await serveRaw((socket) => {
      socket.write(rawAnswer(JSON.stringify(FOUND)).slice(0, -5))
      const timer = setInterval(() => socket.write(' '), 20)
      socket.once('close', () => clearInterval(timer))
    })
    for (const { endpoint, requests } of [silent, drips]) {
      const told: string[] = []
      const { send } = open({ endpoint, requestTimeout: 100, maxAttempts: 2 })
      await expect(send('GetItem', GET, { onUnanswered: () => void told.push('unanswered') })).rejects.toMatchObject({
        kind: 'timeout',
        name: 'TimeoutError',
        attempts: 2,
      })
      expect(told).toEqual(['unanswered', 'unanswered'])
      expect(requests).toHaveLength(2)
    }
  })

  it('begins with the connection: no bound applies to those who wait for one, in the order of asking', async () => {
    const requestTimeout = 123_456
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const begun = (): number => timers.mock.calls.filter(([, delay]) => delay === requestTimeout).length
    let release: (() => void) | undefined
    const { endpoint, asked } = await serve((response) => (release = () => answerWith(response, FOUND)))
    const { send } = open({ endpoint, requestTimeout, maxSockets: 1, maxAttempts: 1 })
    const keys = [0, 1, 2].map((n) => ({ session_id: { S: `key ${n}` } }))
    const all = keys.map((Key) => send('GetItem', { TableName, Key }))
    for (const [count] of keys.entries()) {
      await vi.waitFor(() => expect(asked).toHaveLength(count + 1))
      // One for connecting, and one for each that has the connection.
      expect(begun()).toBe(1 + count + 1)
      release?.()
    }
    await Promise.all(all)
    expect(asked.map(({ body }) => (JSON.parse(body) as { Key: unknown }).Key)).toEqual(keys)
  })

  it('counts anew for connecting, after which nothing was sent', async () => {
    // It takes connections, and never speaks TLS.
    const server = createTcpServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const told: string[] = []
    const { send } = open({ endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, requestTimeout: 80, maxAttempts: 1 })
    const hooks = { onSend: () => void told.push('sent'), onUnanswered: () => void told.push('unanswered') }
    const error = await send('GetItem', GET, hooks).catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({ kind: 'timeout', message: 'no connection within 80 ms' })
    expect(told).toEqual([])
  })

  it('leaves nothing behind: connections of requests that took too long are not used again', async () => {
    const { endpoint, requests } = await serveRaw((socket, _, count) => {
      if (count === 1) return void setTimeout(() => socket.write(rawAnswer('{"Item":{"of":{"S":"another"}}}')), 150)
      socket.write(rawAnswer(JSON.stringify(FOUND)))
    })
    const { send } = open({ endpoint, requestTimeout: 100, maxSockets: 1, maxAttempts: 1 })
    await expect(send('GetItem', GET)).rejects.toMatchObject({ kind: 'timeout' })
    expect((await send('GetItem', GET)).output).toEqual(FOUND)
    expect(requests).toHaveLength(2)
  })
})

describe('at most `maxSockets` connections', () => {
  it('are open at once, and are used again', async () => {
    let [now, most, connections] = [0, 0, 0]
    const seen = new Set<unknown>()
    const { endpoint } = await serveRaw((socket) => {
      if (!seen.has(socket)) connections++
      seen.add(socket)
      most = Math.max(most, ++now)
      setImmediate(() => {
        now--
        socket.write(rawAnswer(JSON.stringify(FOUND)))
      })
    })
    const { send } = open({ endpoint, maxSockets: 3 })
    await Promise.all(Array.from({ length: 30 }, () => send('GetItem', GET)))
    expect(most).toBeLessThanOrEqual(3)
    expect(connections).toBe(3)
  })

  it('and disposing closes them once nothing is under way', async () => {
    let release: (() => void) | undefined
    const closed: string[] = []
    const { endpoint } = await serveRaw((socket, _, count) => {
      socket.once('close', () => closed.push(`after ${count}`))
      release = () => socket.write(rawAnswer(JSON.stringify(FOUND)))
    })
    const { send, dispose } = open({ endpoint })
    const sent = send('GetItem', GET)
    await vi.waitFor(() => expect(release).toBeDefined(), { timeout: 20_000 })
    dispose()
    release?.()
    expect((await sent).output).toEqual(FOUND)
    await vi.waitFor(() => expect(closed).toEqual(['after 1']), { timeout: 20_000 })
    // A later call opens anew.
    release = undefined
    const again = send('GetItem', GET)
    await vi.waitFor(() => expect(release).toBeDefined(), { timeout: 20_000 })
    ;(release as unknown as () => void)()
    expect((await again).output).toEqual(FOUND)
  })
})

describe('the clock', () => {
  const signed = (headers: NodeJS.Dict<string | string[]>): number =>
    Date.parse(String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const dated = (ahead: number, more: object = {}) => ({ headers: { date: new Date(Date.now() + ahead).toUTCString(), ...more } })
  const refuse = { __type: 'com.amazon.coral.service#InvalidSignatureException', message: 'Signature not yet current' }

  it.each([HOUR, -HOUR])('is learnt from an answer that refuses the signature, which is made again: %i ms', async (ahead) => {
    const { endpoint, asked } = await serve((response, { headers }) => {
      const isRight = Math.abs(signed(headers) - (Date.now() + ahead)) < 5000
      answerWith(response, isRight ? FOUND : refuse, { status: isRight ? 200 : 403, ...dated(ahead) })
    })
    const { send } = open({ endpoint })
    expect(await send('GetItem', GET)).toMatchObject({ output: FOUND, attempts: 2 })
    expect(await send('GetItem', GET)).toMatchObject({ output: FOUND, attempts: 1 })
    expect(asked).toHaveLength(3)
  })

  it('is learnt from successes too, and any error is tried once more when it was just learnt, and no more', async () => {
    const failed = { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' }
    let ahead = 0
    const { endpoint, asked } = await serve((response) => answerWith(response, failed, { status: 400, ...dated(ahead) }))
    const { send } = open({ endpoint, maxAttempts: 10 })
    const attempts = async (): Promise<number> =>
      ((await send('GetItem', GET).catch((error: unknown) => error)) as { attempts: number }).attempts
    expect(await attempts()).toBe(1)
    ahead = HOUR
    expect(await attempts()).toBe(2)
    expect(await attempts()).toBe(1)
    // Mended again, by whoever keeps the time here.
    ahead = 0
    expect(await attempts()).toBe(2)
    expect(asked).toHaveLength(6)
    const other = await serve((response) => answerWith(response, FOUND, dated(HOUR)))
    const lucky = open({ endpoint: other.endpoint })
    for (const _ of [1, 2]) await lucky.send('GetItem', GET)
    expect(signed(other.asked[1]!.headers) - signed(other.asked[0]!.headers)).toBeGreaterThan(HOUR - 5000)
  })

  it('is not learnt from a cache, nor from what took a quarter of an hour', async () => {
    let isSlow = false
    const { endpoint, asked } = await serve((response) => {
      if (isSlow) vi.setSystemTime(Date.now() + HOUR)
      answerWith(response, FOUND, isSlow ? dated(-HOUR) : dated(HOUR, { age: '7' }))
    })
    vi.useFakeTimers({ toFake: ['Date'] })
    const { send } = open({ endpoint })
    for (const slow of [false, true, false]) {
      isSlow = slow
      await send('GetItem', GET)
    }
    expect(Math.abs(signed(asked.at(-1)!.headers) - Date.now())).toBeLessThan(5000)
  })

  it('and the day of the key go on together', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-03-01T23:59:59Z') })
    const { endpoint, asked } = await serve((response) => answerWith(response, FOUND, dated(0)))
    const { send } = open({ endpoint, credentials: CREDENTIALS })
    await send('GetItem', GET)
    vi.setSystemTime(Date.parse('2026-03-02T00:00:01Z'))
    await send('GetItem', GET)
    expect(asked.map(({ headers }) => /AKID\/(\d+)/.exec(String(headers.authorization))?.[1])).toEqual(['20260301', '20260302'])
  })
})
