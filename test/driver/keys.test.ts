// Many keys at once: batches and scans.
import { describe, expect, it, vi } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { useDrivers } from './drivers.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

onEveryEngine((table) => {
  const { options } = table
  const { proxy, make, itemAt, put } = useDrivers(table)

  describe('batches', () => {
    it('reads 250 keys in three requests, each key once, in the order asked for', async () => {
      const driver = make()
      await driver.setItems(Array.from({ length: 250 }, (_, n) => ({ key: `k${n}`, value: `v${n}` })))
      expect(proxy.operations()).toEqual(Array(10).fill('BatchWriteItem'))
      proxy.reset()
      const keys = [...Array.from({ length: 250 }, (_, n) => `k${249 - n}`), 'k3', 'k3', 'none']
      const items = await driver.getItems(keys.map((key) => ({ key })))
      expect(items.map(({ key }) => key)).toEqual(keys)
      expect(items.every(({ key, value }) => value === (key === 'none' ? null : key.replace('k', 'v')))).toBe(true)
      expect(proxy.operations()).toEqual(Array(3).fill('BatchGetItem'))
    })

    it('lets the last of duplicates win', async () => {
      const driver = make()
      await driver.setItems([
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
        { key: 'a', value: '3' },
      ])
      expect(await driver.getItem('a')).toBe('3')
    })

    it('sends unprocessed keys and items again until they are done', async () => {
      const driver = make()
      let cuts = 0
      proxy.rewrite = ({ operation, body }, answer) => {
        const table = options.tableName
        const asked = (body.RequestItems as Record<string, { Keys?: unknown[] } | unknown[]>)[table]
        if (cuts++ >= 3) return answer
        if (operation === 'BatchWriteItem') return { UnprocessedItems: { [table]: (asked as unknown[]).slice(0, 1) } }
        return { Responses: { [table]: [] }, UnprocessedKeys: { [table]: asked } }
      }
      await driver.setItems([
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ])
      cuts = 0
      expect((await driver.getItems([{ key: 'a' }, { key: 'b' }])).map(({ value }) => value)).toEqual(['1', '2'])
    })

    it('reports what is never processed, and returns no null for it', async () => {
      const driver = make()
      proxy.rewrite = ({ body }) => ({ Responses: {}, UnprocessedKeys: body.RequestItems })
      await expect(driver.getItems([{ key: 'a' }])).rejects.toMatchObject({ code: 'UNPROCESSED', action: 'dynamodb:BatchGetItem' })
    })
  })

  describe('scans', () => {
    it('page to the end, ask for keys only and filter on the server', async () => {
      const driver = make({ keyPrefix: 'scan:' })
      // 1 MB a page: 30 items of 100 KB are at least three.
      await driver.setItems(Array.from({ length: 30 }, (_, n) => ({ key: `big:${n}`, value: 'x'.repeat(100_000) })))
      await driver.setItem('bigger', 'x')
      proxy.reset()
      let answered = 0
      proxy.rewrite = (_, answer) => {
        answered += JSON.stringify(answer).length
        return answer
      }
      expect(await driver.getKeys('big:')).toHaveLength(30)
      expect(proxy.operations().length).toBeGreaterThanOrEqual(3)
      expect(answered).toBeLessThan(5000)
    })

    it('see nothing of other prefixes, and clear nothing of them', async () => {
      const one = make({ keyPrefix: 'one:' })
      const two = make({ keyPrefix: 'two:' })
      await one.setItem('a', '1')
      await two.setItem('a', '2')
      await put({ session_id: { S: 'one:foreign' }, something: { S: 'else' } })
      expect(await one.getKeys()).toEqual(['a'])
      await one.clear()
      expect(await one.getKeys()).toEqual([])
      expect(await two.getItem('a')).toBe('2')
      expect(await itemAt('one:foreign')).toBeDefined()
    })

    it('treat a base as whole segments', async () => {
      const driver = make()
      for (const key of ['foo:a', 'foobar:a', 'foo']) await driver.setItem(key, 'x')
      expect(await driver.getKeys('foo')).toEqual(['foo:a'])
      expect(await driver.getKeys('foo:')).toEqual(['foo:a'])
      expect((await driver.getKeys('')).toSorted()).toEqual(['foo', 'foo:a', 'foobar:a'])
    })

    it('clear expired leftovers too', async () => {
      const driver = make({ keyPrefix: 'left:' })
      await driver.setItem('a', 'x', { expireAt: 1000 })
      await driver.clear()
      expect(await itemAt('left:a')).toBe(undefined)
    })
  })
})
