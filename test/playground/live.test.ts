// The playground's live view: the tracing channels as server-sent events, over HTTP and in this process.
import { channel } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { serve } from 'h3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { createLive } from '../../playground/live.ts'
import type { Live } from '../../playground/live.ts'
import { deleteSessionTable, ensureSessionTable } from '../../src/index.ts'
import { openPlayground } from './in-process.ts'

const SECRET = 'a secret that nobody may be shown'
const USER = 'ada.lovelace'
const NOTE = '</script><img src=x onerror=alert(1)>'
/** What the playground keeps for the next listener, and for a slow one. */
const KEPT = 200

const [{ endpoint } = { endpoint: '' }] = inject('engines')
const tableName = `test-playground-live-${process.pid}`
const endsOf = (name: string) => channel(`tracing:dynamodb-sessions:${name}:asyncEnd`)
const listenedTo = (): string[] => ['read', 'write', 'destroy', 'lock', 'request'].filter((name) => endsOf(name).hasSubscribers)

let live: Live
let url: string
let server: ReturnType<typeof serve>

beforeAll(async () => {
  await ensureSessionTable({ tableName, endpoint, userIdKey: 'user' })
})
afterAll(() => deleteSessionTable({ tableName, endpoint }))

beforeEach(async () => {
  live = createLive()
  const app = openPlayground({ endpoint, tableName, secret: SECRET, live })
  server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  url = new URL('/', server.url).href
})
afterEach(async () => {
  live.close()
  await server.close(true)
})

describe('the live view over HTTP', () => {
  it.each(['', 'h3'])('tells what a visit of /%s cost, and nothing that is secret', async (path) => {
    expect(listenedTo()).toEqual([])
    const events = await listen()
    const cookie = await press(path, 'log-in', { name: USER })
    await press(path, 'note', { note: NOTE }, cookie)
    await fetch(url + path, { headers: { cookie } })

    const told = await events.until(({ channel: name, label }) => name === 'visit' && label === `GET /${path}`)
    const view = told.at(-1) as Message
    const ofView = told.filter(({ visit }) => visit === view.visit)
    expect(ofView).toMatchObject([
      { channel: 'request', operation: 'GetItem', retries: 0 },
      { channel: 'read', operation: 'read', outcome: 'found', key: expect.stringMatching(/^[0-9a-f]{64}$/), requests: 1, conflicts: 0 },
      { channel: 'write', operation: expect.any(String), outcome: 'unchanged', requests: 0 },
      { channel: 'visit', label: `GET /${path}`, requests: 1 },
    ])
    for (const { label, milliseconds } of ofView) expect([label, milliseconds]).toEqual([`GET /${path}`, expect.any(Number)])
    expect(told.some(({ channel: name, label }) => name === 'write' && label === `POST /${path} note`)).toBe(true)

    const value = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
    const id = /^[\w-]{43}/.exec(value)?.[0] ?? (JSON.parse(Buffer.from(value.split('.')[0] ?? '', 'base64').toString()) as string)
    expect(id).toMatch(/^[\w-]{43}$/)
    for (const secret of [id, value, cookie, SECRET, USER, NOTE, 'img']) expect(events.text()).not.toContain(secret)
  })

  it('keeps a text that is hostile within its event', async () => {
    const events = await listen()
    const action = 'dynamodb:<img src=x>\n\ndata: {"channel":"forged"}\r\r'
    const error = Object.assign(new Error(SECRET), { code: 'ERR\n\ndata: {}' })
    endsOf('request').publish({ action, table: tableName, attempts: 1, units: 0, error })
    const [told] = await events.until(() => true)
    expect(told).toMatchObject({ channel: 'request', operation: action.slice(9), outcome: error.code })
    expect(events.text().match(/^data:/gm)).toHaveLength(1)
    expect(events.text()).not.toContain(SECRET)
  })

  it('unsubscribes within a second when the last browser leaves, and not before', async () => {
    const [first, second] = [await listen(), await listen()]
    expect(listenedTo()).toEqual(['read', 'write', 'destroy', 'lock', 'request'])
    first.leave()
    await press('', 'count')
    await second.until(({ label }) => label === 'POST / count')
    expect(listenedTo()).toHaveLength(5)
    second.leave()
    await expect.poll(listenedTo, { timeout: 1000 }).toEqual([])
  })

  it('gives up a browser that reads no more, and tells the others', async ({ onTestFinished }) => {
    const stalled = await connected(new URL(url))
    onTestFinished(() => void stalled.destroy())
    stalled.write('GET /events HTTP/1.1\r\nHost: playground\r\n\r\n')
    stalled.pause()
    await expect.poll(listenedTo).toHaveLength(5)
    // The buffers between two sockets take some megabytes.
    const large = 'x'.repeat(1000)
    for (let sent = 0; listenedTo().length > 0; sent++) {
      expect(sent).toBeLessThan(200_000)
      tell(sent, large)
      if (sent % 20 === 0) await turn()
    }
    const events = await listen()
    tell(-1)
    expect((await events.until(({ visit }) => visit === -1)).length).toBeLessThanOrEqual(KEPT + 1)
  })

  it('ends all streams when the playground stops', async () => {
    const events = await Promise.all([listen(), listen()])
    live.close()
    expect(listenedTo()).toEqual([])
    await Promise.all(events.map((each) => each.ended()))
  })
})

