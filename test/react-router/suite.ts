// What every SessionStorage of ours promises: one suite for React Router 7, React Router 8 and Remix 2.
import { DeleteItemCommand, GetItemCommand, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import type { SessionOptions } from '../../src/index.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useProxy } from '../support/proxy.ts'

interface Session {
  readonly id: string
  readonly data: Record<string, unknown>
  has(name: string): boolean
  get(name: string): unknown
  set(name: string, value: unknown): void
  flash(name: string, value: unknown): void
  unset(name: string): void
}

interface SerializeOptions {
  maxAge?: number
  expires?: Date
  path?: string
  grace?: number
}

interface Storage {
  getSession(header?: string | null): Promise<Session>
  commitSession(session: Session, options?: SerializeOptions): Promise<string>
  destroySession(session: Session, options?: SerializeOptions): Promise<string>
  regenerateSession(session: Session, options?: SerializeOptions): Promise<string>
  withSession<T>(header: string | null, fn: (session: Session) => T | Promise<T>): Promise<{ value: T; setCookie?: string }>
}

interface Cookie {
  readonly name: string
  serialize(value: unknown): Promise<string>
}

export interface Framework {
  createDynamoSessionStorage(options: Omit<SessionOptions, 'cookie'> & { cookie?: object }): Storage
  createCookie(name: string, options?: object): Cookie
  createSession(data?: Record<string, unknown>, id?: string): Session
  isSession(value: unknown): boolean
}

const SECRET = 'a long and random secret'
const START = 1_800_000_000

/** The Cookie header that a browser sends after a Set-Cookie. */
export function cookieOf(setCookie: string): string {
  return setCookie.split(';')[0] as string
}

export function sessionStorageSuite({ createDynamoSessionStorage, createCookie, createSession, isSession }: Framework): void {
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })

  function atTime(seconds: number): void {
    vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
  }

  onEveryEngine(({ engine, options, client }) => {
    const proxy = useProxy(engine)
    const make = (more: Parameters<Framework['createDynamoSessionStorage']>[0] = {}): Storage =>
      createDynamoSessionStorage({ ...options, endpoint: proxy.endpoint, secretKey: SECRET, ...more })
    /** On another host: a client and a queue of its own. */
    const elsewhere = (more: Parameters<Framework['createDynamoSessionStorage']>[0] = {}): Storage =>
      createDynamoSessionStorage({ driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint }), secretKey: SECRET, ...more })

    async function stored(storage: Storage, data: Record<string, unknown> = { a: 1 }): Promise<string> {
      const session = await storage.getSession()
      for (const [name, value] of Object.entries(data)) session.set(name, value)
      return cookieOf(await storage.commitSession(session))
    }
    const items = async () => (await client.send(new ScanCommand({ TableName: options.tableName, ConsistentRead: true }))).Items ?? []

    describe('the contract', () => {
      it('keeps data from one request to the next', async () => {
        const { getSession, commitSession, destroySession } = make()
        const session = await getSession(null)
        expect(isSession(session)).toBe(true)
        expect([session.id, session.data]).toEqual(['', {}])
        session.set('user', 'ada')
        session.set('n', 1)
        const header = cookieOf(await commitSession(session))
        const next = await getSession(header)
        expect(next.id).toMatch(/^[\w-]{43}$/)
        expect(next.data).toEqual({ user: 'ada', n: 1 })
        next.unset('n')
        await commitSession(next)
        expect((await getSession(header)).data).toEqual({ user: 'ada' })
        await destroySession(next)
        expect((await getSession(header)).data).toEqual({})
      })

      it('finds its cookie among others', async () => {
        const storage = make()
        const cookie = await stored(storage)
        expect((await storage.getSession(`theme=dark; ${cookie}; x=y`)).get('a')).toBe(1)
      })

      it('shows a flash message once', async () => {
        const storage = make()
        const session = await storage.getSession()
        session.flash('note', 'saved')
        const header = cookieOf(await storage.commitSession(session))
        const first = await storage.getSession(header)
        expect(first.has('note')).toBe(true)
        expect(first.get('note')).toBe('saved')
        expect(first.get('note')).toBe(undefined)
        await storage.commitSession(first)
        expect((await storage.getSession(header)).get('note')).toBe(undefined)
      })

      it('creates nothing for a new, empty session and answers no cookie', async () => {
        const storage = make()
        expect(await storage.commitSession(await storage.getSession())).toBe('')
        expect(await storage.destroySession(await storage.getSession())).toMatch(/^__session=;.*Expires=Thu, 01 Jan 1970/)
        expect(proxy.requests).toEqual([])
      })

      it('goes on from the first commit at the second, though the id of a Session never changes', async () => {
        const storage = make()
        const session = await storage.getSession()
        session.set('a', 1)
        const first = cookieOf(await storage.commitSession(session))
        session.set('b', 2)
        const second = cookieOf(await storage.commitSession(session))
        expect(second).toBe(first)
        expect((await storage.getSession(first)).data).toEqual({ a: 1, b: 2 })
        expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem', 'GetItem'])
      })
    })

    describe('the cookie', () => {
      it('is signed, httpOnly, lax and secure outside development, by default', async () => {
        const storage = make()
        const session = await storage.getSession()
        session.set('a', 1)
        const setCookie = await storage.commitSession(session)
        expect(setCookie).toMatch(/^__session=[^;]+; /)
        expect(setCookie.split('; ').slice(1).toSorted()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
        const unset = make({ cookie: { name: undefined, httpOnly: undefined, sameSite: undefined, secure: undefined, path: undefined } })
        const same = await unset.getSession()
        same.set('a', 1)
        expect((await unset.commitSession(same)).replace(/=[^;]+/, '')).toBe(setCookie.replace(/=[^;]+/, ''))
        vi.stubEnv('NODE_ENV', 'development')
        const other = make({ name: 'ignored', cookie: { name: 'dev' } })
        const another = await other.getSession()
        another.set('a', 1)
        expect(await other.commitSession(another)).not.toContain('Secure')
      })

      it('takes the attributes of the call, whose lifetime bounds the record too', async () => {
        atTime(START)
        const storage = make()
        const session = await storage.getSession()
        session.set('a', 1)
        const setCookie = await storage.commitSession(session, { maxAge: 60, path: '/app' })
        expect(setCookie).toContain('Max-Age=60')
        expect(setCookie).toContain('Path=/app')
        atTime(START + 59)
        expect((await storage.getSession(cookieOf(setCookie))).get('a')).toBe(1)
        atTime(START + 60)
        expect((await storage.getSession(cookieOf(setCookie))).get('a')).toBe(undefined)
      })

      it('gives the record the idle lifetime of its own maxAge, and a bound by its fixed expires', async () => {
        atTime(START)
        for (const cookie of [{ maxAge: 100 }, createCookie('__session', { secrets: [SECRET], maxAge: 100 })]) {
          const storage = make({ cookie, touchAfter: 0 })
          const header = await stored(storage)
          atTime(START + 90)
          await storage.commitSession(await storage.getSession(header))
          atTime(START + 189)
          expect((await storage.getSession(header)).get('a')).toBe(1)
          atTime(START + 191)
          expect((await storage.getSession(header)).get('a')).toBe(undefined)
          atTime(START)
        }
        const expires = new Date((START + 50) * 1000)
        for (const cookie of [{ expires }, createCookie('__session', { secrets: [SECRET], expires })]) {
          const storage = make({ cookie, touchAfter: 0 })
          atTime(START)
          const header = await stored(storage)
          atTime(START + 49)
          expect((await storage.getSession(header)).get('a')).toBe(1)
          atTime(START + 50)
          expect((await storage.getSession(header)).get('a')).toBe(undefined)
        }
      })

      it('may be a Cookie of the framework, which must be signed', async () => {
        const storage = make({ secretKey: undefined, cookie: createCookie('mine', { secrets: ['s1'] }) } as never)
        const header = await stored(storage)
        expect(header).toMatch(/^mine=/)
        expect((await storage.getSession(header)).get('a')).toBe(1)
        const unsigned = make({ cookie: createCookie('mine') })
        await expect(unsigned.getSession()).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
      })

      it('needs a secret, which is missed at the first call only', async () => {
        const storage = createDynamoSessionStorage({ ...options, raiseErrors: false })
        await expect(storage.getSession()).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
        await expect(storage.commitSession(createSession({ a: 1 }))).rejects.toMatchObject({ code: 'MISSING_SECRET_KEY' })
        vi.stubEnv('AWS_DYNAMO_DB_SESSION_SECRET_KEY', '12345')
        expect((await createDynamoSessionStorage({ ...options }).getSession()).id).toBe('')
      })

      it('of a former secret is still understood, and of a removed one no longer', async () => {
        const header = await stored(make({ secretKey: 'old' }))
        const rotated = make({ secretKey: ['new', 'old'] })
        const session = await rotated.getSession(header)
        expect(session.get('a')).toBe(1)
        session.set('b', 2)
        const renewed = cookieOf(await rotated.commitSession(session))
        expect((await make({ secretKey: 'new' }).getSession(renewed)).get('a')).toBe(1)
        expect((await make({ secretKey: 'new' }).getSession(header)).get('a')).toBe(undefined)
      })

      it('that is bad costs no request and no exception (guarantee 12)', async () => {
        const storage = make()
        const good = await stored(storage)
        const value = decodeURIComponent(good.slice('__session='.length))
        const signed = (content: unknown) =>
          createCookie('__session', { secrets: [SECRET] })
            .serialize(content)
            .then(cookieOf)
        const bad = [
          '',
          '__session=',
          '__session=%',
          '__session=%E0%A4%A',
          `__session=${value.slice(0, -3)}`,
          `__session=${value.split('.')[0]}`,
          `__session=x${value}`,
          good.replace('__session', 'session'),
          `__session=${'a'.repeat(20_000)}`,
          await createCookie('__session', { secrets: ['another secret'] })
            .serialize('a'.repeat(43))
            .then(cookieOf),
          await createCookie('__session').serialize('a'.repeat(43)).then(cookieOf),
          await signed('short'),
          await signed(42),
          await signed({ id: 'a'.repeat(43) }),
          await signed(null),
        ]
        proxy.reset()
        for (const header of bad) {
          const session = await storage.getSession(header)
          expect([session.id, session.data], header.slice(0, 60)).toEqual(['', {}])
        }
        expect(proxy.requests).toEqual([])
      })
    })

    describe('requests', () => {
      it('four parallel loaders are one read, each with data of its own (guarantee 5)', async () => {
        const storage = make()
        const header = await stored(storage, { list: [1] })
        proxy.reset()
        const sessions = await Promise.all(Array.from({ length: 4 }, () => storage.getSession(header)))
        expect(proxy.operations()).toEqual(['GetItem'])
        ;((sessions[0] as Session).get('list') as number[]).push(2)
        expect(sessions[1]?.get('list')).toEqual([1])
        sessions[0]?.set('x', 1)
        expect(sessions[1]?.has('x')).toBe(false)
      })

      it('a read after a commit is not shared with one from before', async () => {
        const storage = make()
        const header = await stored(storage)
        const session = await storage.getSession(header)
        session.set('a', 2)
        proxy.fault = ({ operation }) => (operation === 'GetItem' ? 100 : undefined)
        const early = storage.getSession(header)
        await vi.waitFor(() => expect(proxy.operations().at(-1)).toBe('GetItem'))
        proxy.fault = () => undefined
        await storage.commitSession(session)
        expect((await storage.getSession(header)).get('a')).toBe(2)
        await early
      })

      it('an unchanged commit writes nothing and sends no cookie; a changed one is one write, with the cookie', async () => {
        const storage = make()
        const header = await stored(storage)
        proxy.reset()
        const session = await storage.getSession(header)
        expect(await storage.commitSession(session)).toBe('')
        expect(proxy.operations()).toEqual(['GetItem'])
        session.set('a', 2)
        expect(cookieOf(await storage.commitSession(session))).toBe(header)
        expect(proxy.operations()).toEqual(['GetItem', 'UpdateItem'])
      })
    })

    describe('a session that is gone', () => {
      it('is expired after its time, and an unknown id is never adopted', async () => {
        atTime(START)
        const storage = make({ maxStale: 60 })
        const header = await stored(storage)
        atTime(START + 60)
        const session = await storage.getSession(header)
        expect([session.id, session.data]).toEqual(['', {}])
        session.set('a', 2)
        const fresh = cookieOf(await storage.commitSession(session))
        expect(fresh).not.toBe(header)
        expect((await storage.getSession(header)).data).toEqual({})
        expect((await storage.getSession(fresh)).get('a')).toBe(2)
      })

      it('is not revived by a late commit, which sends no cookie (guarantee 2)', async () => {
        const storage = make()
        const header = await stored(storage)
        const late = await storage.getSession(header)
        const later = await elsewhere().getSession(header)
        await storage.destroySession(await storage.getSession(header))
        const before = await items()
        late.set('a', 2)
        expect(await storage.commitSession(late)).toBe('')
        expect(await storage.commitSession(late)).toBe('')
        expect(await storage.regenerateSession(later)).toBe('')
        expect(await items()).toEqual(before)
        expect((await storage.getSession(header)).data).toEqual({})
      })

      it('stays gone when the same Session is committed after it was destroyed', async () => {
        const storage = make()
        const session = await storage.getSession(await stored(storage))
        await storage.destroySession(session)
        session.set('a', 3)
        expect(await storage.commitSession(session)).toBe('')
      })

      it('is destroyed with the attributes of the call', async () => {
        const storage = make()
        const session = await storage.getSession(await stored(storage))
        const setCookie = await storage.destroySession(session, { path: '/app', maxAge: 100 })
        expect(setCookie).toMatch(/Path=\/app/)
        expect(setCookie).toMatch(/Expires=Thu, 01 Jan 1970/)
        expect(setCookie).not.toMatch(/Max-Age=100/)
      })

      it('cannot be made by a Session of another storage, which is committed onto live records only', async () => {
        const storage = make()
        const header = await stored(storage)
        const { id } = await storage.getSession(header)
        expect(await storage.commitSession(createSession({ x: 1 }, 'x'.repeat(43)))).toBe('')
        expect(await storage.commitSession(createSession({ x: 1 }, 'not an id'))).toBe('')
        expect(cookieOf(await storage.commitSession(createSession({ x: 1 }, id)))).toBe(header)
        expect((await storage.getSession(header)).data).toEqual({ x: 1 })
      })
    })

    describe('concurrent requests (guarantee 3)', () => {
      it('that change different keys all keep their change', async () => {
        const storage = make()
        const header = await stored(storage)
        const [one, two] = [await storage.getSession(header), await elsewhere().getSession(header)]
        const other = elsewhere()
        const three = await other.getSession(header)
        one.set('one', 1)
        two.set('two', 2)
        three.unset('a')
        await storage.commitSession(one)
        await other.commitSession(three)
        await elsewhere().commitSession(createSession({ ...(await storage.getSession(header)).data, two: 2 }, one.id))
        expect((await storage.getSession(header)).data).toEqual({ one: 1, two: 2 })
      })

      it('do not lose what a merge brought in at the second commit of one Session', async () => {
        const [here, there] = [make(), elsewhere()]
        const header = await stored(here)
        const [mine, theirs] = [await here.getSession(header), await there.getSession(header)]
        theirs.set('theirs', 1)
        await there.commitSession(theirs)
        mine.set('mine', 1)
        await here.commitSession(mine)
        mine.set('mine', 2)
        await here.commitSession(mine)
        expect((await here.getSession(header)).data).toEqual({ a: 1, theirs: 1, mine: 2 })
      })

      it('show a flash message that was set while another was read', async () => {
        const [here, there] = [make(), elsewhere()]
        const session = await here.getSession()
        session.flash('note', 'first')
        const header = cookieOf(await here.commitSession(session))
        const [reader, writer] = [await here.getSession(header), await there.getSession(header)]
        expect(reader.get('note')).toBe('first')
        writer.flash('note', 'second')
        await there.commitSession(writer)
        await here.commitSession(reader)
        expect((await here.getSession(header)).get('note')).toBe('second')
      })
    })

    describe('regenerateSession', () => {
      it('moves the session to a new id; the old cookie is dead', async () => {
        const storage = make()
        const header = await stored(storage)
        const session = await storage.getSession(header)
        session.set('user', 'ada')
        const next = cookieOf(await storage.regenerateSession(session))
        expect(next).not.toBe(header)
        expect((await storage.getSession(header)).data).toEqual({})
        expect((await storage.getSession(next)).data).toEqual({ a: 1, user: 'ada' })
        session.set('later', 1)
        expect(cookieOf(await storage.commitSession(session))).toBe(next)
        expect((await storage.getSession(next)).data).toEqual({ a: 1, user: 'ada', later: 1 })
      })

      it('stores a new session like a commit', async () => {
        const storage = make()
        const session = await storage.getSession()
        session.set('user', 'ada')
        const header = cookieOf(await storage.regenerateSession(session))
        expect((await storage.getSession(header)).get('user')).toBe('ada')
        expect(await storage.regenerateSession(await storage.getSession())).toBe('')
      })
    })

    describe('withSession', () => {
      it('commits once, and only what changed', async () => {
        const storage = make()
        const created = await storage.withSession(null, (session) => {
          session.set('a', 1)
          return 'made'
        })
        expect(created.value).toBe('made')
        const header = cookieOf(created.setCookie as string)
        proxy.reset()
        expect(await storage.withSession(header, (session) => session.get('a'))).toEqual({ value: 1 })
        expect(proxy.operations()).toEqual(['GetItem'])
        // The browser has the cookie already, and one without a lifetime needs no renewal.
        expect(await storage.withSession(header, async (session) => void session.set('a', 2))).toEqual({ value: undefined })
        expect((await storage.getSession(header)).get('a')).toBe(2)
        expect(await storage.withSession(null, () => 'nothing')).toEqual({ value: 'nothing' })
      })

      it('does not commit what the callback destroyed or committed itself, nor when it throws', async () => {
        const storage = make()
        const header = await stored(storage)
        proxy.reset()
        expect(await storage.withSession(header, (session) => storage.destroySession(session).then(() => 1))).toEqual({ value: 1 })
        expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
        await expect(
          storage.withSession(null, (session) => {
            session.set('a', 1)
            throw new Error('no')
          }),
        ).rejects.toThrow('no')
        expect(proxy.operations()).toEqual(['GetItem', 'DeleteItem'])
      })
    })

    describe('errors (guarantee 11)', () => {
      it('of a failed read give an empty session that is never written back, with raiseErrors false', async () => {
        const header = await stored(make())
        const errorHandler = vi.fn()
        const storage = make({ raiseErrors: false, errorHandler, maxAttempts: 1 })
        proxy.fault = () => 'error'
        const session = await storage.getSession(header)
        expect(session.data).toEqual({})
        expect(errorHandler).toHaveBeenCalledWith(expect.objectContaining({ code: 'SERVER_ERROR' }), { operation: 'read' })
        proxy.reset()
        session.set('a', 'wiped')
        expect(await storage.commitSession(session)).toBe('')
        expect(await storage.regenerateSession(session)).toBe('')
        expect(proxy.requests).toEqual([])
        expect((await storage.getSession(header)).get('a')).toBe(1)
      })

      it('are raised by default, to every reader that shared the request', async () => {
        const header = await stored(make())
        const storage = make({ maxAttempts: 1 })
        proxy.fault = () => 'error'
        const results = await Promise.allSettled([storage.getSession(header), storage.getSession(header)])
        expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
        proxy.reset()
        expect((await storage.getSession(header)).get('a')).toBe(1)
      })

      it('of a missing table are raised whatever the options', async () => {
        const storage = make({ tableName: 'no-such-table', raiseErrors: false })
        const header = await stored(make())
        await expect(storage.getSession(header)).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
      })

      it('of data that cannot be decoded start an empty session and leave the record alone', async () => {
        const errorHandler = vi.fn()
        const storage = make({ errorHandler })
        const header = await stored(storage)
        const key = { session_id: (await items()).at(-1)?.session_id as { S: string } }
        const all = await items()
        for (const { session_id } of all) {
          const Key = { session_id: session_id as { S: string } }
          const broken = {
            TableName: options.tableName,
            Key,
            UpdateExpression: 'SET #d = :d',
            ExpressionAttributeNames: { '#d': 'data' },
            ExpressionAttributeValues: { ':d': { S: '{' } },
          }
          await client.send(new UpdateItemCommand(broken))
        }
        const session = await storage.getSession(header)
        expect(session.id).toBe('')
        expect(errorHandler).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNREADABLE_DATA' }), { operation: 'read' })
        session.set('b', 1)
        const fresh = cookieOf(await storage.commitSession(session))
        expect(fresh).not.toBe(header)
        const left = await client.send(new GetItemCommand({ TableName: options.tableName, Key: key, ConsistentRead: true }))
        expect(left.Item?.data).toEqual({ S: '{' })
        // Others may decode it, and its cookie is good for them until the log-out.
        const broken = async () => (await items()).filter(({ data }) => data?.S === '{').length
        const before = await broken()
        await storage.destroySession(await storage.getSession(header))
        expect(await broken()).toBe(before - 1)
        for (const { session_id } of all)
          await client.send(new DeleteItemCommand({ TableName: options.tableName, Key: { session_id: session_id as { S: string } } }))
      })
    })
  })

  describe('without an engine', () => {
    it('refuses wrong options when it is made, and needs nothing else then', () => {
      expect(() => createDynamoSessionStorage({ maxAge: 'long' } as never)).toThrow('Option `maxAge`')
      expect(() => createDynamoSessionStorage({ cookie: { maxAge: 86_400_000 } })).toThrow('did you mean 86400')
      expect(() => createDynamoSessionStorage({ password: 'x' } as never)).toThrow('did you mean `secretKey`?')
      vi.stubEnv('AWS_REGION', undefined)
      expect(() => createDynamoSessionStorage({})).not.toThrow()
    })
  })
}
