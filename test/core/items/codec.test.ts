import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createCodec } from '../../../src/core/items/codec.ts'

const MB = 1024 * 1024
const codec = createCodec({ compression: true, maxDataSize: 2 * MB, encryptionKey: undefined, requireEncryption: false })
const read = (gzip: Uint8Array): Promise<string | Buffer> =>
  codec.unpack('key', { data: { B: Buffer.from(gzip).toString('base64') }, encoding: { S: 'gzip' } })
const unreadable = { code: 'UNREADABLE_DATA' }

describe('compressed data', () => {
  it.each([0, 1, 1024, 16 * 1024, 16 * 1024 + 1, 100_000, 2 * MB])('of %i bytes comes back as it was', async (size) => {
    const text = 'é'.repeat(Math.floor(size / 2)) + 'x'.repeat(size % 2)
    const { data, encoding } = await codec.pack('key', text)
    expect(await codec.unpack('key', { data, ...(encoding === undefined ? {} : { encoding: { S: encoding } }) })).toBe(text)
  })

  it('over the bound is neither packed nor inflated', async () => {
    const text = 'x'.repeat(2 * MB + 1)
    await expect(codec.pack('key', text)).rejects.toMatchObject({ code: 'TOO_LARGE', size: 2 * MB + 1, limit: 2 * MB })
    await expect(read(gzipSync(text))).rejects.toMatchObject(unreadable)
  })

  it('does not trust the size that a record tells', async () => {
    for (const [text, told] of [
      ['x'.repeat(20 * MB), 1],
      ['x'.repeat(20 * MB), 2 * MB],
      ['x', 0xffffffff],
    ] as const) {
      const lie = gzipSync(text)
      lie.writeUInt32LE(told, lie.length - 4)
      await expect(read(lie)).rejects.toMatchObject(unreadable)
    }
    // Many members, of which the last is small.
    const many = Buffer.concat([...Array.from({ length: 40 }, () => gzipSync('x'.repeat(MB))), gzipSync('')])
    await expect(read(many)).rejects.toMatchObject(unreadable)
    for (const cut of [Buffer.alloc(0), Buffer.alloc(3), gzipSync('text').subarray(0, -5)])
      await expect(read(cut)).rejects.toMatchObject(unreadable)
  })
})
