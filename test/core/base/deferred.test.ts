import { expect, it } from 'vitest'
import { deferred } from '../../../src/core/base/deferred.ts'

it('is settled from outside, once', async () => {
  const { promise, resolve, reject } = deferred<number>()
  resolve(1)
  resolve(2)
  reject(new Error('too late'))
  expect(await promise).toBe(1)
})

it('fails by what it is rejected with', async () => {
  const { promise, reject } = deferred()
  reject(new Error('no'))
  await expect(promise).rejects.toThrow('no')
})
