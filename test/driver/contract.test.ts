// unstorage's published driver contract (its own test/drivers/utils.ts), written as one suite for both majors.
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createStorage as createStorageV1 } from 'unstorage'
import { createStorage as createStorageV2 } from 'unstorage-v2'
import dynamodbDriver from '../../src/driver.ts'
import type { DynamoDBDriver, DynamoDBDriverOptions } from '../../src/driver.ts'
import upstream from '../../upstream/unstorage/drivers/dynamodb.ts'
import { onEveryEngine } from '../support/engines.ts'

const createStorage = createStorageV2 as unknown as typeof createStorageV1
const majors = [
  { version: '1.17', createStorage: createStorageV1, create: dynamodbDriver },
  { version: '2 beta', createStorage, create: dynamodbDriver },
  {
    version: '2 beta, by the driver that is offered there',
    createStorage,
    // As it stands in a mount: all methods are there.
    create: (options: DynamoDBDriverOptions) => upstream({ ...options, lib: () => import('../../src/driver.ts') }) as DynamoDBDriver,
  },
]

describe.each(majors)('the driver contract of unstorage $version', ({ createStorage, create }) => {
  onEveryEngine(({ options }) => {
    const driver = create(options)
    const storage = createStorage({ driver })

    afterEach(() => storage.clear())
    afterAll(async () => {
      await driver.dispose()
      await storage.dispose()
    })

    it('starts empty', async () => {
      expect(await storage.hasItem('s1:a')).toBe(false)
      expect(await storage.getItem('s2:a')).toBe(null)
      expect(await storage.getKeys()).toEqual([])
    })

    it('stores items and drops the query from keys', async () => {
      await storage.setItem('s1:a', 'one')
      await storage.setItem('s2:a', 'two')
      await storage.setItem('s3:a?q=1', 'three')
      expect(await storage.hasItem('s1:a')).toBe(true)
      expect(await storage.getItem('s1:a')).toBe('one')
      expect(await storage.getItem('s3:a?q=2')).toBe('three')
      expect((await storage.getKeys()).toSorted()).toEqual(['s1:a', 's2:a', 's3:a'])
      expect(await storage.getKeys('s1')).toEqual(['s1:a'])
    })

    it('lists keys down to a depth', async () => {
      for (const key of ['d0', 'a:d1', 'a:e1', 'a:b:d2', 'a:b:e2']) await storage.setItem(key, 'x')
      expect(await storage.getKeys(undefined, { maxDepth: 0 })).toEqual(['d0'])
      expect((await storage.getKeys(undefined, { maxDepth: 1 })).toSorted()).toEqual(['a:d1', 'a:e1', 'd0'])
      expect((await storage.getKeys(undefined, { maxDepth: 2 })).toSorted()).toEqual(['a:b:d2', 'a:b:e2', 'a:d1', 'a:e1', 'd0'])
    })

    it('serializes objects and primitives, toJSON() included, and refuses what cannot be', async () => {
      await storage.setItem('/data/test.json', { json: 'works' })
      expect(await storage.getItem('/data/test.json')).toEqual({ json: 'works' })
      await storage.setItem('/data/true.json', true)
      expect(await storage.getItem('/data/true.json')).toBe(true)
      await storage.setItem('text', { toJSON: () => 'SERIALIZED' })
      expect(await storage.getItem('text')).toBe('SERIALIZED')
      await storage.setItem('object', { toJSON: () => ({ serialized: 'works' }) })
      expect(await storage.getItem('object')).toEqual({ serialized: 'works' })
      class Unserializable {}
      await expect(storage.setItem('bad', new Unserializable())).rejects.toThrow('[unstorage] Cannot stringify value!')
    })

    it('stores raw bytes', async () => {
      const value = new Uint8Array([1, 2, 3, 255])
      await storage.setItemRaw('/data/raw.bin', value)
      expect(Buffer.from((await storage.getItemRaw('/data/raw.bin')) as Uint8Array).equals(value)).toBe(true)
    })

    it('sets many items', async () => {
      await storage.setItems([1, 2, 3].map((n) => ({ key: `t:${n}`, value: `value ${n}` })))
      expect(await storage.getItem('t:1')).toBe('value 1')
      expect(await storage.getItem('t:3')).toBe('value 3')
    })

    it('gets many items in the order asked for, null for a missing one', async () => {
      await storage.setItem('v3:a?q=1', 'three')
      await storage.setItem('v2:a', 'two')
      await storage.setItem('v1:a', 'one')
      expect(await storage.getItems([{ key: 'v1:a' }, 'v2:a', { key: 'v3:a?q=1' }, 'v4:none'])).toEqual([
        { key: 'v1:a', value: 'one' },
        { key: 'v2:a', value: 'two' },
        { key: 'v3:a', value: 'three' },
        { key: 'v4:none', value: null },
      ])
    })

    it('keeps falsy values', async () => {
      await storage.setItem('zero', 0)
      await storage.setItem('no', false)
      await storage.setItem('empty', '')
      expect(await storage.getItem('zero')).toBe(0)
      expect(await storage.getItem('no')).toBe(false)
      expect(await storage.getItem('empty')).toBe('')
      expect(await storage.hasItem('empty')).toBe(true)
    })

    it('removes items, and by setting undefined', async () => {
      await storage.setItem('s1:a', 'one')
      await storage.removeItem('s1:a', false)
      expect(await storage.hasItem('s1:a')).toBe(false)
      await storage.setItem('s1:b', 'two')
      await storage.setItem('s1:b', undefined as never)
      expect(await storage.getItem('s1:b')).toBe(null)
    })

    it('clears, also when empty, and a base only', async () => {
      await storage.clear()
      await storage.setItem('foo:a', 'x')
      await storage.setItem('foobar:a', 'y')
      // By the driver itself: unstorage clears mounts below a base, and never a part of the root mount.
      await driver.clear('foo:')
      expect(await storage.getKeys()).toEqual(['foobar:a'])
      await storage.clear()
      await storage.clear()
      expect(await storage.getKeys()).toEqual([])
    })

    it('merges native meta with what setMeta stored', async () => {
      await storage.setItem('doc', 'x')
      await storage.setMeta('doc', { author: 'me' })
      const meta = await storage.getMeta('doc')
      expect(meta.author).toBe('me')
      expect(meta.mtime).toBeInstanceOf(Date)
    })
  })
})
