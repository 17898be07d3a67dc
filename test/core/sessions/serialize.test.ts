// How often an operation turns the whole of a session's data into text: it grows with the data, and is done where requests are answered.
import { H3 } from 'h3'
import { describe, expect, it } from 'vitest'
import { useDynamoSession } from '../../../src/h3.ts'
import type { DynamoSession } from '../../../src/h3.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../../src/remix3.ts'
import { createSessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'

type Values = { whole?: true; n?: number; list?: number[] }

/** Counts what has the key that only the whole data has. */
function countingSerializer() {
  const counts = { stringified: 0, parsed: 0 }
  return {
    counts,
    take() {
      const taken = { ...counts }
      counts.stringified = counts.parsed = 0
      return taken
    },
    serializer: {
      stringify(value: unknown) {
        if (typeof value === 'object' && value !== null && 'whole' in value) counts.stringified++
        return JSON.stringify(value)
      },
      parse(text: string): unknown {
        const value: unknown = JSON.parse(text)
        if (typeof value === 'object' && value !== null && 'whole' in value) counts.parsed++
        return value
      },
    },
  }
}

onEveryEngine(({ options }) => {
  const { serializer, take } = countingSerializer()
  const all = { ...options, serializer, secretKey: 'secret'.repeat(4) }

  describe('the whole data is serialized', () => {
    it("once by React Router's commit, whether it creates, changes or leaves the session", async () => {
      const storage = createDynamoSessionStorage<Values>({ ...all, cookie: { name: 'session' } })
      const session = await storage.getSession()
      session.set('whole', true)
      take()
      const cookie = (await storage.commitSession(session)).split(';')[0] as string
      expect(take().stringified).toBe(1)
      for (const n of [1, 1]) {
        const read = await storage.getSession(cookie)
        read.set('n', n)
        take()
        await storage.commitSession(read)
        expect(take().stringified).toBe(1)
      }
      const moved = await storage.getSession(cookie)
      take()
      await storage.regenerateSession(moved)
      expect(take().stringified).toBe(1)
    })

    it("once by h3's update() without a change, and twice by one with a change or a function", async () => {
      const app = new H3()
      const seen: Record<string, ReturnType<typeof take>> = {}
      const counted = async (name: string, work: () => Promise<unknown>): Promise<void> => {
        take()
        await work()
        seen[name] = take()
      }
      app.get('/', async (event) => {
        const session: DynamoSession<Values> = await useDynamoSession<Values>(event, all)
        await session.update({ whole: true, list: [1] })
        await counted('update()', () => session.update())
        session.data.list?.push(2)
        await counted('update() of what was changed in place', () => session.update())
        await counted('update({ n })', () => session.update({ n: 1 }))
        await counted('update(fn)', () => session.update(({ n = 0 }) => ({ n: n + 1 })))
        await counted('unset', () => session.unset('n'))
        await counted('regenerate', () => session.regenerate())
        return session.data
      })
      const response = await app.request('/')
      expect(await response.json()).toEqual({ whole: true, list: [1, 2] })
      expect(Object.fromEntries(Object.entries(seen).map(([name, { stringified }]) => [name, stringified]))).toEqual({
        'update()': 1,
        'update() of what was changed in place': 1,
        'update({ n })': 2,
        'update(fn)': 2,
        unset: 2,
        regenerate: 1,
      })
      expect(seen['update(fn)']?.parsed).toBeLessThanOrEqual(3)
    })

    it("once by the store's update and by the save of Remix 3", async () => {
      const store = createSessionStore<Values>({ ...options, serializer })
      const record = await store.create({ whole: true })
      take()
      await store.update(record, { whole: true, n: 1 })
      expect(take().stringified).toBe(1)
      const storage = createRemix3Storage({ ...options, serializer })
      const session = await storage.read(record.id)
      session.set('n', 2)
      take()
      await storage.save(session)
      expect(take().stringified).toBe(1)
    })
  })
})
