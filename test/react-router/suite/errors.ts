import { DeleteItemCommand, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { createSessionStore } from '../../../src/index.ts'
import { cookieOf } from '../../support/cookie.ts'
import type { Storages } from './storages.ts'

export function errorsSuite({ options, client, proxy, make, stored, items }: Storages): void {
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

    it('of data that is no object give an empty session, not a TypeError', async () => {
      const storage = make({ errorHandler: () => {} })
      const header = await stored(storage)
      const { id } = await storage.getSession(header)
      const Key = { session_id: { S: createSessionStore({ ...options }).keyOf(id) } }
      const Item = (await client.send(new GetItemCommand({ TableName: options.tableName, Key, ConsistentRead: true }))).Item
      await client.send(new PutItemCommand({ TableName: options.tableName, Item: { ...Item, ...Key, data: { S: '[]' } } }))
      expect((await storage.getSession(header)).data).toEqual({})
      await client.send(new DeleteItemCommand({ TableName: options.tableName, Key }))
    })
  })
}
