// What express-session expects of a store, called as its middleware, its tests and those of other stores call it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { SessionData } from 'express-session'
import { describe, expect, it, vi } from 'vitest'
import { DynamoDBStore } from '../../src/express.ts'
import { createSessionStore, InvalidOptionError } from '../../src/index.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { lookInto, useVisits } from './visits.ts'

let drawn = 0
const newId = (): string => `an-id-that-a-framework-drew-${process.pid}-${drawn++}`

function data(values: object = {}, maxAge: number | null = null): SessionData {
  return {
    cookie: { originalMaxAge: maxAge, path: '/', httpOnly: true, ...(maxAge === null ? {} : { expires: new Date(Date.now() + maxAge) }) },
    ...values,
  }
}

/** A method with a callback as a promise. */
function asked<Result>(run: (callback: (error?: unknown, result?: Result) => void) => void): Promise<Result | undefined> {
  return new Promise((resolve, reject) => run((error, result) => (error ? reject(error as Error) : resolve(result))))
}

onEveryEngine(
  (table) => {
    const visits = useVisits(table)
    const { proxy } = visits
    const other = lookInto(table)
    const get = (store: DynamoDBStore, id: string): Promise<SessionData | null | undefined> => asked((done) => store.get(id, done))
    const set = (store: DynamoDBStore, id: string, session: SessionData): Promise<unknown> => asked((done) => store.set(id, session, done))
    const shown = async (store: DynamoDBStore, id: string): Promise<unknown> => JSON.parse(JSON.stringify((await get(store, id)) ?? null))

    describe('set and get', () => {
      it('return what was stored, with when the cookie ends', async () => {
        atTime(START)
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data({ a: { b: [1] } }, 60_000))
        expect(await shown(store, id)).toEqual({
          cookie: { originalMaxAge: 60_000, path: '/', httpOnly: true, expires: new Date((START + 60) * 1000).toISOString() },
          a: { b: [1] },
        })
        const read = await get(store, id)
        expect(read?.cookie.expires).toEqual(new Date((START + 60) * 1000))
      })

      it('take another `set` for the whole', async () => {
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data({ a: 1, b: 2 }))
        await set(store, id, data({ b: 3 }))
        expect(await shown(store, id)).toEqual(JSON.parse(JSON.stringify(data({ b: 3 }))))
      })

      it('are null for what is not there, whatever its shape, without a request where it can be no id', async () => {
        const store = visits.newStore()
        expect(await get(store, newId())).toBeNull()
        proxy.requests.splice(0)
        for (const id of ['', 'short', '../../etc/passwd', 'a'.repeat(129), '__proto__']) expect(await get(store, id)).toBeNull()
        expect(visits.operations()).toEqual([])
      })

      it('refuse an id that could be guessed', async () => {
        await expect(set(visits.newStore(), 'short', data())).rejects.toMatchObject({ code: 'INVALID_ID' })
      })

      it('do not bring back what was looked for in vain, or ended, by that process', async () => {
        const store = visits.newStore()
        const id = newId()
        expect(await get(store, id)).toBeNull()
        await set(store, id, data({ a: 1 }))
        expect(await get(store, id)).toBeNull()
      })

      it('keep what `get` returned in step with what it was', async () => {
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data({ a: 1, b: 1 }))
        const [one, two] = [await get(store, id), await get(visits.newStore(), id)] as [SessionData, SessionData]
        await set(store, id, Object.assign(one, { a: 2 }))
        await set(store, id, Object.assign(two, { b: 2 }))
        expect(await shown(store, id)).toMatchObject({ a: 2, b: 2 })
      })
    })

    describe('touch', () => {
      it('extends a session when that is due, and leaves its data', async () => {
        atTime(START)
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data({ a: 1 }, 100_000))
        const read = (await get(store, id)) as SessionData
        proxy.requests.splice(0)
        atTime(START + 5)
        await asked((done) => store.touch(id, read, done))
        expect(visits.operations()).toEqual([])
        atTime(START + 50)
        await asked((done) => store.touch(id, read, done))
        expect(visits.operations()).toEqual(['UpdateItem'])
        const record = await other.read(id)
        expect([record?.expiresAt, record?.data.a]).toEqual([new Date((START + 150) * 1000), 1])
      })

      it('makes no session of one that is not there', async () => {
        const store = visits.newStore()
        const id = newId()
        await asked((done) => store.touch(id, data({ a: 1 }), done))
        expect(await get(store, id)).toBeNull()
      })
    })

    describe('destroy', () => {
      it('ends a session, and is harmless where there is none', async () => {
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data({ a: 1 }))
        await asked((done) => store.destroy(id, done))
        expect(await get(store, id)).toBeNull()
        await asked((done) => store.destroy(id, done))
        await asked((done) => store.destroy('short', done))
      })
    })

    describe('all, length and clear', () => {
      it('are about the live sessions of one `keyPrefix`', async () => {
        atTime(START)
        const [ours, theirs] = [visits.newStore({ keyPrefix: 'ours:' }), visits.newStore({ keyPrefix: 'theirs:' })]
        await set(ours, newId(), data({ a: 1 }))
        await set(ours, newId(), data({ a: 2 }))
        await set(ours, newId(), data({ a: 3 }, 1000))
        await set(theirs, newId(), data({ b: 1 }))
        atTime(START + 2)
        expect((await asked<SessionData[]>((done) => ours.all(done)))?.map(({ a }) => a).toSorted()).toEqual([1, 2])
        expect(await asked((done) => ours.length(done))).toBe(2)
        await asked((done) => ours.clear(done))
        expect(await asked((done) => ours.length(done))).toBe(0)
        expect(await asked((done) => theirs.length(done))).toBe(1)
      })

      it('without a prefix leave the items of others in the table alone', async () => {
        const [store, theirs] = [visits.newStore(), visits.newStore({ keyPrefix: 'others:' })]
        await set(store, newId(), data({ a: 1 }))
        await set(theirs, newId(), data({ b: 1 }))
        await asked((done) => store.clear(done))
        expect(await asked((done) => store.length(done))).toBe(0)
        expect(await asked((done) => theirs.length(done))).toBe(1)
      })
    })

    describe('callbacks', () => {
      it('are called once, outside the promise, also where they throw', async () => {
        const store = visits.newStore()
        const id = newId()
        await set(store, id, data())
        const thrown: unknown[] = []
        const before = process.listeners('uncaughtException')
        process.removeAllListeners('uncaughtException')
        process.on('uncaughtException', (error) => void thrown.push(error))
        const callback = vi.fn(() => {
          throw new Error('of the application')
        })
        try {
          store.get(id, callback)
          await vi.waitFor(() => expect(thrown).toHaveLength(1), { timeout: 20_000 })
          await nextTurn()
        } finally {
          process.removeAllListeners('uncaughtException')
          for (const listener of before) process.on('uncaughtException', listener)
        }
        expect(callback).toHaveBeenCalledTimes(1)
        expect(callback.mock.calls[0]).toEqual([null, expect.objectContaining({ cookie: expect.anything() })])
      })

      it('are called later, and may be left out', async () => {
        const store = visits.newStore()
        const id = newId()
        let isLater = false
        const done = asked((callback) =>
          store.set(id, data(), (error) => {
            expect(isLater).toBe(true)
            callback(error)
          }),
        )
        isLater = true
        await done
        store.touch(id, data())
        store.destroy(id)
        await vi.waitFor(async () => expect(await other.read(id)).toBeNull(), { timeout: 20_000 })
      })

      it('get the error, which the handler hears of too', async () => {
        const heard: string[] = []
        const store = visits.newStore({ errorHandler: (_, { operation }) => void heard.push(operation) })
        proxy.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } })
        const id = newId()
        await expect(get(store, id)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        await expect(set(store, newId(), data())).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        await expect(asked((done) => store.destroy(id, done))).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        await expect(asked((done) => store.length(done))).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        expect(heard).toEqual(['read', 'create', 'destroy', 'read'])
      })
    })

    it('`load` returns a session with its methods', async () => {
      const store = visits.use()
      const browser = {}
      await visits.put(browser, { a: 1 })
      const loaded = await asked<SessionData>((done) => store.load(visits.idOf(browser), done))
      expect(loaded).toMatchObject({ a: 1, save: expect.any(Function) })
    })

    it('finds the sessions of a user', async () => {
      const store = visits.newStore({ userIdKey: 'userId' })
      const users = createSessionStore({ ...table.options, userIdKey: 'userId' })
      const id = newId()
      await set(store, id, data({ userId: 'ada' }))
      expect(await users.destroyByUser('ada')).toBe(1)
      expect(await get(store, id)).toBeNull()
    })
  },
  { userIdKey: 'userId' },
)

describe('options', () => {
  it('are the flat set, and checked where they are given', () => {
    expect(new DynamoDBStore({ secretKey: 'for others'.repeat(2), cookie: { maxAge: 3600 } })).toBeInstanceOf(DynamoDBStore)
    expect(() => new DynamoDBStore({ table: 'sessions' } as object)).toThrow(InvalidOptionError)
    expect(() => new DynamoDBStore({ migrate: { from: 'redis' as 'connect-dynamodb' } })).toThrow(/`migrate.from`|migrate\.from/)
  })
})
