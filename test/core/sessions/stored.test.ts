// What an item holds, packed or not, written here or by others.
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { onEveryEngine } from '../../support/engines.ts'
import { must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { proxy, host, store, itemAt, put, setAttribute } = useStores(table)

  describe('packing', () => {
    it('compresses and encrypts, reads plain records of before, and refuses them when told to', async () => {
      const encryptionKey = Buffer.alloc(32, 1).toString('hex')
      const plain = await store().create({ text: 'plain' })
      const packed = store({ compression: true, encryptionKey })
      const record = await packed.create({ text: 'secret '.repeat(1000) })
      expect((await packed.read(record.id))?.data).toEqual({ text: 'secret '.repeat(1000) })
      expect((await packed.read(plain.id))?.data).toEqual({ text: 'plain' })
      const item = await itemAt(record.key)
      expect(item?.encoding).toEqual({ S: 'gzip+aes-256-gcm' })
      expect(Buffer.from(item?.data?.B ?? []).includes('secret')).toBe(false)
      const small = await packed.update(record, { text: 'short' })
      expect((await itemAt(record.key))?.encoding).toEqual({ S: 'aes-256-gcm' })
      expect((await packed.read(small?.id ?? ''))?.data).toEqual({ text: 'short' })
      const errorHandler = vi.fn()
      const strict = store({ encryptionKey, requireEncryption: true, errorHandler })
      expect(await strict.read(plain.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0]).toMatchObject({ code: 'UNREADABLE_DATA' })
    })

    it('bounds what a record may inflate to', async () => {
      const { gzipSync } = await import('node:zlib')
      const errorHandler = vi.fn()
      const sessions = store({ compression: true, errorHandler })
      const record = await sessions.create({})
      const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024, 32))
      await put({ ...((await itemAt(record.key)) as Record<string, AttributeValue>), data: { B: bomb }, encoding: { S: 'gzip' } })
      expect(await sessions.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0].message).toContain('`maxDataSize`, 2097152 bytes')
    })
  })

  describe('what is stored', () => {
    it('has the user of the data as it was at the call', async () => {
      const store = host({ userIdKey: 'userId' })
      const data: Data = { userId: 'ada' }
      const creating = store.create(data)
      delete data.userId
      const record = await creating
      expect((await itemAt(record.key))?.user_id).toEqual({ S: 'ada' })
      const next: Data = { userId: 'bob' }
      const updating = store.update(record, next)
      next.userId = 'eve'
      await updating
      expect(await itemAt(record.key)).toMatchObject({ user_id: { S: 'bob' }, data: { S: '{"userId":"bob"}' } })
    })

    it('by others in attributes of a wrong type is unreadable, not a conflict', async () => {
      for (const [name, value] of [
        ['version', { N: '1' }],
        ['expire_at', { S: '99999999999' }],
      ] as const) {
        const errorHandler = vi.fn()
        const store = host({ errorHandler })
        const record = await store.create({ a: 1 })
        await setAttribute(record.key, name, value as AttributeValue)
        expect(await store.read(record.id), name).toBe(null)
        expect(errorHandler.mock.lastCall?.[0], name).toMatchObject({ code: 'UNREADABLE_DATA' })
      }
    })

    it('by others with more digits than a number holds is no conflict without end', async () => {
      const store = host()
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'max_expire_at', { N: '4000000000.1234567890123456789' })
      const read = must(await store.read(record.id))
      proxy.reset()
      expect((await store.update(read, { a: 2 }))?.data).toEqual({ a: 2 })
      expect(proxy.operations()).toEqual(['UpdateItem'])
    })

    it('by others with a time that no Date can hold is unreadable, not a cookie that cannot be made', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'expire_at', { N: '1e100' })
      expect(await store.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0]).toMatchObject({ code: 'UNREADABLE_DATA' })
    })

    it('by others with a chain of encodings is refused before the first of them', async () => {
      const errorHandler = vi.fn()
      const store = host({ errorHandler })
      const record = await store.create({ a: 1 })
      await setAttribute(record.key, 'data', { B: Buffer.from('no gzip') })
      await setAttribute(record.key, 'encoding', { S: 'gzip+gzip' })
      expect(await store.read(record.id)).toBe(null)
      expect(errorHandler.mock.lastCall?.[0].message).toContain('does not know')
    })
  })
})
