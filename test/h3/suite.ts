// What dynamodb-sessions/h3 promises, over HTTP, whatever the major of h3.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { once } from 'node:events'
import { createServer, request as sendRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { rememberRequest } from '../../src/h3/event.ts'
import dynamodbDriver from '../../src/driver.ts'
import { dynamoSession, requireDynamoSession, useDynamoSession, withDynamoSession } from '../../src/h3.ts'
import type { DynamoSession, DynamoSessionOptions, SessionEvent, SessionMiddleware } from '../../src/h3.ts'
import { createSessionStore, InvalidOptionError, MissingSecretKeyError } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

/** What a test puts into the application before it asks for something. */
export interface Routes {
  middleware: SessionMiddleware | undefined
  handler: (event: SessionEvent) => unknown
}

export interface H3 {
  /** Whether a middleware gets `next`. */
  readonly hasNext: boolean
  listener(routes: Routes): RequestListener
  redirect(event: SessionEvent, location: string): unknown
  setCookie(event: SessionEvent, name: string, value: string): void
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
  readonly location: string | undefined
  readonly cacheControl: string | undefined
  readonly headers: IncomingHttpHeaders
}

interface Values {
  a?: unknown
  b?: unknown
  count?: number
  list?: number[]
  userId?: string
}

const START = 1_800_000_000
/** Once for a process, and so for all engines. */
let lateWarnings = 0
const SECRET = 'a long and random secret'

export async function listen(listener: RequestListener): Promise<{ port: number; stop: () => void }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** `fetch` sends no Host of one's own. */
export async function ask(
  port: number,
  jar: Map<string, string>,
  { host = '', path = '/', headers: more = {} }: { host?: string; path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { ...(host ? { host } : {}), ...(cookie ? { cookie } : {}), ...more }
  const outgoing = sendRequest({ host: '127.0.0.1', port, path, headers })
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const cookies = response.headers['set-cookie'] ?? []
  for (const text of cookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
    if (value === '') jar.delete(name)
    else jar.set(name, value)
  }
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    cookies,
    location: response.headers.location,
    cacheControl: response.headers['cache-control'],
    headers: response.headers,
  }
}

export function h3Suite(h3: H3): void {
  onEveryEngine(({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const make = (more: DynamoSessionOptions = {}): DynamoSessionOptions => ({
      ...options,
      endpoint: proxy.endpoint,
      secretKey: SECRET,
      ...more,
    })
    const use = (event: SessionEvent, more: DynamoSessionOptions = {}) => useDynamoSession<Values>(event, make(more))
    const store = createSessionStore<Values>(options)
    const routes: Routes = { middleware: undefined, handler: () => '' }
    let server: Awaited<ReturnType<typeof listen>>
    let jar = new Map<string, string>()

    beforeAll(async () => {
      server = await listen(h3.listener(routes))
    })
    afterAll(() => server.stop())
    beforeEach(() => {
      jar = new Map()
      routes.middleware = undefined
    })
    afterEach(() => {
      vi.useRealTimers()
      vi.unstubAllEnvs()
      vi.restoreAllMocks()
    })

    const atTime = (seconds: number): void => void vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
    /** Answers what the handler answers, or the message of what it throws. */
    const visit = (handler: (event: SessionEvent) => unknown, request: Parameters<typeof ask>[2] & { jar?: Map<string, string> } = {}) => {
      routes.handler = handler
      return ask(server.port, request.jar ?? jar, request)
    }
    /** Runs `fn` on the session of a request and gives its answer back. */
    const within = async <Result>(
      fn: (session: DynamoSession<Values>, event: SessionEvent) => Result,
      more: DynamoSessionOptions = {},
      request: Parameters<typeof visit>[1] = {},
    ): Promise<Awaited<Result>> => {
      let result: { value: Awaited<Result> } | { error: unknown } | undefined
      await visit(async (event) => {
        try {
          result = { value: await fn(await use(event, more), event) }
        } catch (error) {
          result = { error }
        }
        return 'done'
      }, request)
      if (!result) throw new Error('the handler did not run')
      if ('error' in result) throw result.error
      return result.value
    }
    const dataNow = (more: DynamoSessionOptions = {}) => within(({ data }) => data, more)
    const stored = (data: Values, more: DynamoSessionOptions = {}) =>
      within(async (session) => (await session.update(data)).id as string, more)
    const itemOf = async (id: string) =>
      (
        await client.send(
          new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: store.keyOf(id) } }, ConsistentRead: true }),
        )
      ).Item

    describe('a session', () => {
      it('is not made by reading', async () => {
        const { text, cookies } = await visit(async (event) => {
          const { id, data, isNew, createdAt, expiresAt } = await use(event)
          return JSON.stringify([id ?? null, data, isNew, createdAt ?? null, expiresAt ?? null])
        })
        expect([JSON.parse(text), cookies, proxy.requests]).toEqual([[null, {}, true, null, null], [], []])
      })

      it('is stored with its cookie at the first update, and read by the next request', async () => {
        atTime(START)
        const id = await within(
          async (session) => {
            session.data.list = [1]
            const same = await session.update({ a: 1 })
            expect(same).toBe(session)
            expect(session.data).toEqual({ list: [1], a: 1 })
            expect(session.createdAt).toEqual(new Date(START * 1000))
            expect(session.expiresAt).toEqual(new Date((START + 60) * 1000))
            return session.id
          },
          { maxStale: 60 },
        )
        expect(id).toMatch(/^[\w-]{43}$/)
        expect(proxy.operations()).toEqual(['PutItem'])
        proxy.reset()
        expect(await within(({ id, isNew, data }) => [id, isNew, data])).toEqual([id, false, { list: [1], a: 1 }])
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('is read once per request, also by concurrent calls', async () => {
        await stored({ a: 1 })
        proxy.reset()
        await visit(async (event) => {
          const [one, two] = await Promise.all([use(event), use(event)])
          const three = await useDynamoSession(event)
          return String(one === two && (three as unknown) === one)
        }).then(({ text }) => expect(text).toBe('true'))
        expect(proxy.operations()).toEqual(['GetItem'])
      })

      it('stores what was changed in place, and nothing where nothing changed', async () => {
        const id = await stored({ list: [1] })
        proxy.reset()
        await within(async (session) => {
          const { list } = session.data
          list?.push(2)
          await session.update()
          list?.push(3)
          await session.update()
          await session.update()
          await session.update((data) => ({ ...data }))
          await session.update({})
        })
        expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem', 'UpdateItem'])
        expect((await store.read(id))?.data).toEqual({ list: [1, 2, 3] })
      })

      it('is not made by an update without data', async () => {
        const { cookies } = await visit(async (event) => {
          const session = await use(event)
          await session.update()
          await session.unset('a')
          await session.regenerate()
          await session.clear()
          return String(session.id)
        })
        expect([cookies, proxy.requests]).toEqual([[], []])
      })

      it('merges what concurrent requests change', async () => {
        const id = await stored({ count: 0 })
        await within(async (session) => {
          await within((other) => other.update({ b: 2 }), {
            driver: dynamodbDriver({ ...options }),
            endpoint: undefined,
            tableName: undefined,
          })
          await session.update({ a: 1 })
          expect(session.data).toEqual({ count: 0, a: 1, b: 2 })
        })
        expect((await store.read(id))?.data).toEqual({ count: 0, a: 1, b: 2 })
      })

      it('runs a function again on the latest data, so that no count is lost', async () => {
        const id = await stored({ count: 0 })
        // Drivers of their own share no queue, as different hosts.
        const hosts = Array.from({ length: 5 }, () => dynamodbDriver({ ...options }))
        routes.handler = async (event) => {
          const host = hosts[Number(event.headers.get('host')?.slice(4))] as object
          const session = await useDynamoSession<Values>(event, { driver: host, secretKey: SECRET, name: 'session' })
          await session.update(({ count = 0 }) => ({ count: count + 1 }))
          return 'done'
        }
        await Promise.all(hosts.map((_, index) => ask(server.port, new Map(jar), { host: `host${index}` })))
        expect((await store.read(id))?.data).toEqual({ count: 5 })
      })

      it('takes no promise from such a function', async () => {
        await expect(within((session) => session.update((async () => ({ a: 1 })) as never))).rejects.toThrow('no promise')
      })

      it('queues the writes of one request, so that they make one session', async () => {
        const id = await within(async (session) => {
          await Promise.all([session.update({ a: 1 }), session.update({ b: 2 }), session.update(() => ({ count: 3 }))])
          return session.id as string
        })
        expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem', 'UpdateItem'])
        expect((await store.read(id))?.data).toEqual({ a: 1, b: 2, count: 3 })
      })

      it('that a handler answers is without its id', async () => {
        const id = await stored({ a: 1 })
        const { text } = await visit((event) => use(event))
        expect(JSON.parse(text)).toMatchObject({ data: { a: 1 }, isNew: false })
        expect(text).not.toContain(id)
      })

      it('is one per cookie name', async () => {
        await visit(async (event) => {
          const [one, two] = await Promise.all([use(event, { name: 'one' }), use(event, { name: 'two' })])
          await Promise.all([one.update({ a: 1 }), two.update({ a: 2 })])
          return ''
        })
        expect([...jar.keys()].toSorted()).toEqual(['one', 'two'])
        expect([await dataNow({ name: 'one' }), await dataNow({ name: 'two' })]).toEqual([{ a: 1 }, { a: 2 }])
      })

      it("raises a conflict with `onConflict: 'error'`, and keeps what another request wrote", async () => {
        const id = await stored({ a: 0 })
        const conflict = within(
          async (session) => {
            await store.update((await store.read(id)) as never, { b: 2 })
            await session.update({ a: 1 })
          },
          { onConflict: 'error' },
        )
        await expect(conflict).rejects.toMatchObject({ code: 'CONFLICT' })
        expect((await store.read(id))?.data).toEqual({ b: 2 })
      })

      it('that cannot be decoded reads as absent, is reported and never overwritten', async () => {
        const id = await stored({ a: 1 })
        const Key = { session_id: { S: store.keyOf(id) } }
        for (const text of ['{"a"', '[1]']) {
          const item = { ...(await itemOf(id)), ...Key, data: { S: text } }
          await client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
          const errors: string[] = []
          const more: DynamoSessionOptions = { errorHandler: (_, { operation }) => void errors.push(operation), lockExpiryTime: 50 }
          const old = new Map(jar)
          await within(async (session) => expect((await session.update({ b: 2 })).id).not.toBe(id), more, { jar: new Map(old) })
          const { text: answer } = await visit(
            withDynamoSession((_event, session) => String(session.isNew), make({ ...more, enableLocking: true })),
            { jar: old },
          )
          expect([answer, errors, (await itemOf(id))?.data]).toEqual(['true', ['read', 'read'], { S: text }])
          // Others may decode it, and its cookie is good for them until the log-out.
          await within((session) => session.destroy(), more, { jar: new Map(old) })
          expect(await itemOf(id)).toBeUndefined()
          await client.send(new PutItemCommand({ TableName: options.tableName, Item: item }))
          await visit(
            withDynamoSession((_event, session) => session.clear(), make({ ...more, enableLocking: true })),
            { jar: new Map(old) },
          )
          expect(await itemOf(id)).toBeUndefined()
        }
      })

      it('replaces its data and removes keys', async () => {
        const id = await stored({ a: 1, b: 2 })
        await within((session) => session.unset('a'))
        expect((await store.read(id))?.data).toEqual({ b: 2 })
        await within((session) => session.replace({ count: 1 }))
        expect((await store.read(id))?.data).toEqual({ count: 1 })
      })

      it('shows a flash message once', async () => {
        await within((session) => session.flash('error', 'wrong password'))
        expect(await within((session) => session.flash('error'))).toBe('wrong password')
        expect(await within((session) => session.flash('error'))).toBeUndefined()
        await within((session) => session.flash('error', 'again'))
        expect(await within(async (session) => (await session.flash('error', undefined)) === session)).toBe(true)
        expect(await within((session) => session.flash('error'))).toBeUndefined()
      })
    })

    describe('clear, destroy and regenerate', () => {
      it('ends the session, and a later update starts another without its data', async () => {
        const old = await stored({ a: 1 })
        const [during, id] = await within(async (session) => {
          session.data.list = [1]
          await session.clear()
          const during = [session.id, { ...session.data }, session.isNew]
          return [during, (await session.update({ b: 2 })).id as string]
        })
        expect(during).toEqual([undefined, {}, true])
        expect(id).not.toBe(old)
        expect([await store.read(old), (await store.read(id as string))?.data]).toEqual([null, { b: 2 }])
        expect(await dataNow()).toEqual({ b: 2 })
      })

      it('sends one removal', async () => {
        await stored({ a: 1 })
        const { cookies } = await visit(async (event) => {
          const session = await use(event)
          await session.update({ b: 1 })
          await session.clear()
          return ''
        })
        expect(cookies).toEqual([expect.stringMatching(/^session=; Max-Age=0;/)])
        expect(jar.size).toBe(0)
      })

      it('stores nothing after destroy', async () => {
        const id = await stored({ a: 1 })
        await within(async (session) => {
          await session.destroy()
          await session.update({ b: 2 })
          expect(session.id).toBeUndefined()
        })
        expect([jar.size, await itemOf(id)]).toEqual([0, undefined])
      })

      it('always raises a failed destroy', async () => {
        await stored({ a: 1 })
        proxy.fault = ({ operation }) =>
          operation === 'DeleteItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
        await expect(within((session) => session.clear(), { raiseErrors: false })).rejects.toThrow()
      })

      it('moves to a new id with what was changed', async () => {
        const old = await stored({ a: 1 })
        const id = await within(async (session) => {
          session.data.userId = '42'
          return (await session.regenerate()).id as string
        })
        expect(id).not.toBe(old)
        expect([await store.read(old), (await store.read(id))?.data]).toEqual([null, { a: 1, userId: '42' }])
        expect(await dataNow()).toEqual({ a: 1, userId: '42' })
      })

      it('writes nothing and sends no cookie when the session is gone meanwhile', async () => {
        const id = await stored({ a: 1 })
        for (const write of [
          (session: DynamoSession<Values>) => session.update({ b: 2 }),
          (session: DynamoSession<Values>) => session.update(() => ({ b: 2 })),
          (session: DynamoSession<Values>) => session.regenerate(),
        ]) {
          const again = await visit(async (event) => {
            const session = await use(event)
            await store.destroy(session.id as string)
            await write(session)
            await session.update({ b: 3 })
            return String(session.id)
          })
          expect([again.text, again.cookies]).toEqual(['undefined', []])
          jar = new Map()
          await stored({ a: 1 })
        }
        expect(await itemOf(id)).toBeUndefined()
      })
    })

    describe('lifetimes', () => {
      it('end by idleness, from which a use by the middleware saves', async () => {
        atTime(START)
        await stored({ a: 1 }, { maxStale: 100 })
        atTime(START + 99)
        routes.middleware = dynamoSession(make({ maxStale: 100 }))
        const { text, cookies } = await visit((event) => JSON.stringify((event.context as { session: DynamoSession }).session.data))
        expect(JSON.parse(text)).toEqual({ a: 1 })
        expect(cookies).toEqual([expect.stringContaining('Max-Age=100;')])
        atTime(START + 105)
        expect((await visit(() => '')).cookies).toEqual([])
        routes.middleware = undefined
        atTime(START + 198)
        expect(await dataNow({ maxStale: 100 })).toEqual({ a: 1 })
        atTime(START + 199)
        expect(await dataNow({ maxStale: 100 })).toEqual({})
      })

      it('are extended beside a write, which stays the one that later writes go on from', async () => {
        atTime(START)
        const more = { maxStale: 100 }
        const id = await stored({ a: 1 }, more)
        atTime(START + 50)
        await within(async (session, event) => {
          await Promise.all([dynamoSession(make(more))(event), session.update({ b: 1 })])
          const other = await store.read(id)
          if (other) await store.update(other, { ...other.data, b: 2 })
          await session.update({ a: 3 })
        }, more)
        expect((await store.read(id))?.data).toEqual({ a: 3, b: 2 })
      })

      it('end by age, whatever the use', async () => {
        atTime(START)
        const more = { maxAge: 100, maxStale: 80 }
        await stored({ a: 1 }, more)
        routes.middleware = dynamoSession(make(more))
        atTime(START + 60)
        expect((await visit(() => '')).cookies).toEqual([expect.stringContaining('Max-Age=40;')])
        atTime(START + 99)
        expect(await dataNow(more)).toEqual({ a: 1 })
        atTime(START + 100)
        expect(await dataNow(more)).toEqual({})
      })

      it("take the cookie's maxAge for the idle lifetime, and 400 days for a session that never ends", async () => {
        atTime(START)
        const cookieOf = async (more: DynamoSessionOptions) =>
          (await visit(async (event) => void (await (await use(event, more)).update({ a: 1 })), { jar: new Map() })).cookies[0]
        expect(await cookieOf({ cookie: { maxAge: 30 } })).toContain('Max-Age=30;')
        expect(await cookieOf({ maxStale: 0 })).toContain(`Max-Age=${400 * 86_400};`)
      })
    })

    describe('the cookie', () => {
      const update =
        (more: DynamoSessionOptions = {}) =>
        async (event: SessionEvent) => {
          await (await use(event, more)).update({ a: 1 })
          return ''
        }

      const local = /^session=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/
      it.each(['localhost', 'localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST'])('is plain on %s', async (host) => {
        const { cookies } = await visit(update(), { host })
        expect(cookies).toEqual([expect.stringMatching(local)])
      })

      const secure = /^__Host-session=[^;]+; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/
      it.each(['shop.example', 'localhost.shop.example', '127.0.0.1.nip.example', 'evil-localhost'])('is secure on %s', async (host) => {
        expect((await visit(update(), { host })).cookies).toEqual([expect.stringMatching(secure)])
      })

      it('is secure in production on every host', async () => {
        vi.stubEnv('NODE_ENV', 'production')
        expect((await visit(update())).cookies).toEqual([expect.stringMatching(secure)])
      })

      it.each([
        ['shop.example', 'http', secure],
        ['localhost', 'https', local],
      ])('goes by the host %s, whatever a proxy says of the scheme', async (host, scheme, expected) => {
        const headers = { 'x-forwarded-proto': scheme, forwarded: `proto=${scheme}` }
        expect((await visit(update(), { host, headers })).cookies).toEqual([expect.stringMatching(expected)])
      })

      it('has no header beside it that would do the same', async () => {
        const { headers } = await visit(update())
        const value = jar.get('session') as string
        expect(Object.entries(headers).filter(([name, text]) => name !== 'set-cookie' && String(text).includes(value))).toEqual([])
        const asHeader = { 'x-session': value, 'x-session-h3': value, 'x-h3-session': value, authorization: `Bearer ${value}` }
        const { text } = await visit(async (event) => (await use(event)).isNew, { jar: new Map(), headers: asHeader })
        expect(text).toBe('true')
      })

      it('follows its options', async () => {
        const more: DynamoSessionOptions = {
          name: 'sid',
          cookie: { domain: 'shop.example', path: '/app', sameSite: 'none', httpOnly: false },
        }
        const { cookies } = await visit(update(more), { host: 'shop.example' })
        expect(cookies).toEqual([
          expect.stringMatching(/^sid=[^;]+; Max-Age=\d+; Domain=shop.example; Path=\/app; Expires=[^;]+; Secure; SameSite=None$/),
        ])
      })

      it.each([
        [{ domain: 'shop.example' }, 'cookie.domain'],
        [{ path: '/app' }, 'cookie.path'],
        [{ secure: false }, 'cookie.secure'],
      ])('with a name that starts with __Host- refuses %j', async (cookie, option) => {
        const problem = expect.objectContaining({ option, name: 'InvalidOptionError' })
        expect(() => dynamoSession(make({ cookie }))).toThrow(InvalidOptionError)
        await expect(within(() => '', { cookie })).rejects.toEqual(problem)
        await expect(within(() => '', { cookie, name: '__Host-id' })).rejects.toEqual(problem)
        expect(await within(({ isNew }) => isNew, { cookie, name: 'id' })).toBe(true)
      })

      it.each([
        ['samesite', 'did you mean `sameSite`'],
        ['http_only', 'did you mean `httpOnly`'],
        ['ttl', 'there are domain, path'],
      ])('refuses the attribute %s, and takes those of other adapters', (name, remedy) => {
        expect(() => dynamoSession(make({ cookie: { [name]: true } as object }))).toThrow(remedy)
        expect(() =>
          dynamoSession(make({ cookie: { secrets: ['s'], name: 'id', encode: String, decode: String } as object })),
        ).not.toThrow()
      })

      it('replaces an earlier one of ours and keeps others', async () => {
        const { cookies } = await visit(async (event) => {
          h3.setCookie(event, 'theme', 'dark')
          h3.setCookie(event, 'session', 'old')
          const session = await use(event)
          await session.update({ a: 1 })
          await session.update({ a: 2 })
          return ''
        })
        expect(cookies.map((text) => text.split('=')[0])).toEqual(['theme', 'session'])
        expect(await dataNow()).toEqual({ a: 2 })
      })

      it('costs no request when it is bad', async () => {
        const id = await stored({ a: 1 })
        const good = jar.get('session') as string
        proxy.reset()
        const wrong = good.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
        for (const value of ['', '.', id, `${id}.`, `${id}.${'A'.repeat(43)}`, wrong, `${good}x`, '%E0%A4%A', 'x'.repeat(12_000)]) {
          expect(await within((session) => session.data, {}, { jar: new Map([['session', value]]) })).toEqual({})
        }
        expect(proxy.requests).toEqual([])
        // A stranger's cookie of the same name, as of another path, does not hide ours.
        jar = new Map([['session', `bad; session=${good}`]])
        expect(await dataNow()).toEqual({ a: 1 })
      })

      it('is signed by the first secret, and known by all', async () => {
        await stored({ a: 1 }, { secretKey: 'old' })
        const old = jar.get('session')
        expect(await dataNow({ secretKey: ['new', 'old'] })).toEqual({ a: 1 })
        await within((session) => session.update(), { secretKey: ['new', 'old'] })
        expect(jar.get('session')).not.toBe(old)
        expect(await dataNow({ secretKey: 'new' })).toEqual({ a: 1 })
        expect(await dataNow({ secretKey: 'other' })).toEqual({})
      })

      it('needs a secret, at the first call', async () => {
        const more = { secretKey: undefined }
        expect(() => [dynamoSession(make(more)), withDynamoSession(() => '', make(more))]).not.toThrow()
        await expect(within(() => '', more)).rejects.toThrow(MissingSecretKeyError)
        vi.stubEnv('AWS_DYNAMO_DB_SESSION_SECRET_KEY', 'by the environment')
        expect(await within(({ isNew }) => isNew, more)).toBe(true)
      })
    })

    describe('a response', () => {
      it('carries the cookie when it redirects', async () => {
        const { status, location } = await visit(async (event) => {
          await (await use(event)).update({ a: 1 })
          return h3.redirect(event, '/next')
        })
        expect([status, location, await dataNow()]).toEqual([302, '/next', { a: 1 }])
      })

      it.each([200, 403])('carries the cookie when it is a Response of %i', async (status) => {
        const answer = await visit(async (event) => {
          await (await use(event)).update({ a: 1 })
          return new Response('text', { status, headers: { 'set-cookie': 'theme=dark' } })
        })
        expect([answer.status, answer.text, await dataNow()]).toEqual([status, 'text', { a: 1 }])
        expect(jar.get('theme')).toBe('dark')
      })

      it('carries the cookie when it streams', async () => {
        const { text } = await visit(async (event) => {
          await (await use(event)).update({ a: 1 })
          return new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode('streamed'))
              controller.close()
            },
          })
        })
        expect([text, await dataNow()]).toEqual(['streamed', { a: 1 }])
      })

      it('carries the cookie when an error is thrown', async () => {
        vi.spyOn(console, 'error').mockReturnValue()
        const { status } = await visit(async (event) => {
          await (await use(event)).update({ a: 1 })
          throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
        })
        expect([status, await dataNow()]).toEqual([418, { a: 1 }])
      })

      it('with the cookie is kept out of caches, also when it redirects, streams or is an error', async () => {
        vi.spyOn(console, 'error').mockReturnValue()
        const after = async (answer: (event: SessionEvent) => unknown) =>
          (
            await visit(async (event) => {
              await (await use(event)).update(({ count = 0 }) => ({ count: count + 1 }))
              return answer(event)
            })
          ).cacheControl
        const answers = [
          () => 'text',
          // In h3 1 what a Response says goes, unless a hook of Nitro's sees to it.
          () => new Response('text', h3.hasNext ? { headers: { 'cache-control': 's-maxage=60' } } : {}),
          () => new ReadableStream({ start: (controller) => controller.close() }),
          (event: SessionEvent) => h3.redirect(event, '/next'),
          () => {
            throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
          },
        ]
        const seen: unknown[] = []
        for (const answer of answers) seen.push(await after(answer))
        expect(seen).toEqual(answers.map(() => 'private, no-store'))
        expect((await visit(async (event) => (await use(event)).isNew)).cacheControl).toBeUndefined()
      })

      it('is not disturbed by a write after it was sent, and a session that begins so late is told of once', async () => {
        const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
        const codes = () => warn.mock.calls.map(([, options]) => (options as unknown as { code?: string })?.code)
        const id = await stored({ a: 1 })
        let late: Promise<unknown> | undefined
        await visit(async (event) => {
          const session = await use(event)
          late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => session.update({ b: 2 }))
          return ''
        })
        await late
        expect((await store.read(id))?.data).toEqual({ a: 1, b: 2 })
        expect(codes()).not.toContain('SESSION_COOKIE_TOO_LATE')
        jar.clear()
        for (const _ of [1, 2]) {
          await visit(async (event) => {
            const session = await use(event)
            late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => session.update({ b: 2 }))
            return ''
          })
          await late
        }
        expect(codes().filter((code) => code === 'SESSION_COOKIE_TOO_LATE').length).toBeLessThanOrEqual(1)
        lateWarnings += codes().filter((code) => code === 'SESSION_COOKIE_TOO_LATE').length
        expect(lateWarnings).toBe(1)
      })
    })

    describe('in a cached handler of Nitro', () => {
      /** Its event has the context of the request that it runs for, and a request of its own, without cookies or, in some releases, with all. */
      const cached = (event: SessionEvent, cookie: string): SessionEvent => {
        const { res, node } = event as { res?: object; node?: { res: object } }
        const headers = new Headers(cookie ? { cookie } : {})
        const own = h3.hasNext ? { req: { headers }, res } : { node: { req: { headers: { cookie } }, res: node?.res } }
        return { context: event.context, headers, ...own }
      }
      const cookieNow = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const inCache = (work: (session: DynamoSession<Values>) => unknown, { cookie = '', opensBefore = true } = {}) =>
        visit(async (event) => {
          rememberRequest(event)
          if (opensBefore) await use(event)
          return work(await use(cached(event, cookie)))
        })
      const write = async (session: DynamoSession<Values>): Promise<unknown> => {
        await session.update({ a: 2 })
        await session.regenerate()
        await session.clear()
        await session.update({ a: 3 })
        await session.destroy()
        await session.flash('a', 4)
        return session.toJSON()
      }

      it.each([
        ['whose cookies are hidden', () => ''],
        ['of a release that shows them', cookieNow],
      ])('the session of a visitor %s cannot be read, changed, ended or replaced, which is said once', async (_, shown) => {
        const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
        const id = await stored({ a: 1 })
        for (const opensBefore of [true, false]) {
          proxy.reset()
          const answer = await inCache(write, { cookie: shown(), opensBefore })
          expect([JSON.parse(answer.text), answer.cookies]).toEqual([{ data: {}, isNew: true }, []])
          expect(proxy.operations()).toEqual(opensBefore ? ['GetItem'] : [])
        }
        expect((await store.read(id))?.data).toEqual({ a: 1 })
        expect(warn.mock.calls.length).toBeLessThanOrEqual(1)
      })

      it("leaves event.context.session the visitor's", async () => {
        vi.spyOn(process, 'emitWarning').mockReturnValue()
        await stored({ a: 1 })
        routes.middleware = async (event, next) => {
          rememberRequest(event)
          return dynamoSession(make())(event, next)
        }
        const { text } = await visit(async (event) => {
          const inside = await withDynamoSession(({ context }) => (context as { session: unknown }).session, make())(cached(event, ''))
          const { session } = event.context as { session: DynamoSession }
          return [session.data, session === inside]
        })
        expect(JSON.parse(text)).toEqual([{ a: 1 }, false])
      })

      it('a visitor without one gets none', async () => {
        vi.spyOn(process, 'emitWarning').mockReturnValue()
        proxy.reset()
        const { cookies, cacheControl } = await inCache(write)
        expect([cookies, cacheControl, proxy.operations()]).toEqual([[], undefined, []])
      })

      it("is known by nitropack's mark where nobody remembers the request", async () => {
        vi.spyOn(process, 'emitWarning').mockReturnValue()
        const id = await stored({ a: 1 })
        const { cookies } = await visit(async (event) => {
          Object.assign(event.context, { cache: { options: { getKey: () => 'key', maxAge: 60 } } })
          return write(await use(event))
        })
        expect([cookies, (await store.read(id))?.data]).toEqual([[], { a: 1 }])
        // An application may keep a cache of its own there.
        await visit(async (event) => {
          Object.assign(event.context, { cache: new Map(), session: undefined })
          return (await use(event)).update({ a: 2 })
        })
        expect((await store.read(id))?.data).toEqual({ a: 2 })
      })
    })

    describe('requireDynamoSession', () => {
      const enter = async (more: Parameters<typeof requireDynamoSession<Values>>[1] = {}) =>
        visit(async (event) => {
          const session = await requireDynamoSession<Values>(event, { ...make(), ...more })
          return `welcome ${session.data.userId}`
        })

      it('answers 401 without a session, or without the user in it, and h3 logs no unhandled error', async () => {
        const log = vi.spyOn(console, 'error').mockReturnValue()
        const { status, text } = await enter()
        expect(log).not.toHaveBeenCalled()
        expect([status, JSON.parse(text)]).toEqual([401, expect.objectContaining({ statusMessage: 'Unauthorized' })])
        await stored({ a: 1 })
        expect((await enter()).status).toBe(200)
        expect((await enter({ userIdKey: 'userId' })).status).toBe(401)
        await stored({ userId: '42' })
        expect((await enter({ userIdKey: 'userId' })).text).toBe('welcome 42')
      })

      it('asks a check of its own in place of that', async () => {
        expect((await enter({ check: () => true })).status).toBe(200)
        await stored({ userId: '42' })
        expect((await enter({ check: async ({ data }) => data.userId === '43' })).status).toBe(401)
      })

      it('takes the session that the middleware opened', async () => {
        routes.middleware = dynamoSession(make({ userIdKey: 'userId', name: 'sid' }))
        const open = () => visit(async (event) => JSON.stringify((await requireDynamoSession(event)).data))
        expect((await open()).status).toBe(401)
        await within((session) => session.update({ userId: '42' }), { name: 'sid', userIdKey: 'userId' })
        expect((await open()).text).toBe('{"userId":"42"}')
      })

      it.each([
        ['a middleware', (event: SessionEvent) => dynamoSession(make())(event)],
        ['useDynamoSession', use],
      ])('asks for the user also where %s has opened the session without a `userIdKey`', async (_, before) => {
        const open = (more: object) =>
          visit(async (event) => {
            await before(event)
            await requireDynamoSession(event, { ...make(), ...more })
            return 'welcome'
          })
        await stored({ a: 1 })
        expect([(await open({})).status, (await open({ userIdKey: 'userId' })).status]).toEqual([200, 401])
        await stored({ userId: '42' })
        expect((await open({ userIdKey: 'userId' })).status).toBe(200)
      })
    })

    describe('sessions under two cookies', () => {
      const cart = { name: 'cart' }

      it('are apart, and without options that of the middleware is meant', async () => {
        routes.middleware = dynamoSession(make())
        await visit(async (event) => {
          await (await use(event, cart)).update({ a: 'cart' })
          await (await useDynamoSession<Values>(event)).update({ a: 'main' })
          return ''
        })
        expect([...jar.keys()].toSorted()).toEqual(['cart', 'session'])
        const { text } = await visit(async (event) => [(await useDynamoSession(event)).data, (await use(event, cart)).data])
        expect(JSON.parse(text)).toEqual([{ a: 'main' }, { a: 'cart' }])
      })

      it('are an error without options where neither is of a middleware', async () => {
        const open = (names: string[]) =>
          visit(async (event) => {
            for (const name of names) await use(event, { name })
            return useDynamoSession(event).then(
              () => 'opened',
              (error: Error) => error.message,
            )
          })
        expect((await open(['a'])).text).toBe('opened')
        expect((await open(['a', 'b'])).text).toContain('those of a and b are open')
      })

      it('cannot share one cookie', async () => {
        await visit(async (event) => {
          await use(event)
          await expect(use(event, { keyPrefix: 'other:' })).rejects.toThrow('`keyPrefix`')
          await expect(use(event, { tableName: 'other' })).rejects.toThrow('`tableName`')
          return ''
        }).then(({ status }) => expect(status).toBe(200))
      })
    })

    describe('a failed read', () => {
      it('is raised, or gives an empty session that is never written', async () => {
        const id = await stored({ a: 1 })
        const errors: unknown[] = []
        proxy.fault = ({ operation }) =>
          operation === 'GetItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
        await expect(within(() => '')).rejects.toThrow('denied')
        const more: DynamoSessionOptions = { raiseErrors: false, errorHandler: (_, { operation }) => void errors.push(operation) }
        const cookies = await within(async (session) => {
          await session.update({ b: 2 })
          return [session.id, session.data]
        }, more)
        expect([cookies, errors]).toEqual([[undefined, {}], ['read']])
        expect((await store.read(id))?.data).toEqual({ a: 1 })
        // Logging out works all the same.
        await within((session) => session.clear(), more)
        expect([await store.read(id), jar.size]).toEqual([null, 0])
      })
    })

    describe('with enableLocking', () => {
      // Leases that need no renewal, which would be a request, on a busy machine.
      const locking = { enableLocking: true, lockExpiryTime: 60_000, lockRetryDelay: 5, lockMaxWaitTime: 5 }
      const count = async (session: DynamoSession<Values>): Promise<void> => {
        const { count = 0 } = session.data
        await new Promise((resolve) => setTimeout(resolve, 20))
        await session.replace({ count: count + 1 })
      }

      it('reads the old id in its grace time, and starts no second session there', async () => {
        const id = await stored({ a: 1 })
        const old = new Map(jar)
        await within((session) => session.regenerate({ grace: 120 }))
        const { text, cookies } = await visit(
          withDynamoSession(async (_event, session: DynamoSession<Values>) => {
            await session.update({ b: 2 })
            await session.regenerate()
            return JSON.stringify([session.data, session.isNew, session.id !== undefined])
          }, make(locking)),
          { jar: old },
        )
        expect([JSON.parse(text), cookies]).toEqual([[{ a: 1 }, false, true], []])
        expect((await store.read(id))?.data).toEqual({ a: 1 })
      })

      it('goes on with an empty session that is never written when the lock cannot be had for a hiccup and raiseErrors is false', async () => {
        const id = await stored({ a: 1 })
        proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException' } })
        const handler = withDynamoSession(
          async (_event, session: DynamoSession<Values>) => {
            proxy.reset()
            await session.update({ a: 2 })
            return JSON.stringify(session.data)
          },
          make({ ...locking, raiseErrors: false }),
        )
        const { text } = await visit(handler)
        expect(text).toBe('{}')
        expect((await store.read(id))?.data).toEqual({ a: 1 })
      })

      it('takes away what was read before when the lock cannot be had for a hiccup and raiseErrors is false', async () => {
        const id = await stored({ a: 1 })
        const more = { ...locking, raiseErrors: false }
        const { text } = await visit(async (event) => {
          const before = await use(event, more)
          proxy.fault = () => ({ status: 400, body: { __type: 'x#AccessDeniedException' } })
          const inside = await withDynamoSession(async (_event, session: DynamoSession<Values>) => {
            proxy.reset()
            await session.update({ a: 2 })
            return session
          }, make(more))(event)
          await before.update({ a: 3 })
          return JSON.stringify([before === inside, before.id === undefined])
        })
        expect([JSON.parse(text), (await store.read(id))?.data]).toEqual([[true, true], { a: 1 }])
      })

      it('gives all who ask at once the one session, under one lock that lasts for all', async () => {
        const id = await stored({ a: 0 })
        proxy.reset()
        const { text } = await visit(async (event) => {
          const held: unknown[] = []
          const work = (pause: number) =>
            withDynamoSession(async (_event, session: DynamoSession<Values>) => {
              await new Promise((resolve) => setTimeout(resolve, pause))
              held.push((await itemOf(id))?.lock_token)
              return session
            }, make(locking))(event)
          const sessions = await Promise.all([work(10), use(event, locking), work(60)])
          return JSON.stringify([new Set(sessions).size, held.filter(Boolean).length])
        })
        expect(JSON.parse(text)).toEqual([1, 2])
        expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
      })

      it('a lock that another took over meanwhile ends a regeneration, and stays', async () => {
        const id = await stored({ a: 1 })
        const thief = { lock_token: { S: 'thief' }, lock_expires_at: { N: String(Date.now() / 1000 + 60) } }
        const { text } = await visit(
          withDynamoSession(async (_event, session: DynamoSession<Values>) => {
            await client.send(new PutItemCommand({ TableName: options.tableName, Item: { ...(await itemOf(id)), ...thief } }))
            return session.regenerate().catch(({ code }: { code: string }) => code)
          }, make(locking)),
        )
        expect([text, (await itemOf(id))?.lock_token, (await store.read(id))?.data]).toEqual(['LOCK_LOST', thief.lock_token, { a: 1 }])
      })

      it('withDynamoSession runs one handler of a session after the other', async () => {
        const id = await stored({ count: 0 })
        const handler = withDynamoSession(
          async (_event, session: DynamoSession<Values>) => {
            await count(session)
            return 'done'
          },
          make({ ...locking, onConflict: 'overwrite' }),
        )
        routes.handler = handler
        const answers = await Promise.all([1, 2, 3].map(() => ask(server.port, new Map(jar))))
        expect(answers.map(({ text }) => text)).toEqual(['done', 'done', 'done'])
        const item = await itemOf(id)
        expect((await store.read(id))?.data).toEqual({ count: 3 })
        expect(item?.lock_token).toBeUndefined()
      })

      it('releases the lock when the handler throws, and takes it without a read', async () => {
        vi.spyOn(console, 'error').mockReturnValue()
        const id = await stored({ count: 0 })
        proxy.reset()
        let held: unknown
        const { status } = await visit(
          withDynamoSession(async () => {
            held = (await itemOf(id))?.lock_token
            throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
          }, make(locking)),
        )
        expect(status).toBe(418)
        expect(held).toBeDefined()
        expect((await itemOf(id))?.lock_token).toBeUndefined()
        expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
      })

      it('the middleware releases the lock when the handler throws', async () => {
        vi.spyOn(console, 'error').mockReturnValue()
        const id = await stored({ count: 0 })
        routes.middleware = dynamoSession(make(locking))
        let held: unknown
        const { status } = await visit(async () => {
          held = (await itemOf(id))?.lock_token
          throw Object.assign(new Error('no'), { statusCode: 418, status: 418 })
        })
        expect([status, held !== undefined]).toEqual([418, h3.hasNext])
        expect((await itemOf(id))?.lock_token).toBeUndefined()
      })

      it('locks nothing for a visitor without a session', async () => {
        const { text } = await visit(withDynamoSession((_event, session) => String(session.isNew), make(locking)))
        expect([text, proxy.requests]).toEqual(['true', []])
        jar.set('session', 'bad')
        expect((await visit(withDynamoSession((_event, session) => String(session.isNew), make(locking)))).text).toBe('true')
        expect(proxy.requests).toEqual([])
      })

      it('goes on from the latest data when the session was read before, and locks once', async () => {
        const id = await stored({ count: 0 })
        const { text } = await visit(async (event) => {
          const session = await use(event)
          session.data.b = 1
          await store.update((await store.read(id)) as never, { count: 7 })
          const inner = withDynamoSession((_event, { data }: DynamoSession<Values>) => JSON.stringify(data), make(locking))
          return withDynamoSession(inner, make(locking))(event)
        })
        expect(JSON.parse(text)).toEqual({ count: 7, b: 1 })
      })

      it('the middleware holds the lock around the rest where it is given `next`', async () => {
        const id = await stored({ count: 0 })
        routes.middleware = dynamoSession(make(locking))
        proxy.reset()
        let held: unknown
        await visit(async (event) => {
          held = (await itemOf(id))?.lock_token
          await count((event.context as { session: DynamoSession<Values> }).session)
          return ''
        })
        expect(held !== undefined).toBe(h3.hasNext)
        expect(proxy.operations()).toEqual(h3.hasNext ? ['UpdateItem', 'UpdateItem', 'UpdateItem'] : ['GetItem', 'UpdateItem'])
        expect((await itemOf(id))?.lock_token).toBeUndefined()
        expect((await store.read(id))?.data).toEqual({ count: 1 })
      })
    })

    describe('options', () => {
      it('may be a literal inside the handler: fifty requests take at most five connections', async () => {
        const sockets = new Set<unknown>()
        const spied = await listen((incoming, outgoing) => {
          sockets.add(incoming.socket)
          const onward = sendRequest(
            new URL(proxy.endpoint),
            { method: 'POST', headers: incoming.headers },
            (response) => void response.pipe(outgoing.writeHead(response.statusCode ?? 500, response.headers)),
          )
          incoming.pipe(onward)
        })
        try {
          const handler = async (event: SessionEvent): Promise<string> => {
            const session = await useDynamoSession<Values>(event, {
              ...options,
              endpoint: `http://127.0.0.1:${spied.port}`,
              secretKey: [SECRET],
              cookie: { sameSite: 'strict' },
              errorHandler: () => {},
            })
            await session.update(({ count = 0 }) => ({ count: count + 1 }))
            return String(session.data.count)
          }
          for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 5 }, () => visit(handler)))
          expect(sockets.size).toBeLessThanOrEqual(5)
        } finally {
          spied.stop()
        }
      })

      it('may be a driver that is mounted already', async () => {
        const driver = dynamodbDriver({ ...options })
        const mounted = (fn: (session: DynamoSession<Values>) => unknown) =>
          visit(async (event) => JSON.stringify(await fn(await useDynamoSession<Values>(event, { driver, secretKey: SECRET }))))
        await mounted((session) => session.update({ a: 1 }))
        expect((await mounted(({ data }) => data)).text).toBe('{"a":1}')
        await expect(within(() => '', { driver: { name: 'memory' }, endpoint: undefined, tableName: undefined })).rejects.toThrow(
          'is the mount missing?',
        )
      })
    })
  })

  it('the middleware has two plain parameters, which h3 2 counts', () => {
    expect(dynamoSession({})).toHaveLength(2)
  })
}
