// Integers above 2^53, which Ruby writes and JavaScript rounds: what is beside them can be written, in every adapter.
import { H3 } from 'h3'
import { createCookie as createRemixCookie } from '@remix-run/node'
import { describe, expect, it } from 'vitest'
import { createSessionMiddleware, createDynamoSessionStorage as createReactRouterStorage } from '../../../src/react-router.ts'
import { createDynamoSessionStorage as createRemixStorage } from '../../../src/remix.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../../src/remix3.ts'
import { useDynamoSession } from '../../../src/h3.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { keepTexts } from '../../../src/core/sessions/record/exact-text.ts'
import { cookieOf } from '../../support/cookie.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

/** A session of one adapter: its key, and what the browser brings. */
interface Visitor {
  readonly key: string
  write(name: string, value: unknown): Promise<unknown>
  /** Writes under a new id, and returns its key. */
  rotate(name: string, value: unknown): Promise<string>
}

const BIG = '9007199254740993'
const RUBY = `{"big": ${BIG}, "float":1.0,"deep":{"list":[1,-${BIG}0, "${BIG}"]}, "a\\u002Fb" : "\\"{,:}\\u00e9","n":1}`
const KEPT = `"big":${BIG},"float":1.0,"deep":{"list":[1,-${BIG}0, "${BIG}"]},"a/b":"\\"{,:}\\u00e9"`

const adapters: Record<string, (options: SessionOptions) => Promise<Visitor>> = {
  async store(options) {
    const store = createSessionStore<Data>(options)
    const { id } = await store.create({ first: true })
    const next = async (name: string, value: unknown) => {
      const record = must(await store.read(id))
      return { record, data: { ...record.data, [name]: value } }
    }
    return {
      key: id,
      async write(name, value) {
        const { record, data } = await next(name, value)
        return store.update(record, data)
      },
      async rotate(name, value) {
        const { record, data } = await next(name, value)
        return must(await store.regenerate(record, { data })).key
      },
    }
  },

  'store with a lock': async (options) => {
    const visitor = await (adapters.store as (typeof adapters)[string])(options)
    const write = (name: string, value: unknown) =>
      createSessionStore<Data>({ ...options, lockExpiryTime: 60_000 }).withLock(visitor.key, async ({ record, update }) => {
        const once = must(await update({ ...record.data, twice: name }))
        await update({ ...once.data, twice: undefined, [name]: value })
      })
    return { ...visitor, write }
  },

  'React Router': (options) => reactRouter(createReactRouterStorage<Data>(options as object)),

  async 'React Router’s middleware'(options) {
    const storage = createReactRouterStorage<Data>(options as object)
    const visitor = await reactRouter(storage)
    const [middleware, getSession] = createSessionMiddleware(storage)
    return {
      ...visitor,
      async write(name, value) {
        const context = new Map()
        const request = new Request('http://localhost/', { headers: { cookie: visitor.cookie } })
        await middleware({ request, context }, async () => getSession(context).set(name, value))
      },
    }
  },

  'Remix 2': (options) =>
    reactRouter(
      createRemixStorage<Data>({ ...options, cookie: createRemixCookie('s', { secrets: ['a secret of some length'] }) } as object),
    ),

  async 'Remix 3'(options) {
    const storage = createRemix3Storage(options)
    const session = await storage.read(null)
    session.set('first', true)
    const key = must(await storage.save(session))
    return {
      key,
      ...byRequest({
        read: () => storage.read(key),
        save: (read) => storage.save(read),
        async move(read) {
          read.regenerateId(true)
          return must(await storage.save(read))
        },
      }),
    }
  },

  async h3(options) {
    const app = new H3()
    let work: (session: Awaited<ReturnType<typeof useDynamoSession<Data>>>) => Promise<unknown>
    let failure: unknown
    app.all('/**', async (event) => {
      const session = await useDynamoSession<Data>(event, options as object)
      await work(session).catch((error: unknown) => (failure = error))
      return session.id
    })
    const ask = async (cookie: string, change: typeof work): Promise<Response> => {
      work = change
      failure = undefined
      const response = await app.request('/', { headers: { host: 'localhost', cookie } })
      if (failure !== undefined) throw failure
      return response
    }
    const response = await ask('', (session) => session.update({ first: true }))
    const cookie = cookieOf(response.headers.getSetCookie()[0] as string)
    return {
      key: await response.text(),
      write: (name, value) => ask(cookie, (session) => session.update({ [name]: value })),
      async rotate(name, value) {
        const moved = await ask(cookie, async (session) => {
          await session.update({ [name]: value })
          await session.regenerate()
        })
        return moved.text()
      },
    }
  },
}

type Storage = Pick<ReturnType<typeof createReactRouterStorage<Data>>, 'getSession' | 'commitSession' | 'regenerateSession'>

