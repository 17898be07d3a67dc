import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { check, checkData } from './checker.ts'
import type { Line, LiveItem } from './checker.ts'
import { liveItems } from './table.ts'

const LIFETIME = 3600

const line = (over: Partial<Line> = {}): Line => ({
  name: 'a',
  retired: new Set(['old']),
  id: undefined,
  current: 'now',
  state: 'live',
  failedCreations: 0,
  sent: [
    ['x', 1],
    ['x', 2],
    ['y', 3],
  ],
  done: [
    ['x', 1],
    ['y', 3],
  ],
  renewed: 500_000,
  ...over,
})
const data = { line: 'a', x: [1, 2], y: [3] }
const item = (over: Partial<LiveItem> = {}): LiveItem => ({ key: 'now', data, updatedAt: 500.5, expireAt: 501 + LIFETIME, ...over })
const kinds = (lines: Line[], items: LiveItem[]): string[] => check(lines, items, 1000, LIFETIME).map(({ kind }) => kind)

describe('the checker', () => {
  it('is content with what was acknowledged', () => {
    expect(kinds([line()], [item()])).toEqual([])
    expect(kinds([line()], [item({ lockedUntil: 900 })])).toEqual([])
    expect(kinds([line({ state: 'ended' })], [])).toEqual([])
  })

  it('takes either outcome of what reported an error', () => {
    expect(kinds([line()], [item({ data: { ...data, x: [1] } })])).toEqual([])
    expect(kinds([line({ state: 'open' })], [])).toEqual([])
    expect(kinds([line({ state: 'open' })], [item()])).toEqual([])
    const behind = item({ key: 'new', data: { line: 'a' }, updatedAt: 400, expireAt: 400 + LIFETIME })
    expect(kinds([line({ state: 'open', failedCreations: 1 })], [behind, item()])).toEqual([])
  })

  it('finds a lost change and a lost session', () => {
    expect(kinds([line()], [item({ data: { ...data, x: [2] } })])).toEqual(['lost'])
    expect(kinds([line()], [item({ data: { line: 'a' } })])).toEqual(['lost', 'lost'])
    expect(kinds([line()], [])).toEqual(['lost'])
  })

  it('finds a change that no record of an open line has', () => {
    const open = line({ state: 'open', failedCreations: 1 })
    expect(kinds([open], [item({ data: { ...data, x: [2] } })])).toEqual(['lost'])
    expect(kinds([open], [item({ data: { ...data, x: [2] } }), item({ key: 'new', data: { ...data, y: [] } })])).toEqual(['lost'])
  })

  it('finds what an answer does not show although it was known before', () => {
    expect(checkData(line(), data)).toEqual([])
    expect(checkData(line(), { ...data, y: undefined }, 1)).toEqual([])
    expect(checkData(line(), { ...data, y: undefined }, 2)).toEqual([{ kind: 'lost', line: 'a', detail: 'y: 3' }])
  })

  it('finds a change that is there twice, or that nobody sent', () => {
    expect(kinds([line()], [item({ data: { ...data, x: [1, 2, 1] } })])).toEqual(['strange'])
    expect(kinds([line()], [item({ data: { ...data, y: [3, 2] } })])).toEqual(['strange'])
  })

  it('finds a touch that did nothing, and times that do not agree', () => {
    expect(kinds([line({ renewed: 502_000 })], [item()])).toEqual(['untouched'])
    expect(kinds([line({ state: 'open', renewed: 502_000 })], [item()])).toEqual(['untouched'])
    expect(kinds([line()], [item({ updatedAt: 499 })])).toEqual(['untouched'])
  })

  it('finds a revived id', () => {
    expect(kinds([line({ state: 'ended' })], [item({ key: 'old' })])).toContain('revived')
    expect(kinds([line()], [item(), item({ key: 'old' })])).toContain('revived')
  })

  it('finds a duplicate that no error explains', () => {
    expect(kinds([line()], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
    expect(kinds([line()], [item(), item({ key: 'other', data: { line: 'b' } })])).toEqual(['duplicate'])
  })

  it('excuses a record of an id that nobody was sent where its creation met a fault, and never the session itself', () => {
    const excused = (it: Line, items: LiveItem[]) => check([it], items, 1000, LIFETIME, new Set(['other', 'new'])).map(({ kind }) => kind)
    expect(excused(line(), [item(), item({ key: 'other' })])).toEqual([])
    expect(excused(line(), [item(), item({ key: 'third' })])).toEqual(['duplicate'])
    expect(excused(line(), [item({ key: 'other' })])).toContain('lost')
  })

  it('asks nothing of what a failed regeneration left behind once the session was logged out', () => {
    const ended = line({ state: 'open', current: undefined, failedCreations: 1 })
    expect(kinds([ended], [item({ key: 'new', data: { ...data, x: [2] } })])).toEqual([])
    expect(kinds([line({ state: 'open', failedCreations: 1 })], [item({ key: 'new', data: { ...data, x: [2] } })])).toEqual(['lost'])
  })

  it('finds a record more than an open log-in or regeneration may have left', () => {
    const failed = line({ state: 'open', current: undefined, failedCreations: 1 })
    expect(kinds([failed], [item()])).toEqual([])
    expect(kinds([failed], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
    expect(kinds([line({ state: 'open' })], [item(), item({ key: 'other' })])).toEqual(['duplicate'])
  })

  it('finds what a change after the log-out brought back', () => {
    expect(kinds([line({ state: 'ended', current: undefined })], [item({ key: 'old' })])).toEqual(['revived', 'duplicate'])
  })

  it('is shown every live item, none that is moved, and stops at one without data', async () => {
    const tableOf = (...pages: object[][]): DynamoDBClient =>
      ({ send: async () => ({ Items: pages.shift(), LastEvaluatedKey: pages.length > 0 ? {} : undefined }) }) as never
    const [live, moved] = [
      { session_id: { S: 'now' }, data: { S: '{"line":"a"}' }, updated_at: { N: '1.5' }, expire_at: { N: '3602' } },
      { session_id: { S: 'old' }, moved: { S: 't' } },
    ]
    const locked = { ...live, lock_expires_at: { N: '1.5' } }
    const shown = { key: 'now', data: { line: 'a' }, updatedAt: 1.5, expireAt: 3602 }
    expect(await liveItems(tableOf([live, moved], [locked]), 'sessions')).toEqual([shown, { ...shown, lockedUntil: 1500 }])
    await expect(liveItems(tableOf([live], [{ session_id: { S: 'phantom' } }]), 'sessions')).rejects.toThrow('phantom')
  })

  it('finds a lock that outlives its lease', () => {
    expect(kinds([line()], [item({ lockedUntil: 1001 })])).toEqual(['lock'])
  })
})
