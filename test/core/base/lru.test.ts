import { expect, it } from 'vitest'
import { createLruMap } from '../../../src/core/base/lru.ts'

it('evicts what was used least recently, and tells of it', () => {
  const evicted: number[] = []
  const map = createLruMap<string, number>(2, (value) => evicted.push(value))
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  expect(evicted).toEqual([2])
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2])
})

it('replaces a value without evicting anything', () => {
  const evicted: number[] = []
  const map = createLruMap<string, number>(2, (value) => evicted.push(value))
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  expect(evicted).toEqual([2])
  expect(map.get('a')).toBe(3)
})

it('does not hold keys that were only asked for', () => {
  const map = createLruMap<string, number>(2)
  map.get('a')
  expect(map.size).toBe(0)
})
