import { describe, expect, it } from 'vitest'
import { cookieFor } from '../../src/web/cookie.ts'
import type { ItemState } from '../../src/core/items/state.ts'
import { expiryOf } from '../../src/core/base/time.ts'
import { atTime, START } from '../support/clock.ts'

const maxAgeOf = (state: Partial<ItemState>): unknown =>
  cookieFor({ name: 's', attributes: {} }, 'x'.repeat(43), 'secret', state as ItemState).attributes.maxAge

describe('Max-Age', () => {
  it('is the idle lifetime to the second, whatever the fraction of the time and however slow the request', () => {
    for (const fraction of [0, 0.001, 0.25, 0.5, 0.999]) {
      for (const slow of [0, 0.002, 0.7, 5]) {
        atTime(START + fraction + slow)
        const updatedAt = START + fraction
        expect(maxAgeOf({ updatedAt, expireAt: expiryOf(updatedAt, updatedAt, { maxAge: undefined, maxStale: 3600 }) })).toBe(3600)
      }
    }
  })

  it('is what one call asked for', () => {
    for (const fraction of [0, 0.001, 0.25, 0.5, 0.999]) {
      const asked = START + fraction + 3600
      const updatedAt = START + fraction + 0.003
      atTime(updatedAt)
      const expireAt = expiryOf(updatedAt, updatedAt, { maxAge: undefined, maxStale: 10_000 }, asked)
      expect(maxAgeOf({ updatedAt, expireAt, maxExpireAt: asked })).toBe(3600)
      // An hour from now, half an hour later.
      atTime(START + fraction + 1800)
      expect(maxAgeOf({ updatedAt, expireAt, maxExpireAt: asked })).toBe(1800)
    }
  })

  it('is never more than what is left', () => {
    atTime(START + 100.4)
    expect(maxAgeOf({ updatedAt: START, expireAt: START + 200 })).toBe(99)
    expect(maxAgeOf({ updatedAt: START, expireAt: START })).toBe(0)
    expect(maxAgeOf({ updatedAt: START, expireAt: undefined })).toBe(400 * 86_400)
  })
})
