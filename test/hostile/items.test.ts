// Items that others wrote into the table: whatever they hold, nothing crashes, nothing leaks, and what cannot be decoded stays as it is.
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { createCookie } from 'react-router'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { generateId } from '../../src/core/base/id.ts'
import { sign } from '../../src/core/base/signature.ts'
import { LOCK_ATTRIBUTES } from '../../src/core/items/state.ts'
import { createSessionStore, SessionDataError } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../src/remix3.ts'
import { onEveryEngine } from '../support/engines.ts'
import { CANARY, check, refusalOf, trickyText, typed } from './input.ts'
import { cookieOf } from '../support/cookie.ts'

vi.mock(import('../../src/core/base/wait.ts'), async (original) => (await import('../support/pauses.ts')).shortPauses(original))

type Data = Record<string, unknown>
type Item = Record<string, AttributeValue>

const SECRET = 'the secret of these tests'
const KEY = randomBytes(32).toString('base64')
const BOMB = gzipSync(Buffer.alloc(17 * 1024 * 1024))
const wellFormed = trickyText.map((text) => Buffer.from(text).toString())

const digits = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 })
    .filter((value) => value === 0 || Math.abs(value) > 1e-100)
    .map(String),
  fc.constantFrom('0', '-1', '1e100', '9'.repeat(38), '1799999999.1234567890123456789', '1e-90', '99999999999', '-1e90', '8640000000001'),
  fc.constantFrom('1700000000', '1800000000', '4000000000', '4000000000.1234567890123'),
)

/** What may be in any attribute. */
const attribute: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.oneof(wellFormed, digits).map((S) => ({ S })),
  digits.map((N) => ({ N })),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((B) => ({ B })),
  fc.constantFrom<AttributeValue>(
    { BOOL: true },
    { NULL: true },
    { L: [{ S: CANARY }] },
    { M: { __proto__x: { S: CANARY } } },
    { SS: [CANARY] },
    { NS: ['1'] },
    { S: `${CANARY}.${'x'.repeat(5000)}` },
  ),
)

const JSON_TEXTS = [
  `{"a":"${CANARY}"}`,
  `{"a":"${CANARY}`,
  `{"__proto__":{"polluted":"${CANARY}"},"constructor":{"prototype":{"polluted":1}}}`,
  `["${CANARY}"]`,
  `"${CANARY}"`,
  'null',
  '7',
  '',
  ' ',
  'undefined',
  `{"toJSON":"${CANARY}","a":1e999,"a":-0}`,
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
]
const data: fc.Arbitrary<Item> = fc.oneof(
  fc.oneof(fc.constantFrom(...JSON_TEXTS), fc.json(), wellFormed).map((S): Item => ({ data: { S } })),
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(
          gzipSync(`{"a":"${CANARY}"}`),
          gzipSync(CANARY),
          gzipSync(`{"a":"${CANARY}"}`).subarray(0, 20),
          Buffer.from(CANARY),
        ),
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        { weight: 1, arbitrary: fc.constant(BOMB) },
      ),
      fc.oneof(
        fc
          .constantFrom('gzip', 'aes-256-gcm', 'gzip+aes-256-gcm', 'bytes', 'bytes+gzip', 'zstd', CANARY, '', '+', 'gzip+'.repeat(2000))
          .map((S) => ({ S })),
        attribute,
        fc.constant(undefined),
      ),
    )
    .map(([B, encoding]): Item => (encoding ? { data: { B }, encoding } : { data: { B } })),
  attribute.map((value): Item => ({ data: value })),
  fc.constant<Item>({}),
)
const NAMES = [
  'created_at',
  'updated_at',
  'expire_at',
  'max_expire_at',
  'version',
  'user_id',
  'moved',
  'locked_at',
  'lock_token',
  'lock_expires_at',
  '__proto__',
]
const others = fc.oneof(
  { weight: 1, arbitrary: fc.constant<[string, AttributeValue | undefined][]>([]) },
  { weight: 3, arbitrary: fc.array(fc.tuple(fc.constantFrom(...NAMES), fc.option(attribute, { nil: undefined })), { maxLength: 3 }) },
)

/** A lock is taken and given back by one update each, before the data is looked at. */
function withoutLock(item: Item | undefined): Item {
  return Object.fromEntries(Object.entries(item ?? {}).filter(([name]) => !(LOCK_ATTRIBUTES as readonly string[]).includes(name)))
}

