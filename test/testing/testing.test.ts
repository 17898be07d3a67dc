// What an application's unit tests can do with sessions in memory.
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { openSession } from '../../src/web.ts'
import { createDynamoSessionStorage } from '../../src/react-router.ts'
import { createTestSessions } from '../../src/testing.ts'
import type { TestSessions, TestSessionsOptions } from '../../src/testing.ts'
import { cookieOf } from '../support/cookie.ts'

interface Data {
  userId: string
  visits: number
}

let made: TestSessions<Data>[] = []
const create = (options: TestSessionsOptions = {}): TestSessions<Data> => {
  const sessions = createTestSessions<Data>(options)
  made.push(sessions)
  return sessions
}
afterEach(() => {
  for (const { dispose } of made) dispose()
  made = []
})

describe('the storage', () => {
  it('keeps a session from one request to the next, and ends it', async () => {
    const { storage, requests, items } = create()
    const first = await storage.getSession()
    first.set('userId', '42')
    const cookie = cookieOf(await storage.commitSession(first))
    const second = await storage.getSession(cookie)
    expectTypeOf(second.get('userId')).toEqualTypeOf<string | undefined>()
    expect(second.get('userId')).toBe('42')
    expect(items()).toHaveLength(1)
    await storage.destroySession(second)
    expect((await storage.getSession(cookie)).has('userId')).toBe(false)
    expect(requests).toEqual(['PutItem', 'GetItem', 'DeleteItem', 'GetItem'])
    expect(items()).toEqual([])
  })

  it('gives a flash once', async () => {
    const { storage } = create()
    const session = await storage.getSession()
    session.flash('userId', 'once')
    const cookie = cookieOf(await storage.commitSession(session))
    const read = await storage.getSession(cookie)
    expect([read.has('userId'), read.get('userId'), read.get('userId')]).toEqual([true, 'once', undefined])
    await storage.commitSession(read)
    expect((await storage.getSession(cookie)).get('userId')).toBeUndefined()
  })

  it('has cookies that React Router’s own reads, and reads its cookies', async () => {
    const { storage, options } = create()
    const router = createDynamoSessionStorage<Data>(options)
    const session = await storage.getSession()
    session.set('userId', '42')
    const cookie = await storage.commitSession(session)
    const theirs = await router.getSession(cookieOf(cookie))
    expect(theirs.get('userId')).toBe('42')
    theirs.set('visits', 2)
    expect(await router.commitSession(theirs)).toBe(cookie)
    const again = await storage.getSession(cookieOf(await router.regenerateSession(theirs)))
    expect(again.data).toEqual({ userId: '42', visits: 2 })
    expect((await storage.getSession('__session=forged.aaaa')).data).toEqual({})
  })
})

it('every adapter takes the options', async () => {
  const { options, store } = create({ userIdKey: 'userId' })
  const session = await openSession<Data>({ cookie: null }, options)
  await session.update({ userId: '42' })
  const listed: string[] = []
  for await (const { key } of store.listByUser('42')) listed.push(key)
  expect(listed).toEqual([store.keyOf(session.id as string)])
  expect(await store.destroyByUser('42')).toBe(1)
})

it('concurrent changes are merged, and a lock is one holder’s', async () => {
  const { store } = create({ enableLocking: true })
  const record = await store.create({ userId: '1', visits: 0 })
  await Promise.all([store.update(record, { userId: '2', visits: 0 }), store.update(record, { userId: '1', visits: 1 })])
  expect((await store.read(record.id))?.data).toEqual({ userId: '2', visits: 1 })
  const count = () => store.withLock(record.id, ({ record: { data }, update }) => update({ ...data, visits: data.visits + 1 }))
  await Promise.all([count(), count(), count()])
  expect((await store.read(record.id))?.data.visits).toBe(4)
})

it('the driver is one of unstorage', async () => {
  const { driver, clock } = create({ keyPrefix: 'app:', ttl: 60 })
  await driver.setItem('a:b', 'text')
  await driver.setItemRaw('a:c', Buffer.from([1, 2]))
  expect((await driver.getKeys('a')).toSorted()).toEqual(['a:b', 'a:c'])
  expect(await driver.getItems([{ key: 'a:b' }, { key: 'none' }])).toEqual([
    { key: 'a:b', value: 'text' },
    { key: 'none', value: null },
  ])
  clock.advance(61)
  expect(await driver.getKeys()).toEqual([])
})

describe('the clock', () => {
  it('ends sessions without a wait, is put back, and is the machine’s after the test', async () => {
    const { store, clock, dispose } = create({ maxStale: 60 })
    const record = await store.create({ userId: '1', visits: 0 })
    clock.advance(59)
    expect(await store.read(record.id)).not.toBeNull()
    clock.advance(2)
    expect(await store.read(record.id)).toBeNull()
    clock.set(record.createdAt)
    expect(await store.read(record.id)).not.toBeNull()
    clock.set(new Date('2040-01-01T00:00:00Z'))
    expect((await store.create({ userId: '2', visits: 0 })).createdAt.getUTCFullYear()).toBe(2040)
    dispose()
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(5000)
    expect(() => clock.advance(-1)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

describe('a fault', () => {
  const failures = {
    throttled: 'THROTTLED',
    server: 'SERVER_ERROR',
    unreachable: 'UNREACHABLE',
    timeout: 'TIMEOUT',
    denied: 'ACCESS_DENIED',
  }
  it.for(Object.entries(failures))('%s is the error %s of a read', async ([kind, code]) => {
    const { store, faults } = create()
    const record = await store.create({ userId: '1', visits: 0 })
    faults.add(kind as keyof typeof failures, { on: 'GetItem' })
    await expect(store.read(record.id)).rejects.toMatchObject({ code })
    expect(await store.read(record.id)).not.toBeNull()
  })

  it('that loses the answer of a write is made good, once', async () => {
    const { store, faults, requests } = create()
    const record = await store.create({ userId: '1', visits: 0 })
    faults.add('lost', { on: ['UpdateItem'] })
    expect((await store.update(record, { userId: '1', visits: 1 }))?.data.visits).toBe(1)
    expect(requests).toEqual(['PutItem', 'UpdateItem', 'UpdateItem'])
  })

  it('that lasts ends a write by an error, in no time that a test has to wait', async () => {
    const { store, faults } = create()
    faults.add('timeout', { times: Infinity })
    const began = performance.now()
    await expect(store.create({ userId: '1', visits: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(performance.now() - began).toBeLessThan(5000)
    faults.clear()
    await store.create({ userId: '1', visits: 0 })
  })

  it('of no kind, or of no number of requests, is refused', () => {
    const { faults } = create()
    expect(() => faults.add('slow' as 'lost')).toThrow(/throttled, server/)
    expect(() => faults.add('lost', { times: 0 })).toThrow(/times/)
  })
})

it('what is not supported says so, and what to do', async () => {
  const { driver } = create()
  await expect(driver.getInstance()).rejects.toMatchObject({
    code: 'REQUEST_FAILED',
    message: expect.stringMatching(/in memory.*docs\/testing\.md/),
  })
})

it('options of the application’s own connection are passed over, and wrong ones refused', async () => {
  const { store } = create({ endpoint: 'http://127.0.0.1:1', region: 'eu-west-1', tableName: 'mine' })
  expect((await store.create({ userId: '1', visits: 0 })).key).toHaveLength(64)
  expect(() => create({ maxStale: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => create({ tabelName: 'x' } as object)).toThrow(/tableName/)
})
