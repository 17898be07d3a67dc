import { describe, expect, test } from 'vitest'
import { isNestedSessionKey, isSessionKey, prefixProblem } from '../../../src/core/items/own-keys.ts'

const HASH = 'a1'.repeat(32)
const ID = 'x'.repeat(16)

describe('a key is that of a session', () => {
  test.for([
    [HASH, '', true, true],
    [`shop:${HASH}`, 'shop:', true, true],
    [`shop:${HASH}`, '', true, false],
    [`shop:admin:${HASH}`, 'shop:', true, false],
    [`app1${HASH}`, 'app', true, false],
    [`shop:${HASH.toUpperCase()}`, 'shop:', true, false],
    [`shop:${HASH}\n`, 'shop:', true, false],
    [`shop:${HASH.slice(1)}`, 'shop:', true, false],
    ['shop:', 'shop:', true, false],
    [ID, '', false, true],
    [`shop:${ID}`, 'shop:', false, true],
    [`shop:${'x'.repeat(15)}`, 'shop:', false, false],
    [`shop:${'x'.repeat(129)}`, 'shop:', false, false],
    [`shop:admin:${ID}`, 'shop:', false, false],
    [`${ID}.`, '', false, false],
    ['order#1', '', false, false],
  ] as const)('%s of the prefix %s, hashed %s: %s', ([key, keyPrefix, hashIds, expected]) => {
    expect(isSessionKey(key, { keyPrefix, hashIds })).toBe(expected)
  })

  test.for([
    [`shop:admin:${HASH}`, true],
    [`shop:${HASH}`, false],
    [`shop:page${HASH}`, false],
    ['shop:admin:page', false],
  ] as const)('%s is one under a longer prefix than shop: %s', ([key, expected]) => {
    expect(isNestedSessionKey(key, { keyPrefix: 'shop:', hashIds: true })).toBe(expected)
  })
})

describe('a prefix is the beginning of others', () => {
  test.for([
    ['', true, false],
    ['', false, false],
    ['app', true, true],
    ['app1', true, true],
    ['läden', true, true],
    ['shop:', true, false],
    ['app-', true, false],
    ['app_', true, false],
    ['app-', false, true],
    ['app_', false, true],
    ['app~', false, true],
    ['app', false, true],
    ...[':', '#', '/', '|', '.'].map((end) => [`app${end}`, false, false] as const),
  ] as const)('%s, hashed %s: %s', ([keyPrefix, hashIds, expected]) => {
    expect(prefixProblem({ keyPrefix, hashIds }) !== undefined).toBe(expected)
  })
})
