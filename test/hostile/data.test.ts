// What applications may pass in by mistake or on somebody's behalf: data, ids, keys. It is stored whole or refused whole.
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import dynamodbDriver from '../../src/driver.ts'
import { isId } from '../../src/core/base/id.ts'
import { sign } from '../../src/core/base/signature.ts'
import { useDynamoSession } from '../../src/h3.ts'
import type { SessionEvent } from '../../src/h3.ts'
import { createSessionStore, InvalidArgumentError, SessionTooLargeError } from '../../src/index.ts'
import type { SessionRecord } from '../../src/index.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../src/remix3.ts'
import { atTime, START } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { CANARY, check, refusalOf, trickyText } from './input.ts'
import { useProxy } from '../support/proxy.ts'
import { cookieOf } from '../support/cookie.ts'

type Data = Record<string, unknown>

const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'a', 'b', '', 'length'), trickyText)
const leaf = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withObjectString: true,
    withTypedArray: true,
    withSparseArray: true,
    maxDepth: 3,
  }),
  trickyText,
  fc.constantFrom<unknown>(
    undefined,
    Symbol(CANARY),
    () => CANARY,
    NaN,
    -0,
    Infinity,
    10n,
    new Date(NaN),
    new Date(0),
    /x/,
    new Error(CANARY),
    Object.create(null),
    '\uD800',
    `${CANARY}\uDC00`,
  ),
  fc.integer({ min: 10, max: 100 }).map((depth) => nested(depth)),
  fc.constant(0).map(circle),
)
const data: fc.Arbitrary<Data> = fc
  .array(fc.tuple(names, fc.oneof({ weight: 3, arbitrary: fc.jsonValue() }, { weight: 2, arbitrary: leaf })), { maxLength: 5 })
  .map((entries) => Object.fromEntries(entries))

function nested(depth: number): unknown {
  let value: unknown = CANARY
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value }
  return value
}

function circle(): unknown {
  const round: Data = { secret: CANARY }
  round.self = { round }
  return round
}

/** What JSON makes of it; `undefined` where it cannot. */
function asJson(value: unknown): Data | undefined {
  try {
    return JSON.parse(JSON.stringify(value)) as Data
  } catch {
    return undefined
  }
}

