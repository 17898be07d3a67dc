import { expect, it } from 'vitest'
import { START, atTime } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useStores } from './stores.ts'

onEveryEngine(
  (table) => {
    const { proxy, host } = useStores(table)

    it('the sessions of a user come in an order and up to a limit, the first before all are read', async () => {
      const store = host({ userIdKey: 'user' })
      const keys: string[] = []
      for (let n = 0; n < 3; n++) {
        atTime(START + n)
        keys.push((await store.create({ user: 'ada', n })).key)
      }
      const listed = async (options: Parameters<typeof store.listByUser>[1]): Promise<string[]> => {
        const found: string[] = []
        for await (const { key } of store.listByUser('ada', options)) found.push(key)
        return found
      }
      expect(await listed({ order: 'newest' })).toEqual(keys.toReversed())
      expect(await listed({ order: 'oldest', limit: 2 })).toEqual(keys.slice(0, 2))
      expect(await listed({ limit: 1 })).toHaveLength(1)
      expect((await listed({})).toSorted()).toEqual(keys.toSorted())
      for (const options of [{ limit: 0 }, { limit: 1.5 }, { order: 'random' as 'newest' }])
        await expect(listed(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    })

    it('of many sessions a hundred are read before the first comes', async () => {
      const store = host({ userIdKey: 'user' })
      await Promise.all(Array.from({ length: 130 }, () => store.create({ user: 'bob' })))
      proxy.reset()
      for await (const _ of store.listByUser('bob')) break
      expect(proxy.operations()).toEqual(['Query', 'BatchGetItem'])
      expect(Object.values(proxy.requests[1]?.body.RequestItems as Record<string, { Keys: unknown[] }>)[0]?.Keys).toHaveLength(100)
      let count = 0
      for await (const _ of store.listByUser('bob')) count++
      expect(count).toBe(130)
    })
  },
  { userIdKey: 'user' },
)
