import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { check } from './checker.ts'
import type { Line, LiveItem } from './checker.ts'
import { liveItems } from './workload.ts'

const line = (over: Partial<Line> = {}): Line => ({
  name: 'a',
  retired: new Set(['old']),
  current: 'now',
  state: 'live',
  failedCreations: 0,
  values: new Map([['x', new Set<unknown>([2])]]),
  ...over,
})
const item = (over: Partial<LiveItem> = {}): LiveItem => ({ key: 'now', data: { line: 'a', x: 2 }, ...over })
const kinds = (lines: Line[], items: LiveItem[]): string[] => check(lines, items, 1000).map(({ kind }) => kind)

describe('the checker', () => {
  it('is content with what was acknowledged', () => {
    expect(kinds([line()], [item()])).toEqual([])
    expect(kinds([line()], [item({ lockedUntil: 900 })])).toEqual([])
    expect(kinds([line({ state: 'ended' })], [])).toEqual([])
  })

  it('takes either outcome of what reported an error', () => {
    const open = line({ values: new Map([['x', new Set<unknown>([1, 2])]]) })
    expect(kinds([open], [item()])).toEqual([])
    expect(kinds([open], [item({ data: { line: 'a', x: 1 } })])).toEqual([])
    expect(kinds([line({ state: 'open' })], [])).toEqual([])
    expect(kinds([line({ state: 'open', failedCreations: 1 })], [item(), item({ key: 'new' })])).toEqual([])
  })

  it('finds a lost change and a lost session', () => {
    expect(kinds([line()], [item({ data: { line: 'a', x: 1 } })])).toEqual(['lost'])
    expect(kinds([line()], [])).toEqual(['lost'])
  })

  it('finds a revived id', () => {
    expect(kinds([line({ state: 'ended' })], [item({ key: 'old' })])).toContain('revived')
    expect(kinds([line()], [item(), item({ key: 'old' })])).toContain('revived')
  })

  it('finds a duplicate that no error explains', () => {
    expect(kinds([line()], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
    expect(kinds([line()], [item(), item({ key: 'other', data: { line: 'b' } })])).toEqual(['duplicate'])
  })

  it('finds a record more than an open log-in or regeneration may have left', () => {
    const failed = line({ state: 'open', current: undefined, failedCreations: 1 })
    expect(kinds([failed], [item()])).toEqual([])
    expect(kinds([failed], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
    expect(kinds([line({ state: 'open' })], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
  })

  it('finds what a change after the log-out brought back', () => {
    expect(kinds([line({ state: 'ended', current: undefined })], [item({ key: 'old', data: { line: 'a', late: 7 } })])).toEqual([
      'revived',
      'duplicate',
    ])
  })

  it('is shown every live item, none that is moved, and stops at one without data', async () => {
    const tableOf = (...pages: object[][]): DynamoDBClient =>
      ({ send: async () => ({ Items: pages.shift(), LastEvaluatedKey: pages.length > 0 ? {} : undefined }) }) as never
    const [live, moved] = [
      { session_id: { S: 'now' }, data: { S: '{"line":"a"}' } },
      { session_id: { S: 'old' }, moved: { S: 't' } },
    ]
    const locked = { ...live, lock_expires_at: { N: '1.5' } }
    expect(await liveItems(tableOf([live, moved], [locked]), 'sessions')).toEqual([
      { key: 'now', data: { line: 'a' } },
      { key: 'now', data: { line: 'a' }, lockedUntil: 1500 },
    ])
    await expect(liveItems(tableOf([live], [{ session_id: { S: 'phantom' } }]), 'sessions')).rejects.toThrow('phantom')
  })

  it('finds a lock that outlives its lease', () => {
    expect(kinds([line()], [item({ lockedUntil: 1001 })])).toEqual(['lock'])
  })
})
