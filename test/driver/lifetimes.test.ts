// What caches do with lifetimes: Nitro's keeps values for years, and HTTP takes whole seconds only.
import { describe, expect, it } from 'vitest'
import { onEveryEngine } from '../support/engines.ts'
import { atTime, useDrivers } from './drivers.ts'

const YEAR = 365 * 86_400

onEveryEngine((table) => {
  const { make, itemAt } = useDrivers(table)

  describe('a lifetime', () => {
    it('may be years where a call says so', async () => {
      atTime(1_800_000_000_000)
      const driver = make({ keyPrefix: 'years:', ttl: YEAR })
      await driver.setItem('a', 'x', { ttl: 2 * YEAR })
      await driver.setItem('b', 'x')
      await driver.setItems([{ key: 'c', value: 'x', options: { ttl: 10 * YEAR } }])
      for (const [key, years] of [
        ['a', 2],
        ['b', 1],
        ['c', 10],
      ] as const) {
        expect((await itemAt(`years:${key}`))?.expire_at).toEqual({ N: String(1_800_000_000 + years * YEAR) })
        expect((await driver.getMeta(key))?.ttl).toBe(years * YEAR)
      }
      await expect(driver.setItem('d', 'x', { ttl: 21 * YEAR })).rejects.toThrow('at most 20 years')
    })

    it('is told in whole seconds, and never more than what is left', async () => {
      const driver = make({ keyPrefix: 'whole:' })
      for (const fraction of [0, 1, 400, 999]) {
        atTime(1_800_000_000_000 + fraction)
        await driver.setItem('a', 'x', { ttl: 60 })
        expect((await driver.getMeta('a'))?.ttl).toBe(60)
        atTime(1_800_000_020_001 + fraction)
        expect((await driver.getMeta('a'))?.ttl).toBeOneOf([39, 40])
        atTime(1_800_000_060_000 + fraction)
        expect((await driver.getMeta('a'))?.ttl ?? 0).toBe(0)
      }
    })
  })
})
