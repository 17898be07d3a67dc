// Locks of a table that Ruby's aws-sessionstore-dynamodb 4 locks as well: it sets `locked_at` alone, looks at nothing else, and takes that away with its save.
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue, AttributeValueUpdate } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import type { SessionOptions, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { host, itemAt, client, options, proxy } = useStores(table)
  const make = (more: SessionOptions = {}): SessionStore<Data> =>
    host({ hashIds: false, lockRetryDelay: 20, lockExpiryTime: 60_000, ...more })
  const attributes = (id: string, AttributeUpdates: Record<string, AttributeValueUpdate>) =>
    client.send(new UpdateItemCommand({ TableName: options.tableName, Key: { session_id: { S: id } }, AttributeUpdates }))
  const gemLocks = (id: string, at: AttributeValue) => attributes(id, { locked_at: { Value: at, Action: 'PUT' } })
  const gemSaves = (id: string, data: string) =>
    attributes(id, {
      data: { Value: { S: data }, Action: 'PUT' },
      updated_at: { Value: { S: `${Date.now() / 1000}` }, Action: 'PUT' },
      locked_at: { Action: 'DELETE' },
    })
  const seconds = (): number => Math.floor(Date.now() / 1000)

  describe.each([
    ['a text', (at: number): AttributeValue => ({ S: `${at}.5` })],
    ['a number', (at: number): AttributeValue => ({ N: `${at}.5` })],
  ])('a lock that Ruby takes while it is held here, with %s as its time', (_, time) => {
    it('makes the next write here an error, and stays Ruby’s', async () => {
      const sessions = make()
      const { id } = await sessions.create({ n: 0 })
      await sessions.withLock(id, async ({ record, update }) => {
        await gemLocks(id, time(seconds()))
        await expect(update({ ...record.data, n: 1 })).rejects.toMatchObject({ name: 'LockLostError', code: 'LOCK_LOST' })
      })
      expect(await itemAt(id)).toMatchObject({ data: { S: '{"n":0}' }, locked_at: expect.anything() })
    })

    it('is waited for like any other, also where it took over ours', async () => {
      const sessions = make()
      const impatient = make({ lockMaxWaitTime: 0.3 })
      const { id } = await sessions.create({ n: 0 })
      await sessions.withLock(id, async () => {
        // Later than the end of the lease that is still written there.
        await gemLocks(id, time(seconds() + 100))
        await expect(impatient.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
      })
      await expect(impatient.withLock(id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
      await gemSaves(id, '{"n":5}')
      expect(await impatient.withLock(id, async ({ record }) => record.data)).toEqual({ n: 5 })
      for (const name of ['locked_at', 'lock_token', 'lock_expires_at']) expect(await itemAt(id)).not.toHaveProperty(name)
    })

    it('is not taken back by a renewal', async () => {
      const sessions = make({ lockExpiryTime: 300 })
      const { id } = await sessions.create({ n: 0 })
      const mark = time(seconds() + 50)
      await sessions.withLock(id, async ({ record, update }) => {
        await gemLocks(id, mark)
        proxy.reset()
        await vi.waitFor(() => expect(proxy.operations()).toContain('UpdateItem'), { timeout: 20_000 })
        await new Promise((resolve) => setTimeout(resolve, 50))
        expect((await itemAt(id))?.locked_at).toEqual(mark)
        await expect(update({ ...record.data, n: 1 })).rejects.toMatchObject({ code: 'LOCK_LOST' })
      })
      expect((await itemAt(id))?.locked_at).toEqual(mark)
    })
  })

  it('a lock that Ruby took and gave back makes the next write here an error', async () => {
    const sessions = make()
    const { id } = await sessions.create({ n: 0 })
    await sessions.withLock(id, async ({ record, update }) => {
      await gemLocks(id, { S: `${seconds()}.5` })
      await gemSaves(id, '{"n":7}')
      await expect(update({ ...record.data, n: 1 })).rejects.toMatchObject({ code: 'LOCK_LOST' })
    })
    expect((await itemAt(id))?.data).toEqual({ S: '{"n":7}' })
    expect(await make({ lockMaxWaitTime: 0 }).withLock(id, async () => 'free at once')).toBe('free at once')
  })

  it('a holder goes on to write while its lease is renewed, also where the response of a renewal is lost', async () => {
    const sessions = make({ lockExpiryTime: 300 })
    const { id } = await sessions.create({ n: 0 })
    const isRenewal = (body: Data): boolean => String(body.ConditionExpression).startsWith('attribute_exists(#data) AND #lock_token')
    const renewals: Data[] = []
    proxy.fault = ({ body }) => (isRenewal(body) && renewals.push(body) % 2 === 1 ? 'reset after' : undefined)
    await sessions.withLock(id, async (session) => {
      for (let n = 1; renewals.length < 4; n++) {
        await session.update({ n })
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
      await session.update({ n: 'last' })
    })
    proxy.fault = () => undefined
    expect((await sessions.read(id))?.data).toEqual({ n: 'last' })
    expect(await itemAt(id)).not.toHaveProperty('locked_at')
  })
})