onEveryEngine(({ engine, options }) => {
  const proxy = useProxy(engine)
  const own = {
    ...options,
    get endpoint() {
      return proxy.endpoint
    },
  }

  const h3Options = () => ({ ...own, secretKey: 'secret'.repeat(4) })
  function eventOf(id: string | undefined): SessionEvent {
    const cookie = id === undefined ? undefined : `__Host-session=${encodeURIComponent(sign(id, 'secret'.repeat(4)))}`
    const node = { req: { headers: { cookie, host: 'shop.example' } }, res: { getHeader: () => undefined, setHeader: () => {} } }
    return { context: {}, node } as unknown as SessionEvent
  }

  describe('session data', { timeout: 300_000 }, () => {
    it('of any kind is stored as JSON has it, or refused before any request, in every adapter', async () => {
      const store = createSessionStore<Data>({ ...own, userIdKey: 'b' })
      const storage = createDynamoSessionStorage<Data>({ ...own, secretKey: 'secret'.repeat(4) })
      const remix3 = createRemix3Storage({ ...own })
      const property = fc.asyncProperty(data, data, async (first, second) => {
        let record: SessionRecord<Data> | undefined
        proxy.reset()
        const refused = await refusalOf(async () => (record = await store.create(first)))
        const expected = asJson(first)
        if (!record) {
          expect(refused).toBeInstanceOf(InvalidArgumentError)
          expect(expected === undefined || first.b !== undefined).toBe(true)
          expect(proxy.requests).toEqual([])
        } else {
          expect((await store.read(record.id))?.data).toEqual(expected)
          const kept = await refusalOf(() => store.update(record as SessionRecord<Data>, second))
          expect((await store.read(record.id))?.data).toEqual(kept ? expected : asJson(second))
        }

        const session = await storage.getSession()
        for (const [name, value] of Object.entries(first)) session.set(name, value)
        let header = ''
        await refusalOf(async () => (header = await storage.commitSession(session)))
        if (expected === undefined) expect(header).toBe('')
        else if (header) expect((await storage.getSession(cookieOf(header))).data).toEqual(expected)

        const fourth = await useDynamoSession<Data>(eventOf(undefined), h3Options())
        const refusedByH3 = await refusalOf(() => fourth.update(first))
        expect(refusedByH3 === undefined).toBe(expected !== undefined)
        if (expected && fourth.id !== undefined) {
          expect((await useDynamoSession<Data>(eventOf(fourth.id), h3Options())).data).toEqual(expected)
        }

        const third = await remix3.read(null)
        for (const [name, value] of Object.entries(first)) third.set(name, value)
        let id: string | null = null
        await refusalOf(async () => (id = await remix3.save(third)))
        if (expected === undefined) expect(id).toBe(null)
        else if (id)
          for (const name of Object.keys(expected).filter((name) => !name.startsWith('__flash_')))
            expect((await remix3.read(id)).get(name) ?? undefined).toEqual(expected[name] ?? undefined)
      })
      await check(property, 120)
    })

    it('with a toJSON of its own that makes it no object is refused by adapters, which could not read it back', async () => {
      const storage = createDynamoSessionStorage<Data>({ ...own, secretKey: 'secret'.repeat(4) })
      const session = await storage.getSession()
      session.set('toJSON', () => 'text')
      expect(await refusalOf(() => storage.commitSession(session))).toBeInstanceOf(InvalidArgumentError)
      const remix3 = createRemix3Storage({ ...own })
      const third = await remix3.read(null)
      third.set('toJSON', () => [1])
      expect(await refusalOf(() => remix3.save(third))).toBeInstanceOf(InvalidArgumentError)
      const fourth = await useDynamoSession<Data>(eventOf(undefined), h3Options())
      expect(await refusalOf(() => fourth.update({ toJSON: () => 7 }))).toBeInstanceOf(InvalidArgumentError)
      expect(proxy.requests).toEqual([])
    })

    it.each([100, 3000, 30_000])('%i levels deep is stored whole or refused before any request', async (depth) => {
      const store = createSessionStore<Data>({ ...own })
      let record: SessionRecord<Data> | undefined
      const refused = await refusalOf(async () => (record = await store.create({ deep: nested(depth) })))
      if (!record) {
        expect(refused).toBeInstanceOf(InvalidArgumentError)
        expect(proxy.requests).toEqual([])
        expect(depth).toBeGreaterThan(100)
      } else {
        let value = (await store.read(record.id))?.data.deep
        for (let level = depth; level > 0; level--) value = Object.values(value as object)[0]
        expect(value).toBe(CANARY)
      }
    })

    it('just under 400 KB is stored; a byte more is refused with its size, and what was there stays', async () => {
      const store = createSessionStore<{ text: string }>({ ...own })
      // Times with the same number of digits each.
      atTime(START)
      const sizeOf = async (length: number): Promise<number> => {
        const error = await refusalOf(() => store.create({ text: 'x'.repeat(length) }))
        return (error as SessionTooLargeError | undefined)?.size ?? 0
      }
      const overhead = (await sizeOf(409_600)) - 409_600
      const most = 409_600 - overhead
      const record = await store.create({ text: 'x'.repeat(most) })
      expect((await store.read(record.id))?.data.text).toHaveLength(most)
      proxy.reset()
      const over = await refusalOf(() => store.create({ text: `${CANARY}${'x'.repeat(most - CANARY.length + 1)}` }))
      expect(over).toMatchObject({ code: 'TOO_LARGE', size: 409_601, limit: 409_600 })
      const smaller = await store.create({ text: 'small' })
      proxy.reset()
      const update = await refusalOf(() => store.update(smaller, { text: 'x'.repeat(most + 1) }))
      expect(update).toBeInstanceOf(SessionTooLargeError)
      expect(update?.message).toMatch(/4096\d\d bytes/)
      expect(proxy.requests).toEqual([])
      expect((await store.read(smaller.id))?.data.text).toBe('small')
    })

    it('that would be too large to inflate again is refused, however small it packs', async () => {
      const errorHandler = vi.fn()
      const store = createSessionStore<{ text: string }>({ ...own, compression: true, errorHandler })
      const error = await refusalOf(() => store.create({ text: ' '.repeat(2 * 1024 * 1024) }))
      expect(error).toMatchObject({ code: 'TOO_LARGE', limit: 2 * 1024 * 1024, size: 2 * 1024 * 1024 + '{"text":""}'.length })
      expect(proxy.requests).toEqual([])
      const record = await store.create({ text: ' '.repeat(1.5 * 1024 * 1024) })
      expect((await store.read(record.id))?.data.text).toHaveLength(1.5 * 1024 * 1024)
      const larger = createSessionStore<{ text: string }>({ ...own, compression: true, maxDataSize: 16 * 1024 * 1024 })
      const large = await larger.create({ text: ' '.repeat(15 * 1024 * 1024) })
      expect((await larger.read(large.id))?.data.text).toHaveLength(15 * 1024 * 1024)
      // Whoever has a lower bound does not inflate it.
      errorHandler.mockClear()
      await expect(store.read(large.id)).resolves.toBe(null)
      expect(errorHandler).toHaveBeenCalledWith(expect.objectContaining({ code: 'UNREADABLE_DATA' }), { operation: 'read' })
    })
  })

  describe('ids, records and keys', () => {
    const anything = fc.oneof(
      trickyText,
      fc.anything({ withBigInt: true, withNullPrototype: true }),
      fc.constantFrom<unknown>(CANARY.repeat(20), undefined, { toString: () => CANARY }),
    )

    it('that no store made name no session and cost no request', async () => {
      const store = createSessionStore<Data>({ ...own, hashIds: false, keyPrefix: 'p:', userIdKey: 'user' })
      const property = fc.asyncProperty(
        anything.filter((value) => !isId(value)),
        async (value) => {
          const id = value as string
          expect(await store.read(id)).toBe(null)
          expect(await store.withLock(id, async () => 1)).toBe(null)
          await store.destroy(id)
          const record = value as SessionRecord<Data>
          for (const refused of [
            () => store.keyOf(id),
            () => (id === undefined ? store.keyOf(id) : store.create({}, { id })),
            () => store.update(record, {}),
            () => store.touch(record),
            () => store.regenerate(record),
            () => store.destroyByKey(id),
            () => store.destroyByUser('ada', { exceptId: id ?? '' }),
            () => (typeof value === 'number' ? store.keyOf(id) : store.create({}, { expiresAt: (id ?? NaN) as never })),
          ]) {
            expect(await refusalOf(refused), String(refused)).toBeDefined()
          }
        },
      )
      await check(property, 300)
      expect(proxy.requests).toEqual([])
    })

    it('of the driver come back as they are, or are refused before any request', async () => {
      const driver = dynamodbDriver({ ...own })
      const store = createSessionStore({ ...own })
      const property = fc.asyncProperty(anything, anything, async (key, value) => {
        proxy.reset()
        const isGood = [key, value].every((text) => typeof text === 'string' && text === Buffer.from(text).toString()) && key !== ''
        const error = await refusalOf(() => driver.setItem(key as string, value as string))
        if (!isGood) {
          expect([error !== undefined, proxy.requests]).toEqual([true, []])
          return
        }
        expect(error).toBe(undefined)
        expect(await driver.getItem(key as string)).toBe(value)
        expect(await driver.hasItem(key as string)).toBe(true)
        expect(await driver.getItems([{ key: key as string }])).toEqual([{ key, value }])
        await driver.removeItem(key as string)
      })
      await check(property, 120)
      proxy.reset()
      for (const work of [
        () => driver.setItem('half', `${CANARY}\uD800`),
        () => driver.setItemRaw('half', '\uDC00'),
        () => driver.setItems([{ key: 'half', value: '\uD800' }]),
        () => driver.setItem('\uD800', 'whole'),
        () => driver.getItem('\uDC00'),
        () => store.destroyByKey('\uD800'),
      ]) {
        expect(await refusalOf(work), String(work)).toBeDefined()
      }
      expect(proxy.requests).toEqual([])
      for (const base of [7, {}, null, '\uD800', ':::', 'a'.repeat(3000)]) await refusalOf(() => driver.getKeys(base as string))
    })

    it('of users come back as they are, or are refused', async () => {
      const store = createSessionStore<Data>({ ...own, userIdKey: 'user' })
      for (const user of ['\uD800', `${CANARY}\uDC00`, 'x'.repeat(2049), {}, [], Symbol('x'), NaN]) {
        proxy.reset()
        if (typeof user !== 'symbol' && !Number.isNaN(user))
          expect(await refusalOf(() => store.create({ user })), String(user).slice(0, 9)).toBeInstanceOf(InvalidArgumentError)
        expect(await refusalOf(() => store.destroyByUser(user as string))).toBeInstanceOf(InvalidArgumentError)
        expect(proxy.requests).toEqual([])
      }
    })
  })
})
