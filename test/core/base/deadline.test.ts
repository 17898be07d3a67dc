import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeadline, inTime } from '../../../src/core/base/deadline.ts'

const late = (): Error => new Error('too late')
const never = (): Promise<never> => new Promise(() => {})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a deadline', () => {
  it('is over after its time, however many pieces of work share it', async () => {
    const deadline = createDeadline(1000)
    const first = inTime(deadline, never, late).catch((error: Error) => `${error.message} at ${performance.now() - began}`)
    const began = performance.now()
    await vi.advanceTimersByTimeAsync(400)
    expect(deadline.left()).toBe(600)
    const second = inTime(deadline, never, late).catch((error: Error) => `${error.message} at ${performance.now() - began}`)
    await vi.advanceTimersByTimeAsync(600)
    expect(await Promise.all([first, second])).toEqual(['too late at 1000', 'too late at 1000'])
  })

  it('leaves work alone that ends in time, and no timer behind', async () => {
    const deadline = createDeadline(1000)
    expect(await inTime(deadline, async () => 'done', late)).toBe('done')
    await expect(inTime(deadline, () => Promise.reject(new Error('its own')), late)).rejects.toThrow('its own')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('begins nothing once it is over', async () => {
    const deadline = createDeadline(1000)
    await vi.advanceTimersByTimeAsync(1000)
    const work = vi.fn(never)
    await expect(inTime(deadline, work, late)).rejects.toThrow('too late')
    expect(work).not.toHaveBeenCalled()
  })

  it('goes by a clock that may stand still', async () => {
    let stoodStill = 0
    const deadline = createDeadline(1000, () => performance.now() - stoodStill)
    const settled = vi.fn()
    inTime(deadline, never, late).catch(settled)
    stoodStill = 700
    await vi.advanceTimersByTimeAsync(1699)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(settled).toHaveBeenCalled()
  })
})
