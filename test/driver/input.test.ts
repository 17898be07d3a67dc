// Values and keys of every kind, good and bad.
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useDrivers } from './drivers.ts'

onEveryEngine((table) => {
  const { options } = table
  const { proxy, make, itemAt, put } = useDrivers(table)

  describe('raw values', () => {
    it('keep text as text and bytes as bytes, whatever the view', async () => {
      const driver = make()
      await driver.setItemRaw('text', 'héllo')
      expect(await driver.getItemRaw('text')).toBe('héllo')
      const floats = new Float32Array([1.5, -2])
      await driver.setItemRaw('floats', floats)
      expect(Buffer.from(floats.buffer).equals((await driver.getItemRaw('floats')) as Buffer)).toBe(true)
      await driver.setItemRaw('buffer', new Uint8Array([104, 105]).buffer)
      expect(await driver.getItem('buffer')).toBe('hi')
      await expect(driver.setItemRaw('object', { a: 1 })).rejects.toThrow('must be a text or bytes')
    })

    it('survive compression and encryption, and are not readable in the table', async () => {
      const encryptionKey = Buffer.alloc(32, 7).toString('base64')
      const plain = make({ keyPrefix: 'packed:' })
      const packed = make({ keyPrefix: 'packed:', compression: 100, encryptionKey })
      await plain.setItem('old', 'plain text')
      const long = 'secret '.repeat(100)
      await packed.setItem('long', long)
      await packed.setItemRaw('bytes', Buffer.from('secret bytes'))
      expect(await packed.getItem('long')).toBe(long)
      expect((await packed.getItemRaw('bytes'))?.toString()).toBe('secret bytes')
      expect(await packed.getItem('old')).toBe('plain text')
      const item = await itemAt('packed:long')
      expect(item?.encoding).toEqual({ S: 'gzip+aes-256-gcm' })
      expect(item?.data?.B?.byteLength).toBeLessThan(200)
      expect(JSON.stringify(await itemAt('packed:bytes'))).not.toContain('secret')
      await expect(plain.getItem('long')).rejects.toMatchObject({ code: 'UNREADABLE_DATA' })
      const rotated = make({ keyPrefix: 'packed:', encryptionKey: [Buffer.alloc(32, 8).toString('hex'), encryptionKey] })
      expect(await rotated.getItem('long')).toBe(long)
      const strict = make({ keyPrefix: 'packed:', encryptionKey, requireEncryption: true })
      await expect(strict.getItem('old')).rejects.toThrow('requireEncryption')
      // Moved to another key, the data no longer authenticates.
      await put({ ...(item as Record<string, AttributeValue>), session_id: { S: 'packed:moved' } })
      await expect(packed.getItem('moved')).rejects.toThrow('cannot be decrypted')
    })
  })

  describe('bad input', () => {
    it('is refused before any request', async () => {
      const driver = make()
      const bare = dynamodbDriver({ ...options, endpoint: proxy.endpoint })
      await expect(bare.getItem('')).rejects.toMatchObject({ code: 'INVALID_KEY', size: 0 })
      await expect(driver.setItem('k'.repeat(2048), 'x')).rejects.toMatchObject({ code: 'INVALID_KEY', limit: 2048 })
      await expect(driver.setItem('k', { a: 1 } as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'value' })
      await expect(driver.getItem(undefined as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'key' })
      await expect(driver.setItem('k', 'x'.repeat(410_000))).rejects.toMatchObject({ code: 'TOO_LARGE', limit: 409_600 })
      await expect(driver.setItems([{ key: 'k', value: 'x'.repeat(410_000) }])).rejects.toMatchObject({ code: 'TOO_LARGE' })
      expect(proxy.requests).toEqual([])
    })

    it('ends where DynamoDB ends: the largest item is stored, one byte more is refused', async () => {
      const driver = make({ keyPrefix: '' })
      const size = async (value: string) => driver.setItem('edge', value)
      let room = 409_600
      await size('x'.repeat(room)).catch((error: { size: number }) => (room -= error.size - 409_600))
      await size('x'.repeat(room - 256)) // one engine counts the values of an update's expression as well
      expect((await driver.getItem('edge'))?.length).toBe(room - 256)
      await driver.removeItem('edge')
    })

    it('of others is told apart from absence', async () => {
      const driver = make({ keyPrefix: 'odd:' })
      await put({ session_id: { S: 'odd:map' }, data: { M: {} } })
      await put({ session_id: { S: 'odd:encoding' }, data: { B: Buffer.from('x') }, encoding: { S: 'rot13' } })
      await put({ session_id: { S: 'odd:expiry' }, data: { S: 'x' }, expire_at: { S: 'tomorrow' } })
      for (const key of ['map', 'encoding', 'expiry']) {
        await expect(driver.getItem(key), key).rejects.toMatchObject({ code: 'UNREADABLE_DATA', key: `odd:${key}` })
      }
    })

    it('by others with an expiry that is no number is not written over, which says why', async () => {
      const driver = make({ keyPrefix: '' })
      const odd = { session_id: { S: 'odd' }, data: { S: 'before' }, expire_at: { S: 'tomorrow' } }
      await put(odd)
      await expect(driver.setItem('odd', 'after')).rejects.toMatchObject({ code: 'UNREADABLE_DATA' })
      expect(await itemAt('odd')).toEqual(odd)
      await driver.removeItem('odd')
    })
  })
})
