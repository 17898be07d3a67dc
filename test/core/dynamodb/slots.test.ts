import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '../../../src/core/dynamodb/connection.ts'
import { openTransport } from '../../../src/core/dynamodb/open-transport.ts'
import { MAX_SOCKETS as SOCKETS, createSlots } from '../../../src/core/dynamodb/slots.ts'

const INPUT = { TableName: 'sessions', Key: { session_id: { S: 'a' } } }
const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }

/** What was asked for and not answered yet, oldest first. */
const asked: ServerResponse[] = []
const server = createServer((incoming, outgoing) => {
  incoming.resume()
  asked.push(outgoing)
})
let connection = { region: 'us-east-1', credentials, endpoint: '' }

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  connection = { ...connection, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
})
beforeEach(() => void asked.splice(0))
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function answerNext(status = 200): Promise<void> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0), { timeout: 20_000 })
  asked.shift()?.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end('{}')
}

describe.each(['http', 'sdk'] as const)('requests beyond the sockets, by %s', (transport) => {
  it('wait in line, where their time does not run', async () => {
    const { send, clock, dispose } = openTransport({ ...connection, transport, maxAttempts: 1, requestTimeout: 60_000 })
    onTestFinished(dispose)
    const sent: number[] = []
    const requests = Array.from({ length: SOCKETS + 3 }, (_, index) => send('GetItem', INPUT, { onSend: () => void sent.push(index) }))
    await vi.waitFor(() => expect(asked).toHaveLength(SOCKETS), { timeout: 20_000 })
    expect(sent).toHaveLength(SOCKETS)
    // Answers come: the clock of operations stands still for those who wait.
    const before = [clock(), performance.now()] as const
    await answerNext()
    await vi.waitFor(() => expect(sent).toHaveLength(SOCKETS + 1), { timeout: 20_000 })
    await answerNext()
    await vi.waitFor(() => expect(sent).toHaveLength(SOCKETS + 2), { timeout: 20_000 })
    expect(clock() - before[0]).toBeLessThan(performance.now() - before[1])
    for (let left = SOCKETS + 1; left > 0; left--) await answerNext()
    await Promise.all(requests)
  })

  it('are not sent any more once their operation has taken too long', async () => {
    const { send, dispose } = openTransport({ ...connection, transport, maxAttempts: 3, requestTimeout: 60_000 })
    onTestFinished(dispose)
    const first = Array.from({ length: SOCKETS }, () => send('GetItem', INPUT))
    await vi.waitFor(() => expect(asked).toHaveLength(SOCKETS), { timeout: 20_000 })
    let left = 1
    const onSend = vi.fn()
    const late = expect(send('GetItem', INPUT, { onSend }, { left: () => left })).rejects.toMatchObject({ kind: 'timeout', attempts: 1 })
    left = 0
    for (let count = SOCKETS; count > 0; count--) await answerNext()
    await late
    await Promise.all(first)
    expect(onSend).not.toHaveBeenCalled()
    expect(asked).toEqual([])
  })

  it('fail with their operation where nobody answers, and wait no longer', async () => {
    const { request, dispose } = connect('sessions', { ...connection, transport, maxAttempts: 1, requestTimeout: 60_000 })
    onTestFinished(dispose)
    let isOver = false
    const deadline = { left: () => (isOver ? 0 : 5) }
    const requests = Array.from({ length: SOCKETS + 20 }, () => request('GetItem', INPUT, { deadline }))
    const settled = Promise.allSettled(requests)
    await vi.waitFor(() => expect(asked).toHaveLength(SOCKETS), { timeout: 20_000 })
    isOver = true
    for (const failed of await settled)
      expect(failed).toMatchObject({ reason: { code: 'TIMEOUT', message: expect.stringContaining('a whole operation') as string } })
    for (let count = SOCKETS; count > 0; count--) await answerNext()
  })

  it('are tried again no more once their operation has taken too long', async () => {
    const { send, dispose } = openTransport({ ...connection, transport, maxAttempts: 5 })
    onTestFinished(dispose)
    let left = 1
    const failing = expect(send('GetItem', INPUT, undefined, { left: () => left })).rejects.toMatchObject({ kind: 'timeout' })
    await vi.waitFor(() => expect(asked).toHaveLength(1), { timeout: 20_000 })
    left = 0
    await answerNext(500)
    await failing
    expect(asked).toEqual([])
  })
})

describe('slots', () => {
  it('go to whoever waits longest, and come back', async () => {
    const slots = createSlots(1)
    const order: string[] = []
    await slots.enter()
    const waiting = ['a', 'b'].map((name) => slots.enter().then(() => order.push(name)))
    slots.leave()
    await waiting[0]
    expect(order).toEqual(['a'])
    slots.leave()
    await waiting[1]
    slots.leave()
    await slots.enter()
    expect(order).toEqual(['a', 'b'])
  })

  it('let time pass where nobody waits, and where nobody answers', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const slots = createSlots(1)
    const began = slots.clock()
    await slots.enter()
    vi.advanceTimersByTime(10)
    slots.answered()
    void slots.enter()
    vi.advanceTimersByTime(20)
    expect(slots.clock() - began).toBe(30)
    slots.answered()
    expect(slots.clock() - began).toBe(10)
  })
})