async function reactRouter(storage: Storage): Promise<Visitor & { readonly cookie: string }> {
  const session = await storage.getSession(null)
  session.set('first', true)
  const cookie = cookieOf(await storage.commitSession(session))
  return {
    cookie,
    key: session.id,
    ...byRequest({
      read: () => storage.getSession(cookie),
      save: (read) => storage.commitSession(read),
      async move(read) {
        await storage.regenerateSession(read)
        return read.id
      },
    }),
  }
}

/** Each call is a request of its own: it reads the session, sets a key, and saves it, under its id or a new one. */
function byRequest<Session extends { set(name: string, value: unknown): void }>(adapter: {
  read(): Promise<Session>
  save(session: Session): Promise<unknown>
  move(session: Session): Promise<string>
}): Pick<Visitor, 'write' | 'rotate'> {
  const change = async (name: string, value: unknown): Promise<Session> => {
    const session = await adapter.read()
    session.set(name, value)
    return session
  }
  return {
    write: async (name, value) => adapter.save(await change(name, value)),
    rotate: async (name, value) => adapter.move(await change(name, value)),
  }
}

onEveryEngine((table) => {
  const { options, itemAt, setAttribute } = useStores(table)
  const flat: SessionOptions = { ...options, hashIds: false, secretKey: 'a secret of some length' }
  const dataAt = async (key: string): Promise<string | undefined> => (await itemAt(key))?.data?.S

  describe.each(Object.entries(adapters))('in %s, integers above 2^53 that Ruby stored', (_, open) => {
    it('stay when another key is written, and under a new id', async () => {
      const { key, write, rotate } = await open(flat)
      await setAttribute(key, 'data', { S: RUBY })
      await write('n', 2)
      expect(await dataAt(key)).toBe(`{${KEPT},"n":2}`)
      await write('more', [3])
      expect(await dataAt(key)).toBe(`{${KEPT},"n":2,"more":[3]}`)
      const moved = await rotate('n', 4)
      expect(moved).not.toBe(key)
      expect(await dataAt(moved)).toBe(`{${KEPT},"n":4,"more":[3]}`)
    })

    it('are not stored rounded with a key that was changed: an error says so', async () => {
      const { key, write } = await open(flat)
      await setAttribute(key, 'data', { S: RUBY })
      await expect(write('deep', { list: [2, Number(`-${BIG}0`)] })).rejects.toThrow(/`data` .*integer above 2\^53/)
      expect(await dataAt(key)).toMatch(new RegExp(`"deep": *\\{"list":\\[1,-${BIG}0`))
      await write('deep', 'replaced')
      expect(await dataAt(key)).toContain(`"big":${BIG},"float":1.0,"deep":"replaced"`)
    })
  })

  it('stay when Ruby writes at the same time, and as the id of a user', async () => {
    const store = createSessionStore<Data>({ ...flat, userIdKey: 'user' })
    const record = await store.create({ user: 1 })
    await setAttribute(record.id, 'data', { S: `{"user":${BIG}}` })
    const read = must(await store.read(record.id))
    await setAttribute(record.id, 'data', { S: `{"user":${BIG},"ruby":${BIG}}` })
    await setAttribute(record.id, 'updated_at', { S: String(Date.now() / 1000) })
    await store.update(read, { ...read.data, ours: 1 })
    expect(await itemAt(record.id)).toMatchObject({ data: { S: `{"user":${BIG},"ruby":${BIG},"ours":1}` }, user_id: { S: BIG } })
    const moved = must(await store.regenerate(must(await store.read(record.id))))
    expect(await itemAt(moved.id)).toMatchObject({ data: { S: `{"user":${BIG},"ruby":${BIG},"ours":1}` }, user_id: { S: BIG } })
  })
})

describe('the texts of values', () => {
  it.each([
    ['{"a":1,"b":2}', '{"a":9007199254740993}', '{"a":1,"b":2}'],
    ['{"a":9007199254740992,"b":2}', '{"a":9007199254740993}', '{"a":9007199254740993,"b":2}'],
    ['{"b":9007199254740992}', '{"a":9007199254740993}', undefined],
    ['{"b":{"c":[9007199254740992]}}', '{"a":9007199254740993}', undefined],
    ['{"b":"9007199254740992"}', '{"a":9007199254740993}', '{"b":"9007199254740992"}'],
    // What JavaScript holds exactly is none of those, however large.
    ['{"b":1152921504606846976}', '{"a":1152921504606846976}', '{"b":1152921504606846976}'],
    ['{"a":1e+23}', '{"a":99999999999999991611392}', '{"a":1e+23}'],
    ['{"a":1,"__proto__":9007199254740992}', '{"__proto__":9007199254740993,"a":0}', '{"a":1,"__proto__":9007199254740993}'],
    ['{"a":9007199254740992}', '{"a":1,"a":9007199254740993}', '{"a":9007199254740993}'],
    ['[1]', '[9007199254740993]', '[1]'],
    ['[9007199254740992]', '[9007199254740993]', undefined],
  ])('%s after %s', (text, before, kept) => {
    expect(keepTexts(text, before)).toBe(kept)
  })
})
