// What the driver stores: attributes, times and expiry.
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { atTime, useDrivers } from './drivers.ts'

const SECOND = 1000

onEveryEngine((table) => {
  const { engine } = table
  const { proxy, make, itemAt, put } = useDrivers(table)

  describe('the item', () => {
    it('has the attributes of the design, and no others', async () => {
      const driver = make({ keyPrefix: 'shape:' })
      atTime(1_800_000_000_123)
      await driver.setItem('a', '{"x":1}', { ttl: 60 })
      expect(await itemAt('shape:a')).toEqual({
        session_id: { S: 'shape:a' },
        data: { S: '{"x":1}' },
        created_at: { N: '1800000000.123' },
        updated_at: { N: '1800000000.123' },
        expire_at: { N: '1800000061' },
        version: { S: expect.stringMatching(/^[\w-]{12}$/) },
      })
    })

    it('keeps created_at over a live item and renews it over an expired one, with one more request', async () => {
      const driver = make({ keyPrefix: 'age:' })
      atTime(1_800_000_000_000)
      await driver.setItem('a', '1', { ttl: 60 })
      atTime(1_800_000_010_000)
      await driver.setItem('a', '2', { ttl: 60 })
      expect((await itemAt('age:a'))?.created_at).toEqual({ N: '1800000000' })
      atTime(1_800_000_500_000)
      proxy.reset()
      await driver.setItem('a', '3')
      expect(proxy.operations()).toEqual(['UpdateItem', ...(engine.name === 'dynalite' ? ['GetItem'] : []), 'PutItem'])
      const item = await itemAt('age:a')
      expect(item?.created_at).toEqual({ N: '1800000500' })
      expect(item).not.toHaveProperty('expire_at')
    })

    it('is replaced where another program left one without data', async () => {
      const driver = make({ keyPrefix: 'phantom:' })
      await put({ session_id: { S: 'phantom:a' }, created_at: { N: '1' }, expire_at: { N: '99999999999' } })
      expect(await driver.getItem('a')).toBe(null)
      expect(await driver.hasItem('a')).toBe(false)
      await driver.setItem('a', 'x')
      expect(await driver.getItem('a')).toBe('x')
      expect((await itemAt('phantom:a'))?.created_at).not.toEqual({ N: '1' })
    })

    it('loses what belonged to a session when a value takes its place', async () => {
      const driver = make({ keyPrefix: 'stale:' })
      const stale = {
        encoding: { S: 'gzip' },
        user_id: { S: '1' },
        locked_at: { N: '1' },
        lock_token: { S: 'x' },
        lock_expires_at: { N: '2' },
      }
      await put({
        session_id: { S: 'stale:a' },
        data: { S: 'x' },
        created_at: { N: '5' },
        updated_at: { N: '5' },
        other: { S: 'kept' },
        ...stale,
      })
      await driver.setItem('a', 'y')
      const item = await itemAt('stale:a')
      for (const name of Object.keys(stale)) expect(item).not.toHaveProperty(name)
      expect(item?.other).toEqual({ S: 'kept' })
      expect(item?.created_at).toEqual({ N: '5' })
    })

    it('uses the table keys that the options name', async () => {
      const driver = make({ keyPrefix: '' })
      await driver.setItem('named', 'x')
      expect((await itemAt('named'))?.session_id).toEqual({ S: 'named' })
      await driver.removeItem('named')
    })
  })

  describe('expiry', () => {
    it('is respected on every read path, to the second', async () => {
      const driver = make()
      atTime(1_800_000_000_000)
      await driver.setItem('dies', 'x', { ttl: 10 })
      await driver.setItems([
        { key: 'dies2', value: 'y', options: { ttl: 10 } },
        { key: 'lives', value: 'z' },
      ])
      const look = async () => ({
        get: await driver.getItem('dies'),
        raw: await driver.getItemRaw('dies2'),
        has: await driver.hasItem('dies'),
        meta: (await driver.getMeta('dies')) !== null,
        batch: (await driver.getItems([{ key: 'dies' }, { key: 'dies2' }, { key: 'lives' }])).map(({ value }) => value),
        keys: (await driver.getKeys()).toSorted(),
      })
      atTime(1_800_000_009_999)
      expect(await look()).toEqual({ get: 'x', raw: 'y', has: true, meta: true, batch: ['x', 'y', 'z'], keys: ['dies', 'dies2', 'lives'] })
      atTime(1_800_000_010_000)
      expect(await look()).toEqual({ get: null, raw: null, has: false, meta: false, batch: [null, null, 'z'], keys: ['lives'] })
    })

    it('comes from the call, else from the driver; 0 is none', async () => {
      const driver = make({ ttl: 100 })
      await driver.setItem('default', 'x')
      await driver.setItem('own', 'x', { ttl: 50 })
      await driver.setItem('none', 'x', { ttl: 0 })
      await driver.setItem('date', 'x', { expireAt: new Date(Date.now() + 20 * SECOND) })
      await driver.setItem('epoch', 'x', { expireAt: Math.floor(Date.now() / 1000) + 30, ttl: 5 })
      await driver.setItems(
        [
          { key: 'batch', value: 'x', options: { ttl: 40 } },
          { key: 'batch2', value: 'x' },
        ],
        { ttl: 70 },
      )
      const ttl = async (key: string) => (await driver.getMeta(key))?.ttl
      expect(await ttl('default')).toBeCloseTo(100, -1)
      expect(await ttl('own')).toBeCloseTo(50, -1)
      expect(await ttl('none')).toBe(undefined)
      expect(await ttl('date')).toBeCloseTo(20, -1)
      expect(await ttl('epoch')).toBeCloseTo(30, -1)
      expect(await ttl('batch')).toBeCloseTo(40, -1)
      expect(await ttl('batch2')).toBeCloseTo(70, -1)
    })

    it('removes an earlier expiry when a value is set without one', async () => {
      const driver = make()
      await driver.setItem('a', 'x', { ttl: 50 })
      await driver.setItem('a', 'y')
      expect((await driver.getMeta('a'))?.ttl).toBe(undefined)
    })

    it('refuses milliseconds for seconds, and says so', async () => {
      const driver = make()
      await expect(driver.setItem('a', 'x', { ttl: 2_592_000_000 })).rejects.toThrow('at most 20 years; did you mean 2592000?')
      await expect(driver.setItem('a', 'x', { expireAt: Date.now() })).rejects.toThrow('did you mean')
      await expect(driver.setItem('a', 'x', { ttl: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'ttl' })
      await expect(driver.setItem('a', 'x', { expireAt: new Date('nonsense') })).rejects.toMatchObject({ argument: 'expireAt' })
      expect(proxy.requests).toEqual([])
    })

    it('is told by getMeta, with the times of creation and change', async () => {
      const driver = make()
      atTime(1_800_000_000_000)
      await driver.setItem('a', 'x', { ttl: 60 })
      atTime(1_800_000_020_000)
      await driver.setItem('a', 'y', { ttl: 60 })
      expect(await driver.getMeta('a')).toEqual({ birthtime: new Date(1_800_000_000_000), mtime: new Date(1_800_000_020_000), ttl: 60 })
      expect(await driver.getMeta('none')).toBe(null)
    })
  })
})
