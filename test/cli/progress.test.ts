import { describe, expect, it, vi } from 'vitest'
import { createTicker } from '../../src/cli/progress.ts'
import { createTerminal } from '../../src/cli/terminal.ts'

describe('createTicker', () => {
  it('writes a line at the beginning and every ten seconds, with what was told last', () => {
    vi.useFakeTimers()
    const lines: string[] = []
    const ticker = createTicker({ ...createTerminal(false), note: (text) => void lines.push(text) })
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([])
    ticker.show('1 ended')
    ticker.show('2 ended')
    expect(lines).toEqual(['1 ended'])
    vi.advanceTimersByTime(9_999)
    ticker.show('500 ended')
    expect(lines).toHaveLength(1)
    vi.advanceTimersByTime(10_001)
    expect(lines).toEqual(['1 ended', 'after 10 s: 500 ended', 'after 20 s: 500 ended'])
    ticker.clear()
    vi.advanceTimersByTime(60_000)
    expect(lines).toHaveLength(3)
  })
})
