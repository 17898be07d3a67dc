import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../../src/index.ts'
import { onEveryEngine } from '../../support/engines.ts'
import { START, atTime } from '../../support/clock.ts'
import { alive, must, useStores } from './stores.ts'
import type { Data } from './stores.ts'

onEveryEngine((table) => {
  const { proxy, host, store, itemAt } = useStores(table)

  describe('lifetimes (guarantees 1, 6, 8)', () => {
    it('end at the idle limit, the absolute limit and what was asked for, whichever is first', async () => {
      atTime(START)
      const sessions = store({ maxAge: 1000, maxStale: 300, touchAfter: 0 })
      const record = await sessions.create({ a: 1 })
      expect(record.expiresAt).toEqual(new Date((START + 300) * 1000))
      let latest = record
      for (const second of [250, 500, 750, 900]) {
        atTime(START + second)
        const touched = await sessions.touch(latest)
        if (!touched) throw new Error('gone')
        latest = touched
      }
      expect(latest.expiresAt).toEqual(new Date((START + 1000) * 1000))
      atTime(START + 999.9)
      expect(await sessions.read(record.id)).not.toBe(null)
      atTime(START + 1000)
      expect(await sessions.read(record.id)).toBe(null)
    })

    it('are enforced by the stored times, also when the limits have become shorter since', async () => {
      atTime(START)
      const record = await store().create({ a: 1 })
      atTime(START + 100)
      expect(await store({ maxAge: 101 }).read(record.id)).not.toBe(null)
      expect(await store({ maxAge: 100 }).read(record.id)).toBe(null)
      expect(await store({ maxStale: 101 }).read(record.id)).not.toBe(null)
      expect(await store({ maxStale: 100 }).read(record.id)).toBe(null)
    })

    it('never end with maxStale 0', async () => {
      const record = await store({ maxStale: 0 }).create({ a: 1 })
      expect(record.expiresAt).toBe(undefined)
      expect(await itemAt(record.key)).not.toHaveProperty('expire_at')
    })

    it('round up to whole seconds', async () => {
      atTime(START + 0.25)
      const record = await store({ maxStale: 10 }).create({})
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 11) })
    })

    it('keep what a call asked for until another call asks', async () => {
      atTime(START)
      const sessions = store({ maxStale: 1000, touchAfter: 0 })
      const at = (seconds: number) => new Date((START + seconds) * 1000)
      let record = await sessions.create({ a: 1 }, { expiresAt: at(500) })
      expect(record.expiresAt).toEqual(at(500))
      atTime(START + 100)
      record = (await sessions.touch(record)) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(500))
      record = (await sessions.update(record, { a: 2 })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(500))
      record = (await sessions.update(record, { a: 3 }, { expiresAt: at(800) })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(800))
      // Another host, which has read the record before, knows nothing of the request; its touch must not undo it.
      const stale = await alive(host({ maxStale: 1000, touchAfter: 0 }), record)
      record = (await sessions.touch(record, { expiresAt: at(200) })) as SessionRecord<Data>
      expect(record.expiresAt).toEqual(at(200))
      atTime(START + 110)
      await host({ maxStale: 1000, touchAfter: 0 }).touch(stale)
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 200) })
      expect((await host({ maxStale: 1000 }).update(stale, { ...stale.data, b: 1 }))?.expiresAt).toEqual(at(200))
      // Nor where none had asked before.
      const plain = await sessions.create({ a: 1 })
      const unasked = await alive(host({ maxStale: 1000, touchAfter: 0 }), plain)
      await sessions.touch(plain, { expiresAt: at(300) })
      atTime(START + 120)
      await host({ maxStale: 1000, touchAfter: 0 }).touch(unasked)
      expect((await itemAt(plain.key))?.expire_at).toEqual({ N: String(START + 300) })
    })

    it('asked for earlier are written at once, later ones when they gain enough', async () => {
      atTime(START)
      const sessions = store({ maxStale: 10_000, touchAfter: 100 })
      const at = (seconds: number) => new Date((START + seconds) * 1000)
      const record = await sessions.create({ a: 1 }, { expiresAt: at(5000) })
      proxy.reset()
      expect(await sessions.touch(record, { expiresAt: at(5050) })).toBe(record)
      expect(await sessions.touch(record, { expiresAt: at(4999.5) })).toBe(record)
      expect(proxy.requests).toEqual([])
      expect((await sessions.touch(record, { expiresAt: at(4990) }))?.expiresAt).toEqual(at(4990))
      expect((await sessions.touch(record, { expiresAt: at(5200) }))?.expiresAt).toEqual(at(5200))
      expect(proxy.operations()).toEqual(['UpdateItem', 'UpdateItem'])
    })

    it('refuse milliseconds', async () => {
      const sessions = store()
      expect(() => store({ maxAge: 86_400_000 })).toThrow('did you mean 86400?')
      await expect(sessions.create({}, { expiresAt: new Date(Date.now() * 1000) })).rejects.toThrow('did you mean')
      await expect(sessions.create({}, { expiresAt: new Date('x') })).rejects.toMatchObject({ argument: 'expiresAt' })
    })

    it('are extended only when touchAfter has passed: by default a tenth of the lifetime', async () => {
      atTime(START)
      const sessions = store({ maxStale: 1000 })
      const record = await sessions.create({ a: 1 })
      proxy.reset()
      atTime(START + 99)
      expect(await sessions.touch(record)).toBe(record)
      expect(await sessions.update(record, { a: 1 })).toMatchObject({ data: { a: 1 } })
      expect(proxy.requests).toEqual([])
      atTime(START + 101)
      const touched = await sessions.update(record, { a: 1 })
      expect(touched?.expiresAt).toEqual(new Date((START + 1101) * 1000))
      expect(touched?.version).toBe(record.version)
      expect(proxy.operations()).toEqual(['UpdateItem'])
      expect(proxy.requests[0]?.body.ExpressionAttributeValues).not.toHaveProperty(':data')
    })

    it('are not touched when a touch gains nothing', async () => {
      atTime(START)
      const sessions = store({ maxAge: 100, maxStale: 1000, touchAfter: 1 })
      const record = await sessions.create({ a: 1 })
      proxy.reset()
      atTime(START + 50)
      expect(await sessions.touch(record)).toBe(record)
      expect(proxy.requests).toEqual([])
    })

    it('cost a host whose clock is behind nothing', async () => {
      atTime(START + 20)
      const record = await host().create({ a: 1 })
      atTime(START)
      const behind = host({ touchAfter: 0 })
      const same = await alive(behind, record)
      proxy.reset()
      expect(await behind.touch(same)).toBe(same)
      expect(await behind.update(same, { a: 1 })).not.toBe(null)
      expect(proxy.requests).toEqual([])
    })

    it('are not moved back by a write of a host whose clock is behind, and so not ended for the others', async () => {
      atTime(START)
      const record = await host({ maxStale: 1800 }).create({ a: 1 })
      const behind = host({ maxStale: 1800 })
      const same = await alive(behind, record)
      atTime(START - 3600)
      const written = await behind.update(same, { a: 2 })
      const moved = await behind.regenerate(written as typeof same)
      for (const key of [record.key, moved?.key as string]) expect((await itemAt(key))?.updated_at).toEqual({ N: String(START) })
      atTime(START + 1)
      expect((await host({ maxStale: 1800 }).read(moved?.id as string))?.data).toEqual({ a: 2 })
    })

    it('are never shortened by a touch that comes late', async () => {
      atTime(START)
      const slow = host({ maxStale: 1000, touchAfter: 0 })
      const fast = host({ maxStale: 1000, touchAfter: 0 })
      const record = await slow.create({ a: 1 })
      const same = await alive(fast, record)
      atTime(START + 20)
      await fast.touch(same)
      atTime(START + 10) // the clock of a host behind
      const late = await slow.touch(record)
      expect(late?.expiresAt).toEqual(new Date((START + 1020) * 1000))
      expect((await itemAt(record.key))?.expire_at).toEqual({ N: String(START + 1020) })
    })

    it('cost parallel touches of one session one request', async () => {
      atTime(START)
      const store = host({ maxStale: 1000 })
      const record = await store.create({ a: 1 })
      atTime(START + 200)
      proxy.reset()
      await Promise.all([1, 2, 3, 4].map(() => store.touch(record)))
      expect(proxy.operations()).toEqual(['UpdateItem'])
    })

    it('are extended for a session whose idle end is earlier than its stored one', async () => {
      atTime(START)
      const record = await host({ maxStale: 10_000 }).create({ a: 1 }, { expiresAt: new Date((START + 1000) * 1000) })
      const store = host({ maxStale: 600 })
      atTime(START + 500)
      await store.touch(must(await store.read(record.id)))
      atTime(START + 700)
      expect(await store.read(record.id)).not.toBe(null)
    })
  })
})
