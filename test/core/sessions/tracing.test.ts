// What the channels tell.
import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { RequestTrace, SessionOptions, SessionTrace } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { useProxy } from '../../support/proxy.ts'

const SECRET = 'canary-7f3a'

onEveryEngine(
  ({ engine, options }) => {
    const proxy = useProxy(engine)
    const make = (more: SessionOptions = {}) =>
      createSessionStore<{ n?: number; secret?: string; user?: string }>({ ...options, endpoint: proxy.endpoint, ...more })
    const stops: (() => void)[] = []
    afterEach(() => {
      for (const stop of stops.splice(0)) stop()
    })

    /** What a channel tells from now on, in the order of the ends. */
    function listen<Trace extends object = SessionTrace>(name: string): Trace[] {
      const heard: Trace[] = []
      const channel = tracingChannel<unknown, Trace>(`dynamodb-sessions:${name}`)
      const subscribers = { start() {}, end() {}, asyncStart() {}, asyncEnd: (trace: Trace) => void heard.push(trace), error() {} }
      channel.subscribe(subscribers)
      stops.push(() => channel.unsubscribe(subscribers))
      return heard
    }

    it('tells of each operation: key, requests, units, outcome and milliseconds', async () => {
      const [reads, writes, ends] = [listen('read'), listen('write'), listen('destroy')]
      const store = make()
      const record = await store.create({ n: 1 })
      const read = await store.read(record.id)
      await store.update(read!, { n: 1 })
      await store.update(read!, { n: 2 })
      await store.touch(read!, { expiresAt: new Date(Date.now() + 60_000) })
      const moved = await store.regenerate((await store.read(record.id))!)
      await store.destroy(moved!.id)
      expect(await store.read(moved!.id)).toBeNull()
      expect(await store.update(moved!, { n: 3 })).toBeNull()

      const table = options.tableName
      const one = { table, key: record.key, requests: 1, retries: 0, conflicts: 0, duration: expect.any(Number) }
      expect(reads).toEqual(
        [
          { ...one, operation: 'read', outcome: 'found', readUnits: 1, writeUnits: 0 },
          { ...one, operation: 'read', outcome: 'found', readUnits: 1, writeUnits: 0 },
          { ...one, key: moved!.key, operation: 'read', outcome: 'absent', readUnits: 1, writeUnits: 0 },
        ].map(toHeard),
      )
      expect(writes.map(({ operation, key, requests, outcome }) => [operation, key, requests, outcome])).toEqual([
        ['create', record.key, 1, 'written'],
        ['update', record.key, 0, 'unchanged'],
        ['update', record.key, 1, 'written'],
        ['touch', record.key, 1, 'written'],
        ['regenerate', record.key, 2, 'written'],
        ['update', moved!.key, expect.any(Number), 'gone'],
      ])
      expect(writes[2]).toEqual(toHeard({ ...one, operation: 'update', outcome: 'written', readUnits: 0, writeUnits: 1 }))
      expect(writes[4]?.writeUnits).toBe(2)
      expect(ends).toEqual([
        toHeard({ ...one, key: moved!.key, operation: 'destroy', outcome: 'destroyed', readUnits: 0, writeUnits: expect.any(Number) }),
      ])
      for (const { duration } of [...reads, ...writes, ...ends]) expect(duration).toBeGreaterThanOrEqual(0)
    })

    it('asks for units only where somebody listens, and returns the same', async () => {
      const store = make()
      const record = await store.create({ n: 1 })
      expect((await store.read(record.id))?.data).toEqual({ n: 1 })
      expect(proxy.requests.map(({ body }) => body.ReturnConsumedCapacity)).toEqual([undefined, undefined])
      proxy.reset()
      listen('read')
      expect((await store.read(record.id))?.data).toEqual({ n: 1 })
      expect(proxy.requests.map(({ body }) => body.ReturnConsumedCapacity)).toEqual(['TOTAL'])
    })

    it('lets parallel reads share a request as ever, and tells of each', async () => {
      const reads = listen('read')
      const store = make()
      const { id } = await store.create({ n: 1 })
      proxy.reset()
      await Promise.all([store.read(id), store.read(id), store.read(id)])
      expect(proxy.operations()).toEqual(['GetItem'])
      expect(reads.map(({ requests, outcome }) => [requests, outcome])).toEqual([
        [1, 'found'],
        [0, 'found'],
        [0, 'found'],
      ])
    })

    it('counts conflicts, and attempts that were repeated', async () => {
      const writes = listen('write')
      const store = make()
      const record = await store.create({ n: 1 })
      const [mine, theirs] = [await make().read(record.id), await make({ onConflict: 'overwrite', maxAttempts: 2 }).read(record.id)]
      await make({ maxAttempts: 2 }).update(theirs!, { n: 2 })
      let failures = 2
      proxy.fault = ({ operation }) => (operation === 'UpdateItem' && failures-- > 0 ? 'error' : undefined)
      await store.update(mine!, { n: 1, user: 'ada' })
      const { conflicts, retries, outcome } = writes.at(-1) as SessionTrace
      expect({ conflicts, retries, outcome }).toEqual({ conflicts: 1, retries: 2, outcome: 'written' })
    })

    it('tells of locks: that they were had, waited for, and not', async () => {
      const locks = listen('lock')
      const store = make({ lockMaxWaitTime: 0.2, lockExpiryTime: 5000, lockRetryDelay: 50 })
      const other = make({ lockMaxWaitTime: 0.2, lockExpiryTime: 5000, lockRetryDelay: 50, requestTimeout: 2999 })
      const record = await store.create({ n: 1 })
      await store.withLock(record.id, async () => {
        await expect(other.withLock(record.id, async () => 1)).rejects.toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
      })
      expect(await store.withLock('A'.repeat(43), async () => 1)).toBeNull()
      expect(locks.map(({ outcome }) => outcome)).toEqual(['locked', 'failed', 'absent'])
      expect(locks[1]?.duration).toBeGreaterThanOrEqual(190)
      expect(locks[1]?.error).toMatchObject({ code: 'LOCK_WAIT_TIMEOUT' })
    })

    it('tells of every request with its attempts', async () => {
      const requests = listen<RequestTrace>('request')
      const store = make()
      const { id } = await store.create({ n: 1 })
      let failures = 1
      proxy.fault = () => (failures-- > 0 ? 'throttle' : undefined)
      await store.read(id)
      expect(requests.map(({ action, table, region, attempts, units }) => [action, table, region, attempts, units])).toEqual([
        ['dynamodb:PutItem', options.tableName, 'us-east-1', 1, 1],
        ['dynamodb:GetItem', options.tableName, 'us-east-1', 2, 1],
      ])
    })

    it('tells of failures by their typed error', async () => {
      const [reads, requests] = [listen('read'), listen<RequestTrace>('request')]
      const store = make({ maxAttempts: 1 })
      proxy.fault = () => ({ status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'no' } })
      await expect(store.read('A'.repeat(43))).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      expect(reads[0]).toMatchObject({ outcome: 'failed', requests: 1, error: { code: 'ACCESS_DENIED' } })
      expect(requests[0]).toMatchObject({ action: 'dynamodb:GetItem', error: { code: 'ACCESS_DENIED' } })
    })

    it.for([true, false])('never tells an id or data, with hashIds %s', async (hashIds) => {
      const heard: object[] = []
      for (const name of ['read', 'write', 'destroy', 'lock', 'request']) {
        const channel = tracingChannel<unknown, object>(`dynamodb-sessions:${name}`)
        const note = (trace: object): void => void heard.push(trace)
        const subscribers = { start: note, end: note, asyncStart: note, asyncEnd: note, error: note }
        channel.subscribe(subscribers)
        stops.push(() => channel.unsubscribe(subscribers))
      }
      const store = make({ hashIds, onConflict: 'error' })
      const record = await store.create({ secret: SECRET })
      const again = await store.read(record.id)
      await store.update(record, { secret: `${SECRET}2` })
      await expect(make({ hashIds, onConflict: 'error', maxAttempts: 2 }).update(again!, { n: 1 })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await store.withLock(record.id, async (session) => session.update({ secret: `${SECRET}3` }))
      await store.destroy(record.id)
      const told = heard.map((trace) => everything(trace)).join('\n')
      expect(heard.length).toBeGreaterThan(20)
      expect(told).not.toContain(SECRET)
      expect(told).not.toContain(record.id)
    })

    describe('the driver', () => {
      it('tells of its methods with the key of the table', async () => {
        const [reads, writes, ends] = [listen('read'), listen('write'), listen('destroy')]
        const driver = dynamodbDriver({ ...options, endpoint: proxy.endpoint, keyPrefix: 'app:' })
        await driver.setItem('a', '1')
        expect(await driver.getItem('a')).toBe('1')
        expect(await driver.hasItem('b')).toBe(false)
        await driver.removeItem('a')
        const shown = [...writes, ...reads, ...ends].map(({ operation, key, outcome, requests }) => [operation, key, outcome, requests])
        expect(shown).toEqual([
          ['setItem', 'app:a', 'written', 1],
          ['getItem', 'app:a', 'found', 1],
          ['hasItem', 'app:b', 'absent', 1],
          ['removeItem', 'app:a', 'destroyed', 1],
        ])
      })
    })
  },
  { userIdKey: 'user' },
)

/** Node adds what the traced function returned, which is nothing. */
function toHeard(trace: object): object {
  return { ...trace, result: undefined }
}

/** All text that can be reached from a value, stacks and causes included. */
function everything(value: unknown, seen: Set<unknown> = new Set()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  return Object.getOwnPropertyNames(value)
    .map((name) => `${name} ${everything((value as Record<string, unknown>)[name], seen)}`)
    .join('\n')
}
