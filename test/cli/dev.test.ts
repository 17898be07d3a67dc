// The development server, in this process.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDevServer } from '../../src/cli/dev/dev.ts'
import type { DevOptions, DevServer } from '../../src/cli/dev/dev.ts'
import { openEngine } from '../../src/cli/dev/engine.ts'
import { createSessionStore, ensureSessionTable } from '../../src/index.ts'
import type { SessionOptions, SessionStore } from '../../src/index.ts'

interface Data {
  userId?: string
  text?: string
}

const OPTIONS: SessionOptions = { tableName: 'shop', userIdKey: 'userId' }

test('a session that is made through it is on its page, escaped and without its id', async () => {
  const server = await start()
  expect(server.ensured).toMatchObject({ created: true, notApplied: [], table: { tableName: 'shop', userIndex: true } })
  const { id, key } = await storeOn(server).create({ userId: '42', text: '<script>alert(1)</script>' })
  const { status, headers, text } = await get(server, '/')
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' })
  expect(text).toContain('<h2>shop <small>1 item</small></h2>')
  expect(text).toContain(key)
  expect(text).toContain('<td>live<td>42<td>')
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(text).toContain(`AWS_ENDPOINT_URL_DYNAMODB=${server.endpoint}`)
  expect(text).not.toContain(id)
  expect(text).not.toContain('<script>alert')
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'sha256-.+'; style-src 'sha256-.+'; connect-src 'self'; /,
  )
  expect(text).not.toMatch(/\b(?:src|href)=/)
})

test('a session that moved, and one that expired, are greyed', async () => {
  const server = await start()
  const store = storeOn(server)
  const moved = await store.create({ userId: '1' })
  const record = await store.regenerate(moved)
  const expired = await store.create({ userId: '2' }, { expiresAt: new Date(Date.now() + 1) })
  await expect.poll(async () => (await get(server, '/items')).text).toContain(`<tr class="over"><td><code>${expired.key}</code><td>expired`)
  const { text } = await get(server, '/items')
  expect(text).toContain(`<tr class="over"><td><code>${moved.key}</code><td>moved`)
  expect(text).toContain(`<tr><td><code>${record?.key}</code><td>live`)
})

test('keys that are ids are never shown, whether it knows that or not', async () => {
  for (const known of [{ hashIds: false }, {}]) {
    const server = await start({ options: { ...OPTIONS, ...known } })
    const { id } = await storeOn(server, { hashIds: false }).create({ userId: '42' })
    const events = await listen(server, 'PutItem')
    const { text } = await get(server, '/')
    expect(text).toContain('<td>live<td>42<td>')
    for (const shown of [text, events]) {
      expect(shown).not.toContain(id)
      expect(shown).toMatch(/\(SHA-256 [0-9a-f]{16}\)/)
    }
  }
})

test('further tables are named, and of a large one the page says that it shows a part', async () => {
  const server = await start()
  await ensureSessionTable({ tableName: 'other', endpoint: server.endpoint })
  const store = storeOn(server)
  for (let made = 0; made < 210; made += 30) await Promise.all(Array.from({ length: 30 }, () => store.create({})))
  const { text } = await get(server, '/items')
  expect(text).toContain('<h2>shop <small>200 of its items</small></h2>')
  expect(text).toContain('<h2>other <small>0 items</small></h2>')
})

test('requests are told as they come, with what came of them', async () => {
  const server = await start()
  const store = storeOn(server)
  const record = await store.create({ userId: '42' })
  await store.destroy(record.id)
  await store.update(record, { userId: '43' })
  const events = await listen(server, 'UpdateItem')
  const told = events
    .split('\n')
    .flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Record<string, unknown>] : []))
  const { key } = record
  expect(told.filter(({ key: ofWhat, operation }) => ofWhat === key && operation !== 'GetItem')).toMatchObject([
    { operation: 'PutItem', table: 'shop', key, result: '200' },
    { operation: 'DeleteItem', table: 'shop', key, result: '200' },
    { operation: 'UpdateItem', table: 'shop', key, result: 'ConditionalCheckFailedException' },
  ])
})

