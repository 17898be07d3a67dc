// How long an operation may take while DynamoDB is silent, in every adapter. The clock and the way to DynamoDB are doubles.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TransportError } from '../../../src/core/dynamodb/transport-error.ts'
import type { Item } from '../../../src/core/dynamodb/dynamo.ts'
import type { Deadline } from '../../../src/core/base/deadline.ts'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionStore } from '../../../src/index.ts'
import { createDynamoSessionStorage } from '../../../src/react-router.ts'
import { createDynamoSessionStorage as createRemix3Storage } from '../../../src/remix3.ts'
import { useDynamoSession } from '../../../src/h3.ts'

const way = vi.hoisted(() => ({ isSilent: false, delay: 0, items: new Map<string, unknown>(), begun: [] as number[] }))

vi.mock('../../../src/core/dynamodb/open-transport.ts', () => ({
  openTransport: () => ({
    clock: () => performance.now(),
    dispose() {},
    region: async () => 'us-east-1',
    endpoint: async () => undefined,
    send: (operation: string, input: Record<string, never>, _hooks: unknown, deadline: Deadline) =>
      way.isSilent ? silence(deadline) : after(way.delay, { output: answer(operation, input), attempts: 1 }),
  }),
}))

async function after<Value>(milliseconds: number, value: Value): Promise<Value> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
  return value
}

/** Three attempts of 3 s, with the pauses of the SDK. */
async function silence(deadline: Deadline): Promise<never> {
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (deadline.left() <= 0) throw new TransportError('timeout', 'Late', 'too late', { attempts: attempt })
    way.begun.push(performance.now())
    await new Promise((resolve) => setTimeout(resolve, 3000 + 50 * attempt))
  }
  throw new TransportError('timeout', 'TimeoutError', 'no answer', { attempts: 3 })
}

/** Of a table that keeps what is put, and takes every change. */
function answer(operation: string, input: { Item?: Item; Key?: Item; RequestItems?: Record<string, { Keys: Item[] }> }): object {
  const keyOf = (item: Item | undefined): string => item?.session_id?.S as string
  if (operation === 'PutItem') way.items.set(keyOf(input.Item), input.Item)
  if (operation === 'GetItem') return { Item: way.items.get(keyOf(input.Key)) }
  if (operation === 'UpdateItem') return { Attributes: undefined }
  if (operation === 'Query') return { Items: [...way.items.values()], Count: way.items.size }
  return {}
}

const options = { userIdKey: 'user', secretKey: 'x'.repeat(32) }
let made = 0
/** Nothing is shared between tests. */
const own = () => ({ ...options, driver: dynamodbDriver({ tableName: `bounds-${made++}` }) })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] })
  Object.assign(way, { isSilent: false, delay: 0, items: new Map(), begun: [] })
})
afterEach(() => void vi.useRealTimers())

/** Milliseconds until each of them has failed; all must, and by a typed error. */
async function failures(work: () => Promise<unknown>[], lastBegins = 9800): Promise<number[]> {
  way.isSilent = true
  const began = performance.now()
  const settled = work().map((each) =>
    each.then(
      () => Infinity,
      (error: { code?: string }) => (error.code === 'TIMEOUT' ? performance.now() - began : Number.NaN),
    ),
  )
  const all = Promise.all(settled)
  for (let passed = 0; passed < 40_000; passed += 100) await vi.advanceTimersByTimeAsync(100)
  const result = await all
  const last = Math.max(...way.begun, began) - began
  expect(last, 'when the last attempt began').toBeLessThanOrEqual(lastBegins)
  return result
}

vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}))

const drain = async (iterable: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of iterable) break
}