onEveryEngine(
  ({ options, client }) => {
    const errors: unknown[] = []
    const errorHandler = (error: unknown): void => void errors.push(error)
    const own = { ...options, errorHandler, userIdKey: 'user', lockMaxWaitTime: 0, encryptionKey: KEY }
    const driver = dynamodbDriver({ ...options, encryptionKey: KEY })
    const store = createSessionStore<Data>(own)
    const router = createDynamoSessionStorage<Data>({ ...own, secretKey: SECRET })
    const remix3 = createRemix3Storage(own)

    const put = (key: string, attributes: Item) =>
      client.send(new PutItemCommand({ TableName: options.tableName, Item: { session_id: { S: key }, ...attributes } }))
    const itemAt = async (key: string): Promise<Item | undefined> =>
      (await client.send(new GetItemCommand({ TableName: options.tableName, Key: { session_id: { S: key } }, ConsistentRead: true }))).Item

    async function viaH3(id: string): Promise<void> {
      const headers = { cookie: `__Host-session=${encodeURIComponent(sign(id, SECRET))}`, host: 'shop.example' }
      const node = { req: { headers }, res: { getHeader: () => undefined, setHeader: () => {} } }
      const session = await useDynamoSession({ context: {}, node } as unknown as SessionEvent, { ...own, secretKey: SECRET })
      await session.update({ h3: 1 })
      await session.destroy()
    }

    /** Every door to one item; returns whether a reader was told that it cannot be decoded. */
    async function useAll(id: string): Promise<boolean> {
      const secrets = [id, SECRET, KEY]
      const key = store.keyOf(id)
      const before = await itemAt(key)
      errors.splice(0)
      const record = await store.read(id)
      const isUnreadable = errors.some((error) => error instanceof SessionDataError)
      if (isUnreadable) expect(record).toBe(null)
      const reads = [
        async () => {
          const session = await router.getSession(cookieOf(await createCookie('__session', { secrets: [SECRET] }).serialize(id)))
          if (record === null) expect(session.data).toEqual({})
          session.set('router', 1)
          await router.commitSession(session)
        },
        async () => {
          const session = await remix3.read(id)
          session.set('remix', 1)
          await remix3.save(session)
        },
        async () => void (await store.withLock(id, (locked) => locked.update({ ...locked.record.data, locked: 1 }))),
        async () => void (await driver.getItem(key)),
        async () => void (await driver.getItems([{ key }])),
        async () => void (await driver.getItemRaw(key)),
        async () => void (await driver.getMeta(key)),
        async () => void (await driver.hasItem(key)),
        async () => {
          if (record) await store.touch(record, { expiresAt: new Date(Date.now() + 1000) })
        },
        async () => {
          if (record) await store.update(record, { ...record.data, more: 1 })
        },
        async () => {
          const latest = await store.read(id)
          if (latest) await store.regenerate(latest)
        },
      ]
      for (const use of reads) await refusalOf(use, secrets)
      if (isUnreadable) expect(withoutLock(await itemAt(key))).toEqual(withoutLock(before))
      await refusalOf(() => viaH3(id), secrets)
      for (const error of errors) typed(error, secrets)
      return isUnreadable
    }

    describe('items written by others', { timeout: 300_000 }, () => {
      it('are read, or told to be unreadable and left alone, by store, adapters and driver', async () => {
        const seen = { unreadable: 0, readable: 0 }
        const property = fc.asyncProperty(data, others, async (content, more) => {
          const id = generateId()
          const at = Math.floor(Date.now() / 1000)
          const item: Item = { created_at: { N: String(at) }, updated_at: { N: String(at) }, user_id: { S: 'ada' }, ...content }
          for (const [name, value] of more) {
            delete item[name]
            // The index takes no other type, so that no engine would store it.
            if (value && (name !== 'user_id' || value.S)) Object.defineProperty(item, name, { value, enumerable: true, configurable: true })
          }
          // Dynalite takes no attribute named `__proto__`; what an engine refuses nobody can have written.
          fc.pre(
            await put(store.keyOf(id), item).then(
              () => true,
              () => false,
            ),
          )
          const isUnreadable = await useAll(id)
          seen[isUnreadable ? 'unreadable' : 'readable']++
          await store.destroy(id)
          // A session that was regenerated above leaves a tombstone, which holds nothing of it.
          const { data: left, user_id: user, moved, ...rest } = (await itemAt(store.keyOf(id))) ?? {}
          expect([left, user, Object.keys(rest).length === 0 || moved?.S !== undefined]).toEqual([undefined, undefined, true])
        })
        const runs = await check(property, 80, 20)
        expect(Math.min(seen.unreadable, seen.readable)).toBeGreaterThan(runs / 8)
      })

      it('are not decrypted once a byte is changed, or moved to another session', async () => {
        const record = await store.create({ a: CANARY, user: 'ada' })
        const whole = (await itemAt(record.key)) as Item
        const bytes = whole.data?.B as Uint8Array
        const property = fc.asyncProperty(
          fc.nat({ max: bytes.length - 1 }),
          fc.integer({ min: 1, max: 255 }),
          fc.boolean(),
          async (at, mask, isCut) => {
            const changed = Uint8Array.from(bytes)
            changed[at] = (changed[at] as number) ^ mask
            await put(record.key, { ...whole, data: { B: isCut ? bytes.subarray(0, Math.max(1, at)) : changed } })
            expect(await useAll(record.id)).toBe(true)
          },
        )
        await check(property, 15)
        await put(record.key, whole)
        expect((await store.read(record.id))?.data.a).toBe(CANARY)
        const other = await store.create({ a: 1 })
        await put(other.key, { ...whole, session_id: { S: other.key } })
        expect(await useAll(other.id)).toBe(true)
      })

      it('do not stop the lists of a user, the keys or the log-out everywhere', async () => {
        const at = String(Math.floor(Date.now() / 1000))
        const good = await store.create({ user: 'eve' })
        const broken = ['{"a', '[', 'x'].map((S): Item => ({ data: { S } }))
        for (const item of [
          ...broken,
          { data: { B: BOMB }, encoding: { S: 'gzip' } },
          { data: { BOOL: true } },
          { data: { S: '{}' }, version: { N: '1' } },
        ]) {
          await put(store.keyOf(generateId()), { created_at: { N: at }, updated_at: { N: at }, user_id: { S: 'eve' }, ...(item as Item) })
        }
        errors.splice(0)
        const keys: string[] = []
        for await (const { key } of store.listByUser('eve')) keys.push(key)
        expect(keys).toEqual([good.key])
        expect(errors).toHaveLength(6)
        for (const error of errors) expect(typed(error)).toBeInstanceOf(SessionDataError)
        expect(await driver.getKeys()).toContain(good.key)
        expect(await store.destroyByUser('eve')).toBe(7)
      })
    })
  },
  { userIdKey: 'user' },
)