test('a folder keeps sessions for the next start, and no repository gets them', async () => {
  const project = await makeProject()
  const folder = join(project, 'of its own')
  const first = await start({ folder })
  const { id } = await storeOn(first).create({ userId: '42' })
  await first.close()
  const second = await start({ folder })
  expect(second.ensured).toMatchObject({
    created: false,
    differences: [],
    table: { timeToLive: { status: 'ENABLED', attribute: 'expire_at' } },
  })
  expect(await storeOn(second).read(id)).toMatchObject({ data: { userId: '42' } })
  expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
})

test('a folder that was there keeps the files that git sees', async () => {
  const project = await makeProject()
  await start({ folder: project })
  expect(await readdir(project)).not.toContain('.gitignore')
})

test('a folder that cannot be made is an error that names the flag', async () => {
  const file = join(await makeProject(), 'file')
  await writeFile(file, '')
  await expect(start({ folder: file })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^The folder .*--folder$/) as string,
  })
})

test.for(['GET', 'POST'])('a %s by another name is refused: a site can have its name lead here', async (method) => {
  const server = await start()
  const port = portOf(server)
  for (const host of [`evil.example:${port}`, 'localhost', `localhost:${port + 1}`, `localhost.evil.example:${port}`]) {
    expect(await send(server, { method, headers: { host } }), host).toMatchObject({ status: 403 })
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    expect((await send(server, { method, headers: { host } })).status, host).toBe(method === 'GET' ? 200 : 400)
  }
})

test('a page of another site can neither send nor ask whether it may', async () => {
  const server = await start()
  const origin = 'https://evil.example'
  for (const method of ['POST', 'OPTIONS', 'GET']) {
    const { status, headers } = await send(server, { method, headers: { origin } })
    expect({ method, status, allowed: headers['access-control-allow-origin'] }).toEqual({
      method,
      status: { POST: 403, OPTIONS: 405, GET: 200 }[method],
      allowed: undefined,
    })
  }
})

test('a client that goes away within its request, and nonsense, do it no harm', async () => {
  const server = await start()
  const port = portOf(server)
  const socket = connect(port, '127.0.0.1')
  socket.write(`POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100\r\n\r\n{`)
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.resetAndDestroy()
  for (const body of ['', '{', 'null', '[]', '"x"']) {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' }
    expect((await send(server, { method: 'POST', headers, body })).status).toBe(400)
  }
  expect((await get(server, '/')).status).toBe(200)
})

test('a port that is taken is an error that names the flag', async () => {
  const port = portOf(await start())
  await expect(start({ port })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(`^Port ${port} is taken: .*--port`) as string,
  })
})

test('without dynalite it says how to install it', async () => {
  const name = 'dynalite-that-is-not-installed'
  await expect(openEngine(undefined, () => import(/* @vite-ignore */ name) as never)).rejects.toMatchObject({
    name: 'MissingPackageError',
    code: 'MISSING_PACKAGE',
    package: 'dynalite',
    message: expect.stringContaining('`npm install --save-dev dynalite`') as string,
  })
})

async function makeProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodb-sessions-dev-'))
  // After the server, which was started later.
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** On a free port and in memory, unless asked otherwise. */
async function start(options: Partial<DevOptions> = {}): Promise<DevServer> {
  const server = await startDevServer({ options: OPTIONS, port: 0, folder: undefined, ...options })
  const { close } = server
  let closed: Promise<void> | undefined
  const once = (): Promise<void> => (closed ??= close())
  onTestFinished(once)
  return { ...server, close: once }
}

function storeOn({ endpoint }: DevServer, options: SessionOptions = {}): SessionStore<Data> {
  return createSessionStore<Data>({ ...OPTIONS, endpoint, ...options })
}

function portOf({ endpoint }: DevServer): number {
  return Number(new URL(endpoint).port)
}

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

function get(server: DevServer, path: string): Promise<Answer> {
  return send(server, { path })
}

interface Asked {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** `fetch` sends no `Host` of ours. */
function send(server: DevServer, { path = '/', method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const host = `localhost:${portOf(server)}`
    const sent = request(
      { host: '127.0.0.1', port: portOf(server), path, method, headers: { host, ...headers }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** The events until one has the text. */
async function listen(server: DevServer, until: string): Promise<string> {
  const stop = new AbortController()
  const { body } = await fetch(`${server.endpoint}/requests`, { signal: stop.signal })
  let text = ''
  for await (const chunk of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.includes(until)) break
  }
  stop.abort()
  return text
}
