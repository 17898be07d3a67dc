import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { alive, must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { options, proxy, host, store, itemAt, put, setAttribute } = useStores(table)

  describe('errors (guarantee 11)', () => {
    it('of reads are handled when raiseErrors is false, and told to the handler', async () => {
      const errorHandler = vi.fn()
      const sessions = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }),
        raiseErrors: false,
        errorHandler,
        touchAfter: 0,
      })
      const record = await sessions.create({ a: 1 })
      proxy.fault = () => 'error'
      expect(await sessions.read(record.id)).toBe(null)
      expect(errorHandler).toHaveBeenLastCalledWith(expect.objectContaining({ code: 'SERVER_ERROR' }), { operation: 'read' })
    })

    it('of a missing table are always raised', async () => {
      const sessions = createSessionStore({ ...options, tableName: 'no-such-table', raiseErrors: false })
      await expect(sessions.read('x'.repeat(20))).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
      await expect(sessions.create({})).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND' })
    })

    it('of data that cannot be decoded are reported; the session reads as absent and is left alone', async () => {
      const errorHandler = vi.fn()
      const sessions = store({ errorHandler })
      const record = await sessions.create({ secret: 'hunter2' })
      const broken: Record<string, AttributeValue>[] = [
        { data: { S: '{"secret":"hunter2"' } },
        { data: { B: Buffer.from('hunter2') }, encoding: { S: 'rot13' } },
        { data: { M: { secret: { S: 'hunter2' } } } },
        { created_at: { S: 'yesterday' } },
        { expire_at: { BOOL: true } },
        { data: { B: Buffer.from('hunter2') }, encoding: { S: 'gzip' } },
      ]
      const whole = (await itemAt(record.key)) as Record<string, AttributeValue>
      for (const [n, change] of broken.entries()) {
        await put({ ...whole, version: { S: 'of-another-program' }, ...change })
        const item = await itemAt(record.key)
        errorHandler.mockClear()
        expect(await sessions.read(record.id), `case ${n}`).toBe(null)
        expect(errorHandler).toHaveBeenCalledTimes(1)
        const [error] = errorHandler.mock.lastCall as [Error]
        expect(error).toMatchObject({ code: 'UNREADABLE_DATA', key: record.key })
        expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('hunter2')
        expect(await sessions.update(record, { a: 2 }).catch(() => null)).toBe(null)
        expect(await itemAt(record.key)).toEqual(item)
      }
    })

    it('never show an id or data', async () => {
      const sessions = store({ onConflict: 'error' })
      const record = await sessions.create({ secret: 'hunter2' })
      await host().update(await alive(host(), record), { secret: 'hunter3' })
      const error = (await sessions.update(record, { secret: 'hunter4' }).catch((thrown: unknown) => thrown)) as Error
      expect(error).toMatchObject({ code: 'CONFLICT' })
      const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
      expect(shown).toContain(record.key)
      expect(shown).not.toContain(record.id)
      expect(shown).not.toContain('hunter')
    })

    it('do not come with ids that are not hashed in an error that is caught under the lock', async () => {
      const store = host({ hashIds: false })
      const record = await store.create({ a: 1 })
      const error = await store.withLock(record.id, async (locked) => {
        await setAttribute(record.key, 'lock_token', { S: 'of another' })
        return locked.update({ a: 2 }).catch((thrown: unknown) => thrown as Error)
      })
      expect(error).toMatchObject({ code: 'LOCK_LOST' })
      expect(`${(error as Error).message} ${(error as Error).stack}`).not.toContain(record.id)
    })

    it('do not come with ids that are not hashed: no error shows them', async () => {
      const store = host({ hashIds: false, onConflict: 'error' })
      const record = await store.create({ a: 1 })
      const other = must(await store.read(record.id))
      await store.update(record, { a: 2 })
      const error = (await store.update(other, { a: 3 }).catch((thrown: unknown) => thrown)) as Error & { key: string }
      expect(error).toMatchObject({ code: 'CONFLICT' })
      expect(`${error.message} ${error.stack} ${error.key} ${JSON.stringify(error)}`).not.toContain(record.id)
    })
  })
})