describe('what the live view keeps', () => {
  it('begins with what happened lately, but not while nobody listened', async () => {
    tell(1)
    const early = live.listen().getReader()
    tell(2)
    await early.read()
    expect(numbersOf((await early.read()).value)).toEqual([2])
    const late = live.listen().getReader()
    expect(numbersOf((await late.read()).value)).toEqual([2])
    await Promise.all([early.cancel(), late.cancel()])
    tell(3)
    const last = live.listen().getReader()
    expect(numbersOf((await last.read()).value)).toEqual([2])
    await last.cancel()
    expect(listenedTo()).toEqual([])
  })

  it('is bounded', async () => {
    const early = live.listen().getReader()
    for (let sent = 0; sent < 3 * KEPT; sent++) {
      tell(sent)
      await early.read()
    }
    const late = live.listen().getReader()
    const numbers = numbersOf((await late.read()).value)
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([KEPT, 2 * KEPT, 3 * KEPT - 1])
    await Promise.all([early.cancel(), late.cancel()])
  })

  it('is bounded for a reader that does not read', async () => {
    const reader = live.listen().getReader()
    for (let sent = 0; sent < 2 * KEPT; sent++) tell(sent)
    expect(listenedTo()).toEqual([])
    let count = 0
    while (!(await reader.read()).done) count++
    expect(count).toBe(KEPT)
  })
})

interface Message {
  readonly channel: string
  readonly visit: number
  readonly label: string
  readonly milliseconds: number
}

function tell(number: number, label = 'GET /'): void {
  live.show({ number, label, operations: [], milliseconds: 0, cookies: [] })
}

function numbersOf(text = ''): number[] {
  return messagesOf(text).map(({ visit }) => visit)
}

function messagesOf(text: string): Message[] {
  const complete = text.slice(0, text.lastIndexOf('\n\n') + 1)
  return [...complete.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json) as Message)
}

/** Reads the events as an EventSource does, which Node 20 lacks. */
async function listen(): Promise<{
  text(): string
  until(isLast: (message: Message) => boolean): Promise<Message[]>
  ended(): Promise<void>
  leave(): void
}> {
  const leaving = new AbortController()
  const response = await fetch(`${url}events`, { signal: leaving.signal })
  expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual(['text/event-stream', 'no-store'])
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const readOne = async (): Promise<boolean> => {
    const { done, value = '' } = await Promise.race([
      reader.read(),
      sleep(5000).then(() => Promise.reject(new Error(`no more after ${text}`))),
    ])
    text += value
    return !done
  }
  await readOne()
  return {
    text: () => text,
    async until(isLast) {
      for (;;) {
        const messages = messagesOf(text)
        const last = messages.findIndex(isLast)
        if (last >= 0) return messages.slice(0, last + 1)
        if (!(await readOne())) throw new Error(`it ended after ${text}`)
      }
    },
    async ended() {
      while (await readOne());
    },
    leave: () => leaving.abort(),
  }
}

/** Sends a form, and returns the cookie that it set. */
async function press(path: string, intent: string, fields: Record<string, string> = {}, cookie = ''): Promise<string> {
  const body = new URLSearchParams({ intent, ...fields })
  const response = await fetch(url + path, { method: 'POST', body, headers: { cookie }, redirect: 'manual' })
  expect(response.status).toBe(303)
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function connected({ port, hostname }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname)
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}
