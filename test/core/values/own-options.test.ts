// Values are packed by the options of their own adapter, whoever opened the table first.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import createAstroDriver from '../../../src/astro.ts'
import { dynamodbSecondaryStorage } from '../../../src/better-auth.ts'
import dynamodbDriver from '../../../src/driver.ts'
import { SessionDataError } from '../../../src/index.ts'
import type { SessionOptions } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'

interface Adapter {
  read(key: string): Promise<string | null>
  write(key: string, value: string): Promise<unknown>
}

function openBetterAuth(options: SessionOptions): Adapter {
  const { get, set } = dynamodbSecondaryStorage(options)
  return { read: get, write: set }
}

function openAstro(options: SessionOptions): Adapter {
  // Its type leaves out what does not survive the build; a driver it takes all the same.
  const { getItem, setItem } = createAstroDriver({ ...options, maxStale: 0 } as object)
  return { read: getItem, write: setItem }
}

const ENCRYPTED = { encryptionKey: Buffer.alloc(32, 7).toString('base64'), requireEncryption: true }
/** What another adapter, or the driver, has in its place; `ttl` is for values written through unstorage. */
const PLAIN = { ttl: 60 }

onEveryEngine((table) => {
  let prefixes = 0
  /** No Items of another test are shared. */
  const fresh = (): Omit<SessionOptions, 'driver'> & { readonly keyPrefix: string } => ({
    ...table.options,
    keyPrefix: `own${prefixes++}:`,
  })
  async function stored(keyPrefix: string) {
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.options.tableName, ConsistentRead: true }))
    const ours = Items.filter(({ session_id }) => session_id?.S?.startsWith(keyPrefix))
    return ours.map(({ data, encoding, expire_at }) => ({ text: data?.S, encoding: encoding?.S, expires: expire_at !== undefined }))
  }
  const encrypted = { text: undefined, encoding: 'aes-256-gcm', expires: false }
  const plain = { text: 'public', encoding: undefined, expires: false }

  describe.each([
    ['Better Auth', openBetterAuth],
    ['Astro', openAstro],
  ] as const)('a value of %s', (_name, open) => {
    it.each(['before', 'after'] as const)('is encrypted where another opened the table without that %s it', async (order) => {
      const at = fresh()
      const openOurs = (): Adapter => open({ ...at, ...ENCRYPTED })
      const early = order === 'after' ? openOurs() : undefined
      const other = open({ ...at, ...PLAIN })
      const ours = early ?? openOurs()
      await ours.write('one', 'private')
      expect(await stored(at.keyPrefix)).toEqual([encrypted])
      expect(await ours.read('one')).toBe('private')
      await expect(other.read('one')).rejects.toThrow(SessionDataError)
    })

    it.each(['before', 'after'] as const)('that is plain is refused where another opened the table without that %s it', async (order) => {
      const at = fresh()
      const openOurs = (): Adapter => open({ ...at, ...ENCRYPTED })
      const early = order === 'after' ? openOurs() : undefined
      const other = open({ ...at, ...PLAIN })
      const ours = early ?? openOurs()
      await other.write('one', 'public')
      expect(await stored(at.keyPrefix)).toEqual([plain])
      expect(await other.read('one')).toBe('public')
      await expect(ours.read('one')).rejects.toThrow('is not encrypted')
    })

    it('is packed by its own options on a driver of others, and does not expire by the `ttl` of that', async () => {
      const at = fresh()
      const ours = open({ driver: dynamodbDriver({ ...at, ...PLAIN }), ...ENCRYPTED })
      await ours.write('one', 'private')
      expect(await stored(at.keyPrefix)).toEqual([encrypted])
      const next = fresh()
      const other = open({ driver: dynamodbDriver({ ...next, ...PLAIN, ...ENCRYPTED }) })
      await other.write('one', 'public')
      expect(await stored(next.keyPrefix)).toEqual([plain])
      expect(await other.read('one')).toBe('public')
    })

    it('is inflated and bounded by its own options', async () => {
      const at = fresh()
      const least = 512 * 1024
      const small = open({ ...at, maxDataSize: least })
      const large = open({ ...at, compression: true })
      await large.write('one', 'x'.repeat(least + 1))
      expect((await stored(at.keyPrefix)).map(({ encoding }) => encoding)).toEqual(['gzip'])
      expect(await large.read('one')).toHaveLength(least + 1)
      await expect(small.read('one')).rejects.toThrow('maxDataSize')
    })

    it('does not expire by `ttl`, its own or that of whoever was first', async () => {
      const at = fresh()
      open({ ...at, ...PLAIN })
      await open({ ...at }).write('one', 'public')
      await open({ ...at, ttl: 30 }).write('two', 'public')
      expect(await stored(at.keyPrefix)).toEqual([plain, plain])
    })
  })

  it('a value of Better Auth is taken by its own options', async () => {
    const at = fresh()
    const other = dynamodbSecondaryStorage({ ...at, ...PLAIN })
    const ours = dynamodbSecondaryStorage({ ...at, ...ENCRYPTED })
    await ours.set('code', 'private')
    expect(await ours.getAndDelete('code')).toBe('private')
    await other.set('code', 'public')
    await expect(ours.getAndDelete('code')).rejects.toThrow('is not encrypted')
  })
})
