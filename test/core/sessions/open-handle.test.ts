import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDeadline } from '../../../src/core/base/deadline.ts'
import { operationTime } from '../../../src/core/dynamodb/operation-time.ts'
import { openHandle } from '../../../src/core/sessions/open-handle.ts'
import type { Found } from '../../../src/core/sessions/record/snapshot.ts'
import type { Sessions } from '../../../src/core/sessions/sessions.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Sessions of which each read takes milliseconds of a clock of its own, or never ends. */
function slow(reads: Record<string, number>, limits = { requestTimeout: 3000, maxAttempts: 3 }) {
  let clock = 0
  vi.spyOn(performance, 'now').mockImplementation(() => clock)
  const open = vi.fn((id: string) => async (): Promise<Found> => {
    const takes = reads[id] as number
    clock += Math.min(takes, 60_000)
    if (takes === Infinity) return new Promise(() => {})
    return { snapshot: null }
  })
  const items = { begin: () => createDeadline(operationTime(limits)) }
  return { sessions: { open, items, options: { raiseErrors: true }, serialization: {} } as unknown as Sessions, open }
}

describe('the ids of one request', () => {
  it('are looked for within one bound of time, all together', async () => {
    const { sessions, open } = slow({ a: 9_000, b: 790, c: Infinity })
    await expect(openHandle(sessions, ['a', 'b', 'c', 'd'], () => ({}))).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(open.mock.calls).toEqual([['a'], ['b'], ['c']])
  })

  it('are not asked for once that is over', async () => {
    const { sessions, open } = slow({ a: 10_000 })
    await expect(openHandle(sessions, ['a', 'b'], () => ({}))).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(open.mock.calls).toEqual([['a']])
  })

  it('have as long as one read may take, where options allow it more', async () => {
    const { sessions, open } = slow({ a: 20_000, b: 20_000, c: 15_000, d: 1 }, { requestTimeout: 30_000, maxAttempts: 2 })
    expect((await openHandle(sessions, ['a', 'b', 'c', 'd'], () => ({}))).handle.state).toBe('new')
    expect(open).toHaveBeenCalledTimes(4)
  })

  it('where there is one only, it has the time of its read', async () => {
    const { sessions } = slow({ a: 100_000 })
    expect((await openHandle(sessions, ['a'], () => ({}))).handle.state).toBe('new')
  })
})
