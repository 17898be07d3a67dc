// Values that several requests change at once.
import { describe, expect, it } from 'vitest'
import { createItems } from '../../../src/core/items/items.ts'
import { resolveOptions } from '../../../src/core/options/options.ts'
import { createAtomic } from '../../../src/core/values/atomic.ts'
import { createValues } from '../../../src/core/values/values.ts'
import { atTime, START } from '../../support/clock.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  let keys = 0
  const newKey = (): string => `key:${keys++}`
  function open(): { values: ReturnType<typeof createValues>; atomic: ReturnType<typeof createAtomic> } {
    const items = createItems(resolveOptions({ ...options, endpoint: proxy.endpoint }))
    return { values: createValues(items, items.options), atomic: createAtomic(items, items.options) }
  }

  describe('increment', () => {
    it('counts each of many at once, on several hosts', async () => {
      const [one, two] = [open().atomic, open().atomic]
      const key = newKey()
      const counts = await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).increment(key, 60)))
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    })

    it('is one request, and two for the first', async () => {
      const { atomic } = open()
      const key = newKey()
      await atomic.increment(key, 60)
      proxy.requests.splice(0)
      await atomic.increment(key, 60)
      expect(proxy.operations()).toEqual(['UpdateItem'])
    })

    it('begins anew when its time is over, which later ones do not extend', async () => {
      atTime(START)
      const { atomic, values } = open()
      const key = newKey()
      expect(await atomic.increment(key, 60)).toBe(1)
      atTime(START + 59)
      expect(await atomic.increment(key, 60)).toBe(2)
      expect(await values.read(key)).toBe('2')
      atTime(START + 60)
      expect(await values.read(key)).toBeNull()
      expect(await atomic.increment(key, 60)).toBe(1)
    })

    it('counts once where the response was lost', async () => {
      const { atomic } = open()
      const key = newKey()
      await atomic.increment(key, 60)
      for (const fault of ['reset after', 'error after'] as const) {
        let isFirst = true
        proxy.fault = ({ operation }) => {
          if (operation !== 'UpdateItem' || !isFirst) return undefined
          isFirst = false
          return fault
        }
        await atomic.increment(key, 60)
      }
      proxy.reset()
      expect(await atomic.increment(key, 60)).toBe(4)
    })

    it('takes the place of a value, and a value that of it', async () => {
      const { atomic, values } = open()
      const key = newKey()
      await values.write(key, 'text')
      expect(await atomic.increment(key, 60)).toBe(1)
      await values.write(key, 'text')
      expect(await values.read(key)).toBe('text')
    })
  })

  describe('take', () => {
    it('gives a value to one of several', async () => {
      const hosts = Array.from({ length: 5 }, open)
      const key = newKey()
      await hosts[0]?.values.write(key, 'once')
      const taken = await Promise.all(hosts.map(({ atomic }) => atomic.take(key)))
      expect(taken.filter((value) => value !== null)).toEqual(['once'])
      expect(await hosts[0]?.values.read(key)).toBeNull()
    })

    it('finds nothing where there is nothing, or where it has expired', async () => {
      atTime(START)
      const { atomic, values } = open()
      const key = newKey()
      expect(await atomic.take(key)).toBeNull()
      await values.write(key, 'short', { ttl: 10 })
      atTime(START + 10)
      expect(await atomic.take(key)).toBeNull()
    })
  })

  describe('end', () => {
    it('keeps late writers from bringing a value back, for a minute', async () => {
      atTime(START)
      const { atomic, values } = open()
      const key = newKey()
      await values.write(key, 'one', { ttl: 3600 })
      await atomic.end(key)
      expect(await values.read(key)).toBeNull()
      await values.write(key, 'late')
      expect([await values.read(key), await values.has(key)]).toEqual([null, false])
      atTime(START + 61)
      await values.write(key, 'new')
      expect(await values.read(key)).toBe('new')
    })

    it('leaves nothing of what was not there', async () => {
      const { atomic, values } = open()
      const key = newKey()
      await atomic.end(key)
      await values.write(key, 'first')
      expect(await values.read(key)).toBe('first')
    })
  })
})
