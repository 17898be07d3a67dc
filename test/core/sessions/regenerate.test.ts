import { describe, expect, it } from 'vitest'
import dynamodbDriver from '../../../src/driver.ts'
import { createSessionStore } from '../../../src/index.ts'
import type { SessionRecord, SessionStore } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { itemKey } from '../../support/proxy.ts'
import type { ProxiedRequest } from '../../support/proxy.ts'
import { START, atTime } from '../../support/clock.ts'
import { alive, must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { options, proxy, host, store, itemAt } = useStores(table)

  describe('regenerate (guarantee 9)', () => {
    it('moves the data to a new id and kills the old one, in two requests', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000 })
      const record = await sessions.create({ a: 1 })
      atTime(START + 100)
      proxy.reset()
      const moved = (await sessions.regenerate(record, { data: { a: 1, user: 'ada' } })) as SessionRecord<Data>
      expect(proxy.operations()).toEqual(['PutItem', 'UpdateItem'])
      expect(moved.id).not.toBe(record.id)
      expect(moved.createdAt).toEqual(record.createdAt)
      expect(moved.expiresAt).toEqual(new Date((START + 1000) * 1000))
      expect(await sessions.read(record.id)).toBe(null)
      expect((await sessions.read(moved.id))?.data).toEqual({ a: 1, user: 'ada' })
      const tombstone = await itemAt(record.key)
      expect(tombstone).toMatchObject({ moved: { S: expect.any(String) }, expire_at: { N: String(START + 160) } })
      expect(tombstone).not.toHaveProperty('data')
    })

    it('restarts the absolute lifetime with resetAge', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000 })
      const record = await sessions.create({ a: 1 })
      atTime(START + 100)
      const moved = await sessions.regenerate(record, { resetAge: true })
      expect(moved?.createdAt).toEqual(new Date((START + 100) * 1000))
      expect(moved?.expiresAt).toEqual(new Date((START + 1100) * 1000))
    })

    it('leaves the old id readable during grace, with the data from before, and read-only', async () => {
      atTime(START)
      const sessions = host({ touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      const [elsewhere, another] = [host({ touchAfter: 0 }), host()]
      const [early, earlier] = [await alive(elsewhere, record), await alive(another, record)]
      const moved = (await sessions.regenerate(record, { data: { a: 2 }, grace: 10 })) as SessionRecord<Data>
      await sessions.update(moved, { a: 3 })
      const item = await itemAt(record.key)
      atTime(START + 9)
      expect(await elsewhere.touch(early)).toBe(null)
      expect(await elsewhere.update(early, { a: 9 })).toBe(null)
      expect(await another.regenerate(earlier)).toBe(null)
      expect(await another.withLock(record.id, async () => 'locked')).toBe(null)
      expect(await itemAt(record.key)).toEqual(item)
      const old = await alive(sessions, record)
      expect(old.data).toEqual({ a: 1 })
      atTime(START + 9.5)
      expect(await sessions.update(old, { a: 9 })).toBe(null)
      expect(await sessions.touch(old)).toBe(null)
      expect(await sessions.regenerate(old)).toBe(null)
      atTime(START + 10)
      expect(await sessions.read(record.id)).toBe(null)
      expect((await sessions.read(moved.id))?.data).toEqual({ a: 3 })
    })

    it('takes along what another request changed meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1, b: 1 })
      const other = await alive(two, record)
      await two.update(other, { a: 1, b: 2 })
      const moved = await one.regenerate(record, { data: { a: 2, b: 1 } })
      expect(moved?.data).toEqual({ a: 2, b: 2 })
      expect((await one.read(moved?.id ?? ''))?.data).toEqual({ a: 2, b: 2 })
      expect(await one.read(record.id)).toBe(null)
    })

    it('returns null and leaves nothing behind when the session was destroyed meanwhile', async () => {
      const [one, two] = [host(), host()]
      const record = await one.create({ a: 1 })
      await two.destroy(record.id)
      proxy.reset()
      expect(await one.regenerate(record)).toBe(null)
      const [creation] = proxy.requests.filter(({ operation }) => operation === 'PutItem') as [ProxiedRequest]
      expect(await itemAt(itemKey(creation))).toBe(undefined)
    })

    it('has one winner among many', async () => {
      const hosts = Array.from({ length: 4 }, () => host())
      const record = await (hosts[0] as SessionStore<Data>).create({ a: 1 })
      const mine = await Promise.all(hosts.map((sessions) => alive(sessions, record)))
      const results = await Promise.all(hosts.map((sessions, n) => sessions.regenerate(mine[n] as SessionRecord<Data>)))
      expect(results.filter((result) => result !== null)).toHaveLength(1)
    })

    it('fails aloud, whatever raiseErrors', async () => {
      const sessions = createSessionStore<Data>({
        driver: dynamodbDriver({ ...options, endpoint: proxy.endpoint, maxAttempts: 1 }),
        raiseErrors: false,
      })
      const record = await sessions.create({ a: 1 })
      proxy.fault = ({ operation }) =>
        operation === 'UpdateItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
      await expect(sessions.regenerate(record)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      proxy.fault = ({ operation }) =>
        operation === 'DeleteItem' ? { status: 400, body: { __type: 'x#AccessDeniedException' } } : undefined
      await expect(sessions.destroy(record.id)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      await expect(sessions.destroyByKey(record.key)).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
      proxy.reset()
      expect((await sessions.read(record.id))?.data).toEqual({ a: 1 })
    })

    it('is late for a touch or an update by the old id in its grace time, which writes nothing', async () => {
      const sessions = host()
      const record = await sessions.create({ a: 1 })
      await sessions.regenerate(record, { grace: 120 })
      const old = must(await sessions.read(record.id))
      expect(await sessions.touch(old)).toBe(null)
      expect(await sessions.update(old, { a: 1 })).toBe(null)
    })

    it('gives no grace time beyond the end that was asked for', async () => {
      atTime(START)
      const store = host()
      const record = await store.create({ a: 1 }, { expiresAt: new Date((START + 5) * 1000) })
      await store.regenerate(record, { grace: 3600 })
      atTime(START + 100)
      expect(await store.read(record.id)).toBe(null)
    })
  })
})
