import { describe, expect, test } from 'vitest'
import { createClock } from '../../src/gc/clock.ts'
import { collectGarbage, createSessionStore } from '../../src/index.ts'
import { START, atTime } from '../support/clock.ts'
import { onEveryEngine } from '../support/engines.ts'
import { useItems } from './items.ts'

const HOUR = 3_600_000

onEveryEngine((table) => {
  const { proxy, proxied, keys } = useItems(table)

  describe('a host whose clock is not DynamoDB’s', () => {
    test('deletes nothing that is live when it is ahead, and says so', async () => {
      const store = createSessionStore({ ...proxied(), maxStale: 1800 })
      const records = [await store.create({ n: 1 }), await store.create({ n: 2 })]
      const [seconds, options] = [Date.now() / 1000, { ...proxied(), maxAge: 1800, maxStale: 1800, includeExpired: true }]
      atTime(seconds + 7200)
      proxy.ahead = -2 * HOUR
      const result = await collectGarbage(options)
      expect(result).toMatchObject({ scanned: 2, matched: 0, deleted: 0, kept: 2 })
      expect(result.notes).toContainEqual({
        code: 'CLOCK_DIFFERS',
        message: expect.stringContaining('7200 s ahead of DynamoDB’s') as string,
      })
      expect(await keys()).toEqual(records.map(({ key }) => key).toSorted())
      // What DynamoDB's clock calls due as well goes.
      proxy.ahead = 0
      const due = await collectGarbage(options)
      expect(due).toMatchObject({ matched: 2, deleted: 2 })
      expect(due.notes.map(({ code }) => code)).not.toContain('CLOCK_DIFFERS')
    })

    test('goes by its own when that is behind, and says so', async () => {
      const { key } = await createSessionStore({ ...proxied(), maxStale: 1800 }).create({ n: 1 })
      proxy.ahead = 2 * HOUR
      const result = await collectGarbage({ ...proxied(), maxStale: 1800, includeExpired: true })
      expect(result).toMatchObject({ scanned: 1, deleted: 0 })
      expect(result.notes).toContainEqual({ code: 'CLOCK_DIFFERS', message: expect.stringContaining('7200 s behind DynamoDB’s') as string })
      expect(await keys()).toEqual([key])
    })

    test('goes by its own where answers have no date', async () => {
      await createSessionStore({ ...proxied(), maxStale: 1800 }).create({ n: 1 })
      atTime(Date.now() / 1000 + 7200)
      proxy.ahead = undefined
      const result = await collectGarbage({ ...proxied(), maxStale: 1800 })
      expect(result).toMatchObject({ deleted: 1 })
      expect(result.notes.map(({ code }) => code)).not.toContain('CLOCK_DIFFERS')
    })

    test('judges by the date of a resumed run too', async () => {
      const store = createSessionStore({ ...proxied(), maxStale: 1800 })
      await Promise.all(Array.from({ length: 8 }, () => store.create({ n: 1 })))
      atTime(Date.now() / 1000 + 7200)
      proxy.ahead = -2 * HOUR
      const options = { ...proxied(), maxStale: 1800, segments: 2 }
      const stopped = await collectGarbage({ ...options, signal: AbortSignal.abort() })
      const { resumeToken } = stopped
      expect(await collectGarbage({ ...proxied(), maxStale: 1800, ...(resumeToken ? { resumeToken } : {}) })).toMatchObject({ deleted: 0 })
      expect(await keys()).toHaveLength(8)
    })
  })
})

describe('the clock of garbage collection', () => {
  const answer = (seconds: number) => ({ status: 200, date: new Date(seconds * 1000) })

  test('never runs ahead of either clock, and says what differs by more than 2 s', () => {
    atTime(START)
    const clock = createClock()
    expect([clock.now(), clock.note()]).toEqual([START, undefined])
    for (const [ahead, is, differs] of [
      [-7200, START - 7200, true],
      [-4, START - 4, true],
      [-1, START - 1, false],
      [0, START, false],
      [1, START, false],
      [4, START, true],
    ] as const) {
      clock.onAnswer(answer(START + ahead))
      expect([clock.now(), clock.note() !== undefined]).toEqual([is, differs])
    }
    clock.onAnswer({ status: 500, date: undefined })
    expect(clock.note(), 'an answer without a date changes nothing').toBeDefined()
    clock.onAnswer(answer(START - 60))
    atTime(START + 10)
    expect(clock.now()).toBe(START - 50)
  })
})
