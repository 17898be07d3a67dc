import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { alive, useStores } from './stores.ts'
import type { Data } from './stores.ts'

vi.mock(import('../../../src/core/base/wait.ts'), async (original) => (await import('../../support/pauses.ts')).shortPauses(original))

onEveryEngine((table) => {
  const { options, client, proxy, reads, host, store } = useStores(table)

  describe('conflicts (guarantee 3)', () => {
    it('of different keys are merged', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1, b: 1, gone: 1 })
      const other = await alive(two, record)
      await one.update(record, { a: 2, b: 1, gone: 1, added: 'one' })
      proxy.reset()
      const merged = await two.update(other, { a: 1, b: 2 })
      expect(merged?.data).toEqual({ a: 2, b: 2, added: 'one' })
      expect(proxy.operations()).toEqual(['UpdateItem', ...reads, 'UpdateItem'])
      expect((await one.read(record.id))?.data).toEqual({ a: 2, b: 2, added: 'one' })
    })

    it('of one key go to the later commit', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      const other = await alive(two, record)
      await one.update(record, { a: 'one' })
      expect((await two.update(other, { a: 'two' }))?.data).toEqual({ a: 'two' })
    })

    it('end without a write when nothing is left to change', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      const other = await alive(two, record)
      const first = await one.update(record, { a: 2 })
      const second = await two.update(other, { a: 2 })
      expect(second?.version).toBe(first?.version)
    })

    it('are found by what was read, so that changes in place count', async () => {
      const sessions = store()
      const record = await sessions.create({ cart: ['a'] })
      record.data.cart = ['a', 'b']
      ;(record.data.cart as string[]).push('c')
      await sessions.update(record, record.data)
      expect((await sessions.read(record.id))?.data).toEqual({ cart: ['a', 'b', 'c'] })
    })

    it('do not remove a flash message that was set meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ __flash_note__: 'first' })
      const other = await alive(two, record)
      await one.update(record, { __flash_note__: 'second' })
      expect((await two.update(other, { shown: 1 }))?.data).toEqual({ __flash_note__: 'second', shown: 1 })
    })

    it('with overwrite keep the later data whole, with error are errors', async () => {
      const [one, two, three] = [host(), host({ onConflict: 'overwrite' }), host({ onConflict: 'error' })]
      const record = await one.create({ a: 1, b: 1 })
      const [second, third] = [await alive(two, record), await alive(three, record)]
      await one.update(record, { a: 2, b: 1 })
      await expect(three.update(third, { a: 1, b: 3 })).rejects.toMatchObject({ code: 'CONFLICT', key: record.key })
      expect((await two.update(second, { a: 1, b: 2 }))?.data).toEqual({ a: 1, b: 2 })
      expect((await one.read(record.id))?.data).toEqual({ a: 1, b: 2 })
    })

    it('within a process cost no request: 40 updates by 10 parallel writers take at most 60', async () => {
      const sessions = store()
      const { id } = await sessions.create({})
      proxy.reset()
      await Promise.all(
        Array.from({ length: 10 }, async (_, writer) => {
          let record = await sessions.read(id)
          for (let n = 0; n < 4; n++) {
            record = await sessions.update(record as SessionRecord<Data>, { ...record?.data, [`w${writer}`]: n })
          }
        }),
      )
      expect(proxy.operations().filter((name) => name === 'UpdateItem')).toHaveLength(40)
      expect(proxy.requests.length).toBeLessThanOrEqual(60)
      const latest = await sessions.read(id)
      expect(latest?.data).toEqual(Object.fromEntries(Array.from({ length: 10 }, (_, writer) => [`w${writer}`, 3])))
    })

    it('between many hosts lose nothing', async () => {
      const hosts = Array.from({ length: 8 }, () => host())
      const record = await (hosts[0] as SessionStore<Data>).create({})
      await Promise.all(
        hosts.map(async (sessions, n) => {
          const mine = await alive(sessions, record)
          await sessions.update(mine, { ...mine.data, [`host${n}`]: n })
        }),
      )
      expect(Object.keys((await host().read(record.id))?.data ?? {})).toHaveLength(8)
    })

    it('are resolved by consistent reads, whatever consistentRead (guarantee 14)', async () => {
      const eventual = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, consistentRead: false }),
      })
      const record = await host().create({ a: 1, b: 1 })
      proxy.reset()
      const mine = await alive(eventual, record)
      expect(proxy.requests.map(({ body }) => body.ConsistentRead)).toEqual([false])
      await host().update(await alive(host(), record), { a: 2, b: 1 })
      proxy.reset()
      expect((await eventual.update(mine, { a: 1, b: 2 }))?.data).toEqual({ a: 2, b: 2 })
      const rereads = proxy.requests.filter(({ operation }) => operation === 'GetItem')
      expect(rereads.map(({ body }) => body.ConsistentRead)).toEqual(reads.map(() => true))
    })

    it('that never end are an error after the bound', async () => {
      const sessions = host()
      const record = await sessions.create({ a: 1 })
      let n = 0
      const change = async () => {
        await client.send(
          new UpdateItemCommand({
            TableName: options.tableName,
            Key: { session_id: { S: record.key } },
            UpdateExpression: 'SET version = :v, #d = :d',
            ExpressionAttributeNames: { '#d': 'data' },
            ExpressionAttributeValues: { ':v': { S: `other${n++}` }, ':d': { S: JSON.stringify({ a: 1, n }) } },
          }),
        )
      }
      proxy.fault = async ({ operation }) => {
        if (operation !== 'UpdateItem') return undefined
        await change()
        vi.advanceTimersByTime(300)
        return undefined
      }
      vi.useFakeTimers({ toFake: ['performance'] })
      const began = performance.now()
      await expect(sessions.update(record, { a: 2 })).rejects.toMatchObject({ code: 'CONFLICT' })
      expect(performance.now() - began).toBeGreaterThan(4900)
      expect(proxy.operations().filter((name) => name === 'UpdateItem').length).toBeGreaterThanOrEqual(16)
    })
  })
})