describe('a silent DynamoDB fails within 10 s', () => {
  type Store = SessionStore<Record<string, unknown>>
  type Stored = Awaited<ReturnType<Store['create']>>
  const operations: Record<string, (store: Store, record: Stored) => Promise<unknown>[]> = {
    create: (store) => [store.create({ n: 1 })],
    read: (store, { id }) => [store.read(id)],
    'two reads that share a request': (store, { id }) => [store.read(id), store.read(id)],
    update: (store, record) => [store.update(record, { n: 2 })],
    'three updates of one session': (store, record) => [2, 3, 4].map((n) => store.update(record, { n })),
    touch: (store, record) => [store.touch(record, { expiresAt: new Date(Date.now() + 1e6) })],
    regenerate: (store, record) => [store.regenerate(record)],
    'an update and a regeneration behind it': (store, record) => [store.update(record, { n: 2 }), store.regenerate(record)],
    destroy: (store, { id }) => [store.destroy(id)],
    destroyByKey: (store, { key }) => [store.destroyByKey(key)],
    listByUser: (store) => [drain(store.listByUser('ada'))],
    destroyByUser: (store) => [store.destroyByUser('ada')],
  }
  it.each(Object.entries(operations))('the store: %s', async (_, work) => {
    const store: Store = createSessionStore(own())
    const record = await store.create({ user: 'ada' })
    for (const took of await failures(() => work(store, record))) expect(took).toBeLessThanOrEqual(10_000)
  })

  it('the store: withLock, whose lock is given back behind its caller, since it may have been acquired', async () => {
    const store: Store = createSessionStore(own())
    const { id } = await store.create({ user: 'ada' })
    const [took = 0] = await failures(() => [store.withLock(id, async () => 1)], 20_000)
    expect(took).toBeLessThanOrEqual(10_000)
  })

  it('a regeneration, when the silence begins after its put', async () => {
    const store: Store = createSessionStore(own())
    const record = await store.create({ user: 'ada' })
    const put = way.items.set.bind(way.items)
    way.items.set = (key, item) => ((way.isSilent = true), put(key, item))
    const began = performance.now()
    const outcome = store.regenerate(record).then(
      () => 0,
      () => performance.now() - began,
    )
    for (let passed = 0; passed < 20_000; passed += 100) await vi.advanceTimersByTimeAsync(100)
    expect(await outcome).toBeLessThanOrEqual(10_000)
  })

  const driverCalls: Record<string, (driver: ReturnType<typeof dynamodbDriver>) => Promise<unknown>> = {
    hasItem: (driver) => driver.hasItem('a'),
    getItem: (driver) => driver.getItem('a'),
    getItems: (driver) => driver.getItems([{ key: 'a' }, { key: 'b' }]),
    setItem: (driver) => driver.setItem('a', '1'),
    setItems: (driver) => driver.setItems([{ key: 'a', value: '1' }]),
    getMeta: (driver) => driver.getMeta('a'),
    removeItem: (driver) => driver.removeItem('a'),
    getKeys: (driver) => driver.getKeys(),
    clear: (driver) => driver.clear(),
  }
  it.each(Object.entries(driverCalls))('the driver: %s', async (_, call) => {
    const driver = dynamodbDriver({ tableName: `bounds-${made++}` })
    for (const took of await failures(() => [call(driver)])) expect(took).toBeLessThanOrEqual(10_000)
  })

  it('React Router: what reads, commits, regenerates and ends a session', async () => {
    const storage = createDynamoSessionStorage(own())
    const first = await storage.getSession(null)
    first.set('n', 1)
    const cookie = (await storage.commitSession(first)).split(';')[0] as string
    const sessions = await Promise.all([1, 2, 3].map(() => storage.getSession(cookie)))
    for (const session of sessions) session.set('n', 2)
    const [one, two, three] = sessions as [typeof first, typeof first, typeof first]
    const took = await failures(() => [
      storage.getSession(cookie),
      storage.commitSession(one),
      storage.regenerateSession(two),
      storage.destroySession(three),
    ])
    for (const each of took) expect(each).toBeLessThanOrEqual(10_000)
  })

  it('h3: several calls of one handler, one after the other', async () => {
    const response = new Headers()
    const event = {
      context: {},
      headers: new Headers({ host: 'localhost' }),
      req: new Request('http://localhost/'),
      res: { headers: response },
    }
    const session = await useDynamoSession(event as never, own())
    await session.update({ n: 1 })
    const took = await failures(() => [session.update({ n: 2 }), session.update({ m: 3 }), session.regenerate(), session.destroy()])
    for (const each of took) expect(each).toBeLessThanOrEqual(10_000)
  })

  it('Remix 3: a save, a new id and an end', async () => {
    const storage = createRemix3Storage(own())
    const session = await storage.read(null)
    session.set('n', 1)
    const cookie = (await storage.save(session)) as string
    const [saved, moved, ended] = await Promise.all([1, 2, 3].map(() => storage.read(cookie)))
    saved?.set('n', 2)
    moved?.regenerateId(true)
    ended?.destroy()
    const took = await failures(() => [saved, moved, ended].map((each) => storage.save(each as typeof session)))
    for (const each of took) expect(each).toBeLessThanOrEqual(10_000)
  })
})

describe('work that waits for its turn', () => {
  it('has its time anew where others were served before it, so that a slow moment fails nobody', async () => {
    const store = createSessionStore<Record<string, unknown>>(own())
    const record = await store.create({ n: 0 })
    const done: number[] = []
    way.delay = 1000
    const updates = Array.from({ length: 30 }, (_, n) => store.update(record, { [`k${n}`]: n }).then(() => done.push(n)))
    for (let passed = 0; passed < 40_000; passed += 100) await vi.advanceTimersByTimeAsync(100)
    await Promise.all(updates)
    expect(done).toHaveLength(30)
  })
})
